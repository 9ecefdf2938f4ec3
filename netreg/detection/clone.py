"""A registered address that two devices bear: at two places at once, or suddenly another kind of device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import combinations

from netreg.detection import sources
from netreg.detection.facts import EVERYWHERE, WITH_RIGHT, Finding, Known, Pair, View, pair
from netreg.detection.fingerprint import differ, system
from netreg.detection.sighting import Said, Sighting
from netreg.detection.telling import of_device

# Which sources can tell that a device is in one place and no other. Segments do not hear each other; a station is
# associated with one radio; a bridge knows an address at one port, while two bridges in a row both know it. ARP tables,
# refusals and leases say nothing of the kind.
ONE_SEGMENT, _ONE_RADIO, _ONE_PORT = frozenset({sources.SWEEP, sources.CAPTURE}), "stations", "fdb"
# An access point lists whoever roamed away for minutes more, last heard when it left. Only who was heard by two within
# this time is likelier to be two than one on its way.
_NO_TIME_TO_ROAM = timedelta(seconds=15)


def clones(view: View) -> list[Finding]:
    """One finding for each registered device whose address shows two devices, with all that speaks for it."""
    found = []
    for mac, trail in view.trails.items():
        known = view.registry.get(mac)
        if known is not None and known.state in WITH_RIGHT and known.kind not in EVERYWHERE:
            places = _at_once(trail, view)
            changed = _changes(view.said.get(mac, ()))
            if places or changed:
                found.append(_clone(view, known, places, changed))
    return found


def _at_once(trail: Sequence[Sighting], view: View) -> tuple[str, ...]:
    """The places where the device was at once, in order."""
    near = view.settings.clone_window
    pairs = [
        (a, b) for stays in _comparable(trail) for a, b in combinations(stays, 2)
        if _spot(a) != _spot(b) and are_two(a, b, near) and not _is_one_place(a, b, view)
    ]  # fmt: skip
    return tuple(sorted({one.where for pair in pairs for one in pair}))


def _comparable(trail: Sequence[Sighting]) -> Iterable[list[Sighting]]:
    """The stays among which one device can be at one place only."""
    groups: dict[tuple[str, str], list[Sighting]] = {}
    for one in trail:
        if one.source in ONE_SEGMENT or one.source == _ONE_RADIO:
            groups.setdefault((one.source, ""), []).append(one)
        elif one.source == _ONE_PORT:
            groups.setdefault((one.source, one.place), []).append(one)
    return groups.values()


def _spot(one: Sighting) -> tuple[str, str]:
    return (one.place, "") if one.source in ONE_SEGMENT else (one.place, one.port)


def _is_one_place(a: Sighting, b: Sighting, view: View) -> bool:
    return a.source in ONE_SEGMENT and pair(a.place, b.place) in view.one_place


def are_two(a: Sighting, b: Sighting, near: timedelta) -> bool:
    """Whether two stays of one address are two devices, and nobody who comes and goes.

    A sweep asks for everybody at the same moment. What listens hears somebody arrive just after it heard them leave, at
    every move: there the two have to be heard in turns. A bridge is looked at within seconds.
    """
    if a.source == _ONE_PORT:
        return _comes_back(a, b, near) or _comes_back(b, a, near)
    if a.source == sources.SWEEP:
        return _twice_at_once(a, b, near)
    return _in_turns(a, b) and _twice_at_once(a, b, _NO_TIME_TO_ROAM if a.source == _ONE_RADIO else near)


def _comes_back(a: Sighting, b: Sighting, near: timedelta) -> bool:
    """Whether it was at `b` between two moments at `a` that are close to each other."""
    return a.before is not None and a.before < b.at < a.at and a.at - a.before <= near


def _twice_at_once(a: Sighting, b: Sighting, near: timedelta) -> bool:
    """Whether the last look and the one before heard it at both, within this time, and each again after the other."""
    if a.before is None or b.before is None:
        return False
    again = max(a.before, b.before) < min(a.at, b.at)
    return again and abs(a.at - b.at) <= near and abs(a.before - b.before) <= near


def _in_turns(a: Sighting, b: Sighting) -> bool:
    return a.before is not None and b.before is not None and (a.before < b.before) == (a.at < b.at)


def _changes(said: Iterable[Said]) -> list[Pair]:
    """What the device says of itself now and did not say before, where it is no mere update."""
    # What a device announces in multicast DNS it changes by itself, when another has the same name.
    mine = [one for one in said if one.kind != "mdns"]
    found: list[Pair] = []
    for new in (one for one in mine if not one.own):
        before = [one.value for one in mine if one.own and one.kind == new.kind]
        if before and all(_is_other(new.kind, value, new.value) for value in before):
            found.append(_change(new.kind, before, new.value))
    return found


def _is_other(kind: str, before: str, after: str) -> bool:
    return differ(before, after) if kind == "dhcp" else before.casefold() != after.casefold()


def _change(kind: str, before: Sequence[str], after: str) -> Pair:
    if kind == "name":
        names = ", ".join(before)
        return f"Antes se llamaba «{names}», ahora «{after}».", f"It called itself “{names}” before, now “{after}”."
    seemed, now = sorted({_seems(one) for one in before}), _seems(after)
    was = [", ".join(names) for names in zip(*seemed, strict=True)]
    return f"Antes parecía {was[0]}, ahora {now[0]}.", f"It seemed {was[1]} before, now {now[1]}."


def _seems(fingerprint: str) -> Pair:
    return system(fingerprint) or (fingerprint, fingerprint)


def _clone(view: View, known: Known, places: tuple[str, ...], changed: Sequence[Pair]) -> Finding:
    at_once = [(f"Visto a la vez en {place}.", f"Seen at the same time at {place}.") for place in places]
    # A name or a system alone also changes where somebody sets the device up anew.
    return of_device(
        view, "clone", known.mac, _words(known, places),
        evidence=(*at_once, *changed), urgent=bool(places), place=", ".join(places),
    )  # fmt: skip


def _words(known: Known, places: Sequence[str]) -> Pair:
    whose = known.label or known.area or str(known.mac)
    if places:
        where = ", ".join(places)
        return (
            f"La dirección de {whose} aparece a la vez en {where}: alguien puede estar copiándola.",
            f"The address of {whose} shows up at the same time in {where}: somebody may be copying it.",
        )
    return (
        f"La dirección de {whose} parece ahora de otro equipo: o lo instalaron de nuevo, o alguien la está copiando.",
        f"The address of {whose} now seems to be another device's: it was set up anew, or somebody is copying it.",
    )
