"""Two segments of the settings that are one wire: everybody is at both at once, and nobody is a clone for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import combinations

from netreg.detection.clone import ONE_SEGMENT, are_two
from netreg.detection.facts import Finding, OneWire, Pair, View, pair
from netreg.detection.sighting import Sighting
from netreg.mac import MacAddress

# A handful of devices at two places may be copies; half of all that are at one of them are not.
_FEWEST, _PART = 5, 2
Trails = Mapping[MacAddress, Sequence[Sighting]]


def at_both(trail: Iterable[Sighting], near: timedelta) -> set[Pair]:
    """The pairs of segments, by name, at which one device was heard at once."""
    stays = [one for one in trail if one.source in ONE_SEGMENT]
    return {
        pair(a.place, b.place) for a, b in combinations(stays, 2)
        if a.source == b.source and a.place != b.place and are_two(a, b, near)
    }  # fmt: skip


def one_wire(places: Pair, trails: Trails, near: timedelta) -> OneWire | None:
    """What is to be said if two segments are one wire, by the stays of everybody who was heard lately at either."""
    here = Counter(place for trail in trails.values() for place in {one.place for one in trail})
    both = sum(places in at_both(trail, near) for trail in trails.values())
    return OneWire(places, both) if both >= _FEWEST and both * _PART >= min(here[place] for place in places) else None


def one_wires(view: View) -> list[Finding]:
    """One finding for each pair of segments that turned out to be one wire."""
    return [_told(view, wire) for wire in view.scene.one_wire]


def _told(view: View, wire: OneWire) -> Finding:
    key, (one, other), count = f"wire:{'+'.join(wire.places)}", wire.places, wire.devices
    return Finding(
        kind="wire",
        key=key,
        first_seen=view.since(key, view.now),
        last_seen=view.now,
        explanation_es=f"Los segmentos {one} y {other} oyen a los mismos {count} equipos a la vez: son una sola red. "
        "Deje uno de los dos en la configuración; mientras tanto no se buscan direcciones duplicadas entre ellos.",
        explanation_en=f"The segments {one} and {other} hear the same {count} devices at once: they are one network. "
        "Leave one of the two in the settings; meanwhile no duplicate addresses are looked for between them.",
        place=", ".join(wire.places),
        count=count,
        urgent=True,
        is_new=key not in view.open_alerts,
    )
