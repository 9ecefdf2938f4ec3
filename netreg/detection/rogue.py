"""Devices that are on the network without the right to be: strangers, and those somebody decided against."""

from __future__ import annotations

from collections.abc import Sequence

from netreg.detection import sources
from netreg.detection.facts import Finding, Known, View
from netreg.detection.fingerprint import system
from netreg.detection.sighting import Said, Sighting
from netreg.detection.telling import of_device
from netreg.mac import MacAddress

# Seen in so many looks, or by two sources, a device with an address of its own is no passer-by.
_SURE_LOOKS = 3

# What is said of a state that keeps a device out, in Spanish and in English, and of any other without the right.
_REFUSED = {
    "suspended": ("suspendido", "suspended"),
    "removed": ("dado de baja", "removed"),
    "rejected": ("rechazado", "rejected"),
    "blocked": ("bloqueado", "blocked"),
}
_WAITING = ("con solicitud todavía sin autorizar", "asked for and not yet authorised")


def rogues(view: View) -> list[Finding]:
    """One finding for each device that nobody registered or somebody decided against, however briefly it was here."""
    return [_rogue(view, mac, trail) for mac, trail in view.trails.items() if not view.may_stay(mac)]


def stayed(finding: Finding, view: View) -> bool:
    """Whether a stranger has been here long enough to be told; whom somebody decided against is told at once."""
    if not finding.is_new or finding.last_seen - finding.first_seen >= view.settings.grace:
        return True
    return finding.mac is not None and view.is_out(finding.mac)


def _rogue(view: View, mac: MacAddress, trail: Sequence[Sighting]) -> Finding:
    evidence = (*_seen(trail), *_claims(view.said.get(mac, ())))
    words = _why(mac, view.registry.get(mac))
    return of_device(view, "rogue", mac, words, evidence=evidence, urgent=_is_sure(view, mac, trail))


def _is_sure(view: View, mac: MacAddress, trail: Sequence[Sighting]) -> bool:
    """Whether it is no passer-by; whose address is made up may be somebody's phone, however long it stays."""
    seen_often = sum(one.looks for one in trail) >= _SURE_LOOKS or len({one.source for one in trail}) > 1
    return view.is_out(mac) or (seen_often and not mac.is_random)


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
    name = f" {known.whose}" if known.whose else ""
    folio = (f", folio {known.folio},", f", request {known.folio},") if known.folio else ("", "")
    return (
        f"Equipo {spanish}{name}{folio[0]} que sigue intentando conectarse.",
        f"Device {english}{name}{folio[1]} that keeps trying to connect.",
    )


def _seen(trail: Sequence[Sighting]) -> list[tuple[str, str]]:
    """Each place and source with how often, in one order."""
    looks: dict[tuple[str, str], int] = {}
    for one in trail:
        looks[one.where, one.source] = looks.get((one.where, one.source), 0) + one.looks
    return [_times(where, sources.name(source), count) for (where, source), count in sorted(looks.items())]


def _times(where: str, source: tuple[str, str], count: int) -> tuple[str, str]:
    spanish = "una vez" if count == 1 else f"{count} veces"
    english = "once" if count == 1 else f"{count} times"
    return f"Visto {spanish} en {where}: {source[0]}.", f"Seen {english} at {where}: {source[1]}."


def _claims(said: Sequence[Said]) -> list[tuple[str, str]]:
    """What the device says of itself."""
    names = sorted({one.value for one in said if one.kind != "dhcp"})
    told = [(f"Dice llamarse «{name}».", f"It calls itself “{name}”.") for name in names]
    systems = sorted({found for one in said if one.kind == "dhcp" and (found := system(one.value))})
    return told + [
        (f"Por sus mensajes de DHCP parece {spanish}.", f"By its DHCP messages it seems {english}.")
        for spanish, english in systems
    ]
