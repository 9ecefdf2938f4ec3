"""Sightings and the registry in, findings out: who is on the network without the right to be.

Pure functions of values: the order in which sightings come does not matter, and nothing is remembered here. What a
person should look at comes back as one Finding per device, with a `key` that stays the same from one look to the
next, so that whoever keeps the alerts has one alert per device however often it is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from netreg.detection.sighting import Sighting
from netreg.mac import MacAddress

# A device in one of these states may be on the network: it is being let in, is in, or is on its way out.
_WITH_RIGHT = frozenset({"pushing", "active", "removing"})
# Network equipment has one address on many segments; nobody else does.
_EVERYWHERE = frozenset({"infrastructure", "protected"})
# States that keep a device out, in Spanish and in English, and what is said of any other state without the right.
_REFUSED = {
    "suspended": ("suspendido", "suspended"),
    "removed": ("dado de baja", "removed"),
    "rejected": ("rechazado", "rejected"),
}
_WAITING = ("con solicitud todavía sin autorizar", "asked for and not yet authorised")


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry says of a MAC.

    `state` is that of its authorisation, or "ignored" for an unregistered one that a person set aside until
    `ignored_until`; `kind` is phone, computer, infrastructure, or protected (never to be touched, from the settings).
    `folio` names the request that asked for it; of two that were refused the one with the higher `number` is the later.
    """

    mac: MacAddress
    state: str
    area: str = ""
    kind: str = "phone"
    label: str = ""
    folio: str = ""
    number: int = 0
    ignored_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is still open: its key, and when its device was first seen."""

    key: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """The limits: how close in time two places make a clone, how many new rogues at once make a storm."""

    clone_window: timedelta = timedelta(seconds=60)
    storm_limit: int = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should look at.

    `kind` is rogue, clone, storm or blind; `key` names it for good. `mac` is None for a storm (its addresses are in
    `macs`) and for a blind source. `count` is how many of the sightings handed in speak of it. `is_new` is False
    where an alert with this key is open already.
    """

    kind: str
    key: str
    first_seen: datetime
    last_seen: datetime
    explanation_es: str
    explanation_en: str
    mac: MacAddress | None = None
    vendor: str | None = None
    random: bool = False
    place: str = ""
    count: int = 0
    sources: tuple[str, ...] = ()
    macs: tuple[MacAddress, ...] = ()
    is_new: bool = True


def findings(
    sightings: Iterable[Sighting],
    known: Iterable[Known],
    open_alerts: Iterable[OpenAlert],
    now: datetime,
    settings: DetectionSettings,
) -> tuple[Finding, ...]:
    """What these sightings give a person to look at, sorted by key; at most one rogue per MAC.

    Where `known` names a MAC twice, its best claim counts: somebody removed and let in again is let in.
    """
    seen, registry = _by_mac(sightings), _registry(known, now)
    open_since = {alert.key: alert.first_seen for alert in open_alerts}
    rogues = [
        _rogue(trail, registry.get(mac), open_since) for mac, trail in seen.items() if _is_rogue(registry.get(mac))
    ]
    clones = [
        _clone(trail, places, registry[mac], open_since)
        for mac, trail in seen.items()
        if mac in registry and (places := _places_at_once(trail, registry[mac], settings.clone_window))
    ]
    return tuple(sorted(_without_storm(rogues, open_since, settings.storm_limit) + clones, key=lambda one: one.key))


def blind(source: str, last_good: datetime | None, now: datetime, limit: timedelta) -> Finding | None:
    """A finding if `source` has given nothing for longer than `limit` (or never did); None while it sees.

    `last_good` is when it last gave at least one sighting: an answer with none in it is not good.

    A source that sees nothing is never taken for a network with nobody on it.
    """
    if last_good is not None and now - last_good <= limit:
        return None
    since = f"{last_good:%Y-%m-%d %H:%M} UTC" if last_good else None
    return Finding(
        kind="blind",
        key=f"blind:{source}",
        first_seen=last_good or now,
        last_seen=now,
        sources=(source,),
        explanation_es=f"La fuente «{source}» no ve nada {f'desde {since}' if since else 'todavía'}. "
        "No quiere decir que no haya equipos: revise el cable, la interfaz y los permisos.",
        explanation_en=f"The source “{source}” has seen nothing {f'since {since}' if since else 'so far'}. "
        "That does not mean nobody is there: check the cable, the interface and the rights.",
    )


# --- rogues --------------------------------------------------------------------------------------------------------


def _by_mac(sightings: Iterable[Sighting]) -> Mapping[MacAddress, Sequence[Sighting]]:
    """The sightings of each device, in one order whatever order they came in. Group addresses are no devices."""
    seen: dict[MacAddress, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if not sighting.mac.is_group:
            seen[sighting.mac].append(sighting)
    return {mac: sorted(trail, key=lambda one: (one.at, one.place, one.source)) for mac, trail in seen.items()}


def _registry(known: Iterable[Known], now: datetime) -> Mapping[MacAddress, Known]:
    """One claim per MAC, the best last so that it stays; a claim to be ignored that has run out is none."""
    claims = [one for one in known if one.state != "ignored" or _is_ignored(one, now)]
    return {one.mac: one for one in sorted(claims, key=_weight)}


def _weight(one: Known) -> tuple[bool, bool, bool, int, str, str, str, str]:
    """How much a claim counts; the texts at the end only keep the choice the same whatever order claims come in."""
    ranks = (_is_at_home(one), one.kind in _EVERYWHERE, one.state in _WITH_RIGHT)
    return (*ranks, one.number, one.state, one.kind, one.area, one.label)


def _is_ignored(one: Known, now: datetime) -> bool:
    return one.ignored_until is not None and now < one.ignored_until


def _is_at_home(one: Known) -> bool:
    if one.kind == "infrastructure":
        return one.state not in _REFUSED
    return one.kind == "protected" or one.state == "ignored" or one.state in _WITH_RIGHT


def _is_rogue(known: Known | None) -> bool:
    return known is None or not _is_at_home(known)


def _rogue(trail: Sequence[Sighting], known: Known | None, open_since: Mapping[str, datetime]) -> Finding:
    spanish, english = _why(trail[0].mac, known)
    return _of_device("rogue", trail, trail[-1].place, spanish, english, open_since)


def _of_device(
    kind: str, trail: Sequence[Sighting], place: str, spanish: str, english: str, open_since: Mapping[str, datetime]
) -> Finding:
    mac = trail[0].mac
    key = f"{kind}:{mac}"
    return Finding(
        kind=kind,
        key=key,
        first_seen=min(trail[0].at, open_since.get(key, trail[0].at)),
        last_seen=trail[-1].at,
        explanation_es=spanish,
        explanation_en=english,
        mac=mac,
        vendor=mac.vendor,
        random=mac.is_random,
        place=place,
        count=len(trail),
        sources=tuple(sorted({one.source for one in trail})),
        is_new=key not in open_since,
    )


def _why(mac: MacAddress, known: Known | None) -> tuple[str, str]:
    """The likeliest story behind a rogue, in Spanish and in English."""
    if known is not None:
        return _why_refused(known)
    if mac.is_random:
        return (
            "Posible dirección privada: puede ser un teléfono registrado con la dirección privada activada.",
            "Possibly a private address: it may be a registered phone with its private address turned on.",
        )
    if mac.problem == "E_VIRTUAL_ROUTER":
        return (
            "Dirección de enrutador virtual: si es de la red del Ayuntamiento, márquela como infraestructura.",
            "Address of a virtual router: if it belongs to the town hall's network, mark it as infrastructure.",
        )
    maker_es, maker_en = (
        (f" de {mac.vendor}", f" by {mac.vendor}") if mac.vendor else (" de fabricante desconocido", "")
    )
    return f"Equipo{maker_es} que nadie ha registrado.", f"Device{maker_en} that nobody has registered."


def _why_refused(known: Known) -> tuple[str, str]:
    spanish, english = _REFUSED.get(known.state, _WAITING)
    whose = " ".join(part for part in (known.label, f"({known.area})" if known.area else "") if part)
    name = f" {whose}" if whose else ""
    folio = (f", folio {known.folio},", f", request {known.folio},") if known.folio else ("", "")
    return (
        f"Equipo {spanish}{name}{folio[0]} que sigue intentando conectarse.",
        f"Device {english}{name}{folio[1]} that keeps trying to connect.",
    )


# --- clones --------------------------------------------------------------------------------------------------------


def _places_at_once(trail: Sequence[Sighting], known: Known, window: timedelta) -> tuple[str, ...]:
    """The places where one registered device was seen within `window` of being seen somewhere else.

    Only sightings of one source are compared, because each names places in its own way. In order of time, any two
    that are near enough have two neighbours between them that are: looking at neighbours is enough.
    """
    if known.state not in _WITH_RIGHT or known.kind in _EVERYWHERE:
        return ()
    by_source: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in trail:
        by_source[sighting.source].append(sighting)
    near = [
        (a.place, b.place)
        for one in by_source.values()
        for a, b in pairwise(one)
        if a.place != b.place and b.at - a.at <= window
    ]
    return tuple(sorted({place for pair in near for place in pair}))


def _clone(
    trail: Sequence[Sighting], places: tuple[str, ...], known: Known, open_since: Mapping[str, datetime]
) -> Finding:
    whose = known.label or known.area or str(known.mac)
    where = ", ".join(places)
    return _of_device(
        "clone",
        trail,
        where,
        f"La dirección de {whose} aparece a la vez en {where}: alguien puede estar copiándola.",
        f"The address of {whose} shows up at the same time in {where}: somebody may be copying it.",
        open_since,
    )


# --- storms --------------------------------------------------------------------------------------------------------


def _without_storm(rogues: list[Finding], open_since: Mapping[str, datetime], limit: int) -> list[Finding]:
    """The rogues as they are, or, with more than `limit` new ones at once, the new ones folded into one storm."""
    new = [one for one in rogues if one.is_new]
    if len(new) <= limit:
        return rogues
    return [one for one in rogues if not one.is_new] + [_storm(new, open_since)]


def _storm(rogues: Sequence[Finding], open_since: Mapping[str, datetime]) -> Finding:
    first = min(one.first_seen for one in rogues)
    return Finding(
        kind="storm",
        key="storm",
        first_seen=min(first, open_since.get("storm", first)),
        last_seen=max(one.last_seen for one in rogues),
        explanation_es=f"{len(rogues)} equipos sin registro aparecieron de golpe: puede ser un acto público, un "
        "segmento recién conectado o alguien inventando direcciones.",
        explanation_en=f"{len(rogues)} unregistered devices appeared at once: perhaps a public event, a newly "
        "connected segment, or somebody making addresses up.",
        random=all(one.random for one in rogues),
        place=", ".join(sorted({one.place for one in rogues})),
        count=sum(one.count for one in rogues),
        sources=tuple(sorted({source for one in rogues for source in one.sources})),
        macs=tuple(sorted(one.mac for one in rogues if one.mac is not None)),
        is_new="storm" not in open_since,
    )
