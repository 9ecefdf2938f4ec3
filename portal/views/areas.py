"""Areas: who signs for each, and what becomes of them when the office changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.policy.quota import PHONES_PER_AREA
from netreg.registry import queries, slots, text
from netreg.registry.commands import areas, endings, people
from netreg.registry.models import Area, Headship
from netreg.store.transaction import Transaction
from portal.access import permitted, today
from portal.paging import page_found
from portal.rows import act, reading
from portal.searching import MOST_LETTERS, areas_sought
from portal.slots import slots_of

pages = Blueprint("areas", __name__, url_prefix="/areas")


class Row(NamedTuple):
    """An area as the list shows it."""

    area: Area
    head: Headship | None
    used: int
    excess: int
    most: int = PHONES_PER_AREA


@pages.get("")
@permitted("areas.see")
def listing() -> ResponseReturnValue:
    """Areas, with who signs for each today and the phones of its unit."""
    sought = request.args.get("q", "").strip()[:MOST_LETTERS]
    query = queries.areas_by_name()
    page = page_found(query.where(areas_sought(sought)) if sought else query, Area.id, _rows)
    return render_template(
        "pages/areas.html", page=page, sought=sought, waiting=endings.waiting(reading()),
        areas=queries.open_areas(reading()),
    )  # fmt: skip


@pages.get("/<code>")
@permitted("areas.see")
def show(code: str) -> ResponseReturnValue:
    """One area with its heads, its devices and what may be done to it."""
    session, area = reading(), queries.area(reading(), code)
    return render_template(
        "pages/area.html",
        area=area,
        slots=slots_of(area),
        devices=[one for one in queries.devices(session, area.id) if one.authorisation.state in endings.HELD],
        others=[one for one in queries.open_areas(session) if one.code != area.code],
        successor=session.get(Area, area.successor_id) if area.successor_id else None,
    )


@pages.post("")
@permitted("areas.change")
def add() -> ResponseReturnValue:
    """A new area, with its own three phones or counting on another's."""
    code, name, parent = (request.form.get(key, "") for key in ("code", "name", "parent"))

    def command(tx: Transaction) -> None:
        people.add_area(tx, code, name, queries.area(tx.session, parent) if parent else None)

    return act(command, _("Se dio de alta el área."), url_for(".listing"))


@pages.post("/<code>/rename")
@permitted("areas.change")
def rename(code: str) -> ResponseReturnValue:
    name = request.form.get("name", "")
    return _change(code, lambda tx, area: areas.rename(tx, area, name), _("Se cambió el nombre."))


@pages.post("/<code>/head")
@permitted("areas.change")
def head(code: str) -> ResponseReturnValue:
    """Who signs for the area from a day on."""
    name, post, acting = request.form.get("name", ""), request.form.get("post", ""), bool(request.form.get("acting"))
    typed = request.form.get("first", "")

    def command(tx: Transaction, area: Area) -> None:
        areas.name_head(tx, area, name, post, _day(typed, "first"), acting=acting)

    return _change(code, command, _("Se anotó quién firma por el área."))


@pages.post("/<code>/merge")
@permitted("areas.change")
def merge(code: str) -> ResponseReturnValue:
    """Other areas become part of this one."""
    chosen = request.form.getlist("absorbed")

    def command(tx: Transaction, area: Area) -> None:
        areas.merge(tx, [queries.area(tx.session, one) for one in chosen], area)

    return _change(code, command, _("Las áreas se fusionaron; todos sus equipos siguen en la red."))


@pages.post("/<code>/split")
@permitted("areas.change")
def split(code: str) -> ResponseReturnValue:
    """A part of the area becomes one of its own."""
    new, name = request.form.get("new_code", ""), request.form.get("name", "")
    numbers = [int(one) for one in request.form.getlist("device") if one.isascii() and one.isdigit()]

    def command(tx: Transaction, area: Area) -> None:
        areas.split(tx, area, new, name, [queries.device(tx.session, number) for number in numbers])

    return _change(code, command, _("Se separó el área nueva."))


@pages.post("/<code>/close")
@permitted("areas.change")
def close(code: str) -> ResponseReturnValue:
    return _change(code, areas.close, _("El área terminó; sus equipos esperan una decisión."))


@pages.post("/<code>/prolong")
@permitted("devices.release")
def prolong(code: str) -> ResponseReturnValue:
    """Let the phones too many stay until a later day."""
    typed = request.form.get("until", "")

    def command(tx: Transaction, area: Area) -> None:
        areas.prolong(tx, area, _day(typed, "until"))

    return _change(code, command, _("Se cambió la fecha."))


def _change(code: str, command: Callable[[Transaction, Area], object], done: str) -> ResponseReturnValue:
    def run(tx: Transaction) -> None:
        command(tx, queries.area(tx.session, code))

    return act(run, done, url_for(".show", code=code))


def _day(typed: str, name: str) -> date:
    day = text.day(typed, name)
    if not day:
        raise InvalidValue("Escriba una fecha.", "Write a date.", code="E_DATE", field=name)
    return date.fromisoformat(day)


def _rows(session: Session, numbers: Sequence[int]) -> list[Row]:
    """What the list shows of these areas, in this order."""
    found = {one.id: one for one in session.scalars(select(Area).where(Area.id.in_(numbers)))}
    heads = areas.heads_on(session, numbers, today())
    phones = slots.phones_of_units(session, {one.quota_unit_id for one in found.values()})
    those = [found[number] for number in numbers]
    return [Row(one, heads.get(one.id), *phones.get(one.quota_unit_id, (0, 0))) for one in those]
