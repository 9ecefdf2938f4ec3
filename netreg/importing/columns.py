"""Which column is what: the header found under titles and blank rows, in Spanish or English, and what a person says.

Pure: a sheet in, a mapping out. A guess is only that; the page and `--map` let a person override each column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from netreg.importing.problems import refused
from netreg.importing.table import Row, Sheet, letter
from netreg.mac import WRITTEN
from netreg.registry.text import folded

AREAS, PEOPLE, DEVICES = "areas", "people", "devices"
KINDS = (AREAS, PEOPLE, DEVICES)
NOT_USED = "-"
# In how many rows the header may stand below titles, logos and dates.
_HEADER_WITHIN = 30
_SAMPLED = 50


@dataclass(frozen=True, slots=True)
class Field:
    """What a column may be: its name, what people call it in both languages, and the headers it is known by (folded,
    words alone), the likeliest first."""

    name: str
    spanish: str
    english: str
    headers: tuple[str, ...]
    required: bool = False


_AREA_OF = (
    "clave del area", "clave area", "area", "codigo de area", "codigo area", "area code", "direccion o area",
    "unidad administrativa", "dependencia", "departamento", "adscripcion", "area de adscripcion", "area solicitante",
    "unidad", "department", "oficina", "direccion general", "subdireccion", "jefatura", "coordinacion", "direccion",
)  # fmt: skip
_MAIL = ("correo", "correo electronico", "correo institucional", "email", "e mail", "mail", "email address", "correo e")
FIELDS: dict[str, tuple[Field, ...]] = {
    AREAS: (
        Field("code", "Clave", "Code", (
            "clave", "code", "codigo", "clave del area", "clave area", "clave de la unidad", "area code", "siglas",
            "id", "clave de area", "no", "num", "numero",
        ), required=True),
        Field("name", "Nombre", "Name", (
            "nombre", "name", "area", "nombre del area", "denominacion", "unidad administrativa", "dependencia",
            "departamento", "area name", "descripcion", "nombre de la unidad", "direccion", "nombre area", "department",
        ), required=True),
        Field("parent", "Cuenta con los teléfonos de", "Shares the phones of", (
            "parent", "area superior", "depende de", "pertenece a", "area padre", "superior", "parent code",
            "adscrita a", "clave superior", "unidad superior", "parent area",
        )),
        Field("site", "Sede", "Site", ("sede", "site", "edificio", "inmueble", "ubicacion", "building", "location")),
        Field("head", "Titular", "Head", (
            "titular", "head", "nombre del titular", "responsable", "director", "directora", "encargado", "jefe",
            "titular del area", "nombre titular", "head name", "firma",
        )),
        Field("post", "Cargo", "Post", ("cargo", "post", "puesto", "cargo del titular", "position", "title")),
    ),
    PEOPLE: (
        Field("email", "Correo", "E-mail", _MAIL, required=True),
        Field("name", "Nombre", "Name", (
            "nombre", "name", "nombre completo", "nombre y apellidos", "persona", "full name", "usuario",
            "servidor publico", "nombre del servidor publico", "empleado", "user",
        ), required=True),
        Field("roles", "Papeles", "Roles", (
            "papel", "papeles", "role", "roles", "rol", "perfil", "funcion", "tipo de usuario", "cargo en el sistema",
        ), required=True),
        Field("area", "Área", "Area", _AREA_OF),
    ),
    DEVICES: (
        Field("area", "Área", "Area", _AREA_OF, required=True),
        Field("kind", "Tipo", "Kind", (
            "tipo", "kind", "tipo de equipo", "tipo de dispositivo", "equipo", "dispositivo", "type", "device type",
            "clase", "device kind",
        )),
        Field("holder", "Quién lo usa", "Holder", (
            "usuario", "holder", "nombre", "nombre del usuario", "resguardante", "responsable", "asignado a", "persona",
            "nombre completo", "quien lo usa", "usuario final", "empleado", "servidor publico", "user", "owner name",
            "nombre del resguardante", "nombre del servidor publico", "resguardatario", "assigned to", "name",
        ), required=True),
        Field("mac", "Dirección MAC", "MAC address", (
            "mac", "direccion mac", "direccion fisica", "mac address", "mac wifi", "mac wi fi", "direccion mac wifi",
            "direccion mac wi fi", "physical address", "wifi mac", "macs", "mac inalambrica", "mac de wifi",
            "direccion fisica mac", "wifi address", "direccion wi fi", "direccion wifi", "mac adress", "no mac",
        )),
        Field("computer_name", "Nombre de la computadora", "Computer name", (
            "computer name", "nombre de la computadora", "nombre del equipo", "nombre de equipo", "hostname", "host",
            "nombre de la pc", "nombre pc", "nombre computadora", "nombre de red", "host name", "equipo de computo",
            "nombre netbios", "computer", "equipo", "name",
        )),
        Field("model", "Marca y modelo", "Model", (
            "modelo", "model", "marca y modelo", "marca modelo", "marca", "descripcion", "description", "brand",
        )),
        Field("inventory_no", "Número de inventario", "Inventory number", (
            "inventario", "numero de inventario", "no de inventario", "no inventario", "num inventario", "inventory no",
            "inventory", "inventory number", "numero inventario", "asset tag", "no inv",
        )),
        Field("ownership", "Propiedad", "Ownership", (
            "propiedad", "ownership", "propietario", "tipo de propiedad", "municipal o personal", "owner",
        )),
        Field("connection", "Conexión", "Connection", (
            "conexion", "connection", "tipo de conexion", "red", "medio", "network", "medium",
        )),
        Field("location", "Dónde está", "Location", ("ubicacion", "location", "lugar", "donde esta", "piso", "place")),
        Field("state", "Estado", "State", ("estado", "state", "estatus", "status", "situacion")),
        Field("ask_only", "Sólo solicitud", "Request only", (
            "solo solicitud", "solo solicitar", "sin aprobar", "request only", "ask only", "solo pedir", "excedente",
        )),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """What was decided about a sheet: the row its header ends in (0: none), what each column is, and how it is called.

    `columns` names the field of a column counted from 0; a column that is not in it is not used.
    """

    kind: str
    header: int
    columns: Mapping[int, str]
    titles: Mapping[int, str] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        """The column that holds this field, or None."""
        return next((at for at, one in self.columns.items() if one == name), None)

    def title(self, name: str) -> str:
        """How the file calls the column of a field; where it has none, how we do."""
        at = self.column(name)
        return self.titles.get(at) or letter(at) if at is not None else field_of(self.kind, name).spanish

    @property
    def missing(self) -> list[Field]:
        """Required fields that no column holds."""
        have = set(self.columns.values())
        return [one for one in FIELDS[self.kind] if one.required and one.name not in have]

    def data(self, sheet: Sheet) -> list[Row]:
        """The rows below the header; the header said again, as sheets of several pages have it, is none."""
        said = [folded(self.titles.get(at, "")) for at in self.columns]
        below = [row for row in sheet.rows if row.number > self.header]
        return [row for row in below if not said or [folded(row.cell(at)) for at in self.columns] != said]


def field_of(kind: str, name: str) -> Field:
    return next(one for one in FIELDS[kind] if one.name == name)


# --- guessing -------------------------------------------------------------------------------------------------------


def words(text: str) -> str:
    """A header as it is compared: no case, no accents, words alone ("Dirección  Física:" is "direccion fisica")."""
    return " ".join(re.findall(r"[a-z0-9]+", folded(text)))


def best_sheet(sheets: Sequence[Sheet], kind: str) -> Sheet:
    """The sheet that looks most like such a list; of equal ones the first."""
    return max(sheets, key=lambda sheet: (_score(guess(sheet, kind)), -sheets.index(sheet)))


def guess(sheet: Sheet, kind: str, header: int | None = None) -> Columns:
    """What the columns seem to be. `header` is the row a person says the header ends in (0: there is none)."""
    found = [_read_at(sheet, kind, place) for place in _places(sheet, header)]
    best = max(found, key=_score, default=Columns(kind, header or 0, {}))
    if header is None and _score(best)[0] < 2:
        best = Columns(kind, 0, {})
    return _by_content(sheet, best)


def _places(sheet: Sheet, header: int | None) -> list[tuple[Row | None, Row]]:
    """Each row that may be the header, alone and together with the one above it, whose titles may span columns."""
    rows = [row for row in sheet.rows if row.number <= _HEADER_WITHIN] if header is None else []
    rows = rows or [row for row in sheet.rows if row.number == header]
    at = {row.number: row for row in sheet.rows}
    above = [(at.get(row.number - 1), row) for row in rows]
    return [(None, row) for row in rows] + [(upper, row) for upper, row in above if upper is not None]


def _read_at(sheet: Sheet, kind: str, place: tuple[Row | None, Row]) -> Columns:
    upper, row = place
    titles = _titles(upper, row, sheet.width)
    return Columns(kind, row.number, _matched(kind, titles), titles)


def _titles(upper: Row | None, row: Row, width: int) -> dict[int, str]:
    """The header of each column: its own cell, else the one above it, which may be merged from the left."""
    titles, group = {}, ""
    for at in range(width):
        own, over = row.cell(at), upper.cell(at) if upper else ""
        group = over or group
        if own and upper and not over:
            titles[at] = own if own == group else f"{group} {own}".strip()
        elif own or over:
            titles[at] = own if not over or own == over else f"{over} {own}".strip()
    return titles


def _matched(kind: str, titles: Mapping[int, str]) -> dict[int, str]:
    """Each field to the column whose header fits it best, each column once."""
    said = {at: words(title) for at, title in titles.items()}
    fits = [(_fit(one, said[at]), -at, one.name) for at in titles for one in FIELDS[kind]]
    columns: dict[int, str] = {}
    for how_well, at, name in sorted(fits, reverse=True):
        if how_well and -at not in columns and name not in columns.values():
            columns[-at] = name
    return dict(sorted(columns.items()))


def _fit(one: Field, said: str) -> int:
    """How well the `words` of a header name a field: 0 not at all, best as the likeliest header itself."""
    if said in one.headers:
        return 200 - one.headers.index(said)
    if said == one.name.replace("_", " "):
        return 200
    if "bluetooth" in said or len(said.split()) > 8:
        return 0
    inside = [known for known in one.headers if len(known) > 2 and f" {known} " in f" {said} "]
    # The longer the words that it has in common with a known header, the surer.
    return max((60 + len(known) - len(said) // 4 for known in inside), default=0)


def _score(mapping: Columns) -> tuple[int, int, int]:
    """Fields that were found count first, required ones among them next; the higher row wins."""
    required = sum(field_of(mapping.kind, name).required for name in mapping.columns.values())
    said = [words(mapping.titles.get(at, "")) for at in mapping.columns]
    surely = sum(max(_fit(one, title) for one in FIELDS[mapping.kind]) for title in said)
    return len(mapping.columns), required, surely


def _by_content(sheet: Sheet, mapping: Columns) -> Columns:
    """Addresses and e-mail tell themselves, whatever stands above them."""
    wanted = {DEVICES: ("mac", _is_mac), PEOPLE: ("email", _is_mail)}.get(mapping.kind)
    if wanted is None or mapping.column(wanted[0]) is not None:
        return mapping
    name, fits = wanted
    rows = mapping.data(sheet)[:_SAMPLED]
    for at in range(sheet.width):
        cells = [row.cell(at) for row in rows if row.cell(at)]
        if cells and sum(map(fits, cells)) * 2 >= len(cells) and "bluetooth" not in words(mapping.titles.get(at, "")):
            return Columns(mapping.kind, mapping.header, {**mapping.columns, at: name}, mapping.titles)
    return mapping


def _is_mac(cell: str) -> bool:
    return WRITTEN.fullmatch(cell) is not None


def _is_mail(cell: str) -> bool:
    return cell.count("@") == 1 and " " not in cell


# --- what a person says ---------------------------------------------------------------------------------------------


def override(mapping: Columns, said: Iterable[str]) -> Columns:
    """The mapping with `column=field` for each of `said`; a column is its header or its letter, the field `-` is none.

    Raises Refused naming what is not there.
    """
    columns = dict(mapping.columns)
    for one in said:
        column, _equals, name = one.rpartition("=")
        at = _column(mapping, column.strip())
        columns = with_field(mapping.kind, columns, at, name.strip())
    return Columns(mapping.kind, mapping.header, columns, mapping.titles)


def with_field(kind: str, columns: Mapping[int, str], at: int, name: str) -> dict[int, str]:
    """The columns with this one as that field, which no other column is then."""
    kept = {place: held for place, held in columns.items() if place != at and held != name}
    if name == NOT_USED:
        return kept
    if name not in {one.name for one in FIELDS[kind]}:
        names = ", ".join(one.name for one in FIELDS[kind])
        raise refused(
            "E_MAP", f"No hay un dato «{name}».", f"There is no field “{name}”.",
            f"Los datos son: {names}; con «-» la columna no se usa.",
            f"The fields are: {names}; with “-” the column is not used.", field="map",
        )  # fmt: skip
    return {**kept, at: name}


def _column(mapping: Columns, said: str) -> int:
    for at, title in mapping.titles.items():
        if words(title) == words(said) and said:
            return at
    if re.fullmatch(r"[A-Za-z]{1,2}", said, re.ASCII):
        at = 0
        for char in said.upper():
            at = at * 26 + ord(char) - 64
        return at - 1
    there = ", ".join(mapping.titles.values())
    raise refused(
        "E_MAP", f"No hay una columna «{said}».", f"There is no column “{said}”.",
        f"Las columnas son: {there or 'A, B, C…'}.", f"The columns are: {there or 'A, B, C…'}.", field="map",
    )  # fmt: skip
