"""The lists of the census as tables. What is not registered comes with the columns that an import reads: fill in the
area and who uses it, and load the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from netreg.importing import exporting
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.registry.census import LET_IN, SEEN, STRANGERS, UNSEEN, Line

REGISTERED = (
    "Equipo",
    "Área",
    "Tipo",
    "Nombre",
    "Usuario",
    "Dirección MAC",
    "Fabricante",
    "Dónde",
    "Visto por última vez",
)
TEMPLATE = (
    "Área", "Tipo", "Usuario", "Dirección MAC", "Nombre de la computadora", "Marca y modelo", "Dónde", "Fabricante",
    "Visto desde", "Visto por última vez", "Pasa en", "Solicitud",
)  # fmt: skip
TITLES = {
    SEEN: "Registrados y vistos",
    UNSEEN: "Registrados y no vistos",
    STRANGERS: "Vistos sin registro",
    LET_IN: "Pasan sin registro",
}
_KINDS = {"phone": "Teléfono", "computer": "Computadora", "infrastructure": "Infraestructura"}


def header(name: str) -> tuple[str, ...]:
    return REGISTERED if name in (SEEN, UNSEEN) else TEMPLATE


def rows(name: str, lines: Sequence[Line], office: Office, *, whole: bool) -> list[tuple[str, ...]]:
    """One row for each address, as `header` says; `whole` shows whole addresses, without it the last two octets."""
    row = _registered if name in (SEEN, UNSEEN) else _template
    return [row(one, office, str(one.mac) if whole else one.mac.masked) for one in lines]


def write(kind: str, name: str, lines: Sequence[Line], office: Office, *, whole: bool) -> bytes:
    """A list as `csv` or `xlsx`."""
    return exporting.write(kind, TITLES[name], header(name), rows(name, lines, office, whole=whole))


def _registered(one: Line, office: Office, mac: str) -> tuple[str, ...]:
    return (
        str(one.device or ""), one.area, _KINDS.get(one.kind, one.kind), one.label, one.holder, mac, maker(one.mac),
        ", ".join(one.places), moment(one.last, office),
    )  # fmt: skip


def _template(one: Line, office: Office, mac: str) -> tuple[str, ...]:
    """Area, kind and who uses it are for a person to fill in; what it calls itself is a claim."""
    return (
        "", "", "", mac, "", "", ", ".join(one.places), maker(one.mac), moment(one.first, office),
        moment(one.last, office), ", ".join(one.points), one.asked,
    )  # fmt: skip


def maker(mac: MacAddress) -> str:
    return "dirección inventada por el equipo" if mac.is_random else mac.vendor or ""


def moment(at: datetime | None, office: Office) -> str:
    return "" if at is None else at.astimezone(office.zone).strftime("%Y-%m-%d %H:%M")
