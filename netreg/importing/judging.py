"""The dry run: what a list would make, and every problem of every row. It reads and changes nothing.

What it lets pass the commands let pass: it asks the same checks, and says all that is wrong at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import Refused
from netreg.importing import judging_devices
from netreg.importing.columns import AREAS, DEVICES, PEOPLE, Columns
from netreg.importing.places import Places
from netreg.importing.plan import (
    Cells,
    Importer,
    NewArea,
    NewPerson,
    Options,
    Plan,
    already_at,
    check_columns,
    check_width,
)
from netreg.importing.problems import refused
from netreg.importing.table import Book, Row, Sheet
from netreg.importing.values import role_codes
from netreg.policy import roles
from netreg.registry import queries, text
from netreg.registry.models import Person

Judge = Callable[[Session, Plan, list[Row], Options, Importer | None], None]


def judge(
    session: Session, book: Book, sheet: Sheet, columns: Columns, options: Options, who: Importer | None = None
) -> Plan:
    """The plan of an import by `who`; None is the operator at the server's own console."""
    rows = columns.data(sheet)
    plan = Plan(columns, book.sha256, book.format, options.approve, len(rows))
    if not check_columns(plan):
        return plan
    kinds: dict[str, Judge] = {AREAS: _areas, PEOPLE: _people, DEVICES: judging_devices.judge}
    kinds[columns.kind](session, plan, rows, options, who)
    plan.problems.sort(key=lambda one: one.row)
    return plan


def importer(session: Session, email: str, today: date) -> Importer | None:
    """Who imports, with the roles they may act in today; None for the operator."""
    person = queries.person(session, email)
    return None if person is None else Importer(person.name, queries.held(session, person, today))


# --- areas ----------------------------------------------------------------------------------------------------------


def _areas(session: Session, plan: Plan, rows: list[Row], _options: Options, _who: Importer | None) -> None:
    places, codes, names = Places.of(session), dict[str, int](), dict[str, int]()
    found: dict[str, tuple[Cells, NewArea]] = {}
    for row in rows:
        cells = Cells(plan, row)
        area = _area(cells)
        if area is None:
            continue
        if (old := places.coded(area.code)) is not None and text.folded(old.name) == text.folded(area.name):
            plan.same.append(cells.number)
            continue
        _check_new_area(cells, area, places, codes, names)
        if cells.is_sound:
            found[area.code.casefold()] = (cells, area)
    plan.new.extend(_parents_first(found, places))


def _area(cells: Cells) -> NewArea | None:
    said = {name: "" for name in ("code", "name", "parent", "site", "head", "post")}
    for name, most, required in (
        ("name", 120, True), ("site", 60, False), ("head", 120, False), ("post", 120, bool(cells["head"])),
    ):  # fmt: skip
        with cells.at(name):
            said[name] = text.line(cells[name], name, most=most, required=required)
    with cells.at("code"):
        said["code"] = text.code(cells["code"])
    said["parent"] = cells["parent"]
    check_width(cells)
    return NewArea(cells.number, **said) if cells.is_sound else None


def _check_new_area(cells: Cells, area: NewArea, places: Places, codes: dict[str, int], names: dict[str, int]) -> None:
    taken = places.coded(area.code) or places.exactly(area.name)
    if taken is not None:
        clash = refused(
            "area_exists", f"Ya hay un área {taken.code}: {taken.name}.",
            f"There is an area {taken.code}: {taken.name}.",
            "Use otra clave, o cambie el nombre con «netreg area rename».",
            "Use another code, or change the name with “netreg area rename”.",
        )  # fmt: skip
        cells.blame("code" if places.coded(area.code) else "name", clash)
    for seen, name, value in ((codes, "code", area.code.casefold()), (names, "name", area.name)):
        if value in seen:
            cells.blame(name, already_at(seen[value], "It", "Eso", "E_SAME_AREA"))
        seen.setdefault(value, cells.number)


def _parents_first(found: dict[str, tuple[Cells, NewArea]], places: Places) -> list[NewArea]:
    """The areas so that each comes after the one it counts on; what has no such one is a problem."""
    by_name = {text.folded(area.name): code for code, (_cells, area) in found.items()}
    ordered: dict[str, NewArea] = {}
    waiting = dict(found)
    while waiting:
        ready = {code: one for code, one in waiting.items() if _has_parent(one[1], places, by_name, ordered)}
        if not ready:
            break
        ordered |= {code: _with_parent(area, places, by_name, found) for code, (_cells, area) in ready.items()}
        waiting = {code: one for code, one in waiting.items() if code not in ready}
    for cells, area in waiting.values():
        cells.blame("parent", places.unknown(area.parent))
    return list(ordered.values())


def _has_parent(area: NewArea, places: Places, by_name: Mapping[str, str], done: Mapping[str, NewArea]) -> bool:
    wanted = area.parent.casefold()
    named = by_name.get(text.folded(area.parent), wanted)
    return not area.parent or places.find(area.parent) is not None or named in done


def _with_parent(
    area: NewArea, places: Places, by_name: Mapping[str, str], found: Mapping[str, tuple[Cells, NewArea]]
) -> NewArea:
    """The same, with the code of the one it counts on, whatever that was called in the cell."""
    if not area.parent:
        return area
    old = places.find(area.parent)
    named = by_name.get(text.folded(area.parent), area.parent.casefold())
    code = old.code if old is not None else found[named][1].code
    return NewArea(area.row, area.code, area.name, code, area.site, area.head, area.post)


# --- people ---------------------------------------------------------------------------------------------------------


def _people(session: Session, plan: Plan, rows: list[Row], _options: Options, who: Importer | None) -> None:
    places, seen = Places.of(session), dict[str, int]()
    known = {one.email: one for one in session.scalars(select(Person))}
    for row in rows:
        cells = Cells(plan, row)
        person = _person(cells, places, who)
        if person is None:
            continue
        if person.email in seen:
            cells.blame("email", already_at(seen[person.email], "This e-mail", "Ese correo", "E_SAME_EMAIL"))
        seen.setdefault(person.email, cells.number)
        old = known.get(person.email)
        if old is not None and _is_same(old, person):
            plan.same.append(cells.number)
        elif old is not None:
            cells.blame("email", _exists())
        elif cells.is_sound:
            plan.new.append(person)


def _person(cells: Cells, places: Places, who: Importer | None) -> NewPerson | None:
    email = name = area = ""
    held: tuple[str, ...] = ()
    with cells.at("email"):
        email = text.email(cells["email"])
    with cells.at("name"):
        name = text.line(cells["name"], "name")
    with cells.at("area"):
        area = places.named(cells["area"]).code if cells["area"] else ""
    with cells.at("roles"):
        held = role_codes(cells["roles"])
        _check_roles(held, who)
    if set(held) & set(roles.OF_AN_AREA) and not cells["area"]:
        cells.blame("area", _area_missing())
    check_width(cells)
    return NewPerson(cells.number, email, name, held, area) if cells.is_sound else None


def _check_roles(held: tuple[str, ...], who: Importer | None) -> None:
    if not held:
        raise refused("E_EMPTY", "Falta el papel.", "The role is missing.", "Escriba, por ejemplo, enlace.",
                      "Write, for example, liaison.")  # fmt: skip
    if who is not None and not roles.keeps(who.roles, held):
        raise refused(
            "not_your_account", "Ese papel sólo lo da quien administra el sistema.",
            "That role is given by the administrator alone.",
            "Quite el renglón y pida que lo agregue quien administra.",
            "Take the row out and ask the administrator to add it.",
        )  # fmt: skip


def _area_missing() -> Refused:
    return refused(
        "area_missing", "Un enlace o titular pertenece a un área.", "A liaison or head belongs to an area.",
        "Escriba la clave o el nombre de su área.", "Write the code or the name of their area.",
    )  # fmt: skip


def _exists() -> Refused:
    return refused(
        "person_exists", "Ya hay una persona con ese correo, con otros datos.",
        "There is a person with that e-mail already, with other data.",
        "Cambie su área o sus papeles en su página; aquí quite el renglón.",
        "Change their area or roles on their page; take the row out here.",
    )  # fmt: skip


def _is_same(old: Person, new: NewPerson) -> bool:
    area = old.area.code if old.area else ""
    return {role.name for role in old.roles} == set(new.roles) and area == new.area and (
        text.folded(old.name) == text.folded(new.name)
    )  # fmt: skip
