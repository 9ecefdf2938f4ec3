"""Alerts: what the scanner found, and what a person did about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import ConfigError, InvalidValue
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import answering, queries, verdicts
from netreg.registry.commands import alerts
from netreg.registry.commands import verdicts as decisions
from netreg.registry.commands.alerts import STRANGERS
from netreg.registry.models import Alert, Device, Ticket
from netreg.registry.scene import candidates
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal import watched
from portal.access import permitted, today
from portal.paging import ROWS, page_of
from portal.rows import act, reading, settings, store
from portal.tracing import trace_reading
from portal.views.requests import asks_for

pages = Blueprint("alerts", __name__, url_prefix="/alerts")

_NOT_CLOSED = ("open", "acknowledged", "snoozed")
# The order in which groups stand: what is surely wrong before what may be.
_ORDER = ("gateway", "clone", "name", "unverified", "host_key", "wire", "storm", "rogue", watched.RANDOM)


class Group(NamedTuple):
    """Alerts of one kind: how many there are, and those that are shown."""

    kind: str
    total: int
    rows: Sequence[Alert]


@pages.get("")
@permitted("alerts.see")
def listing() -> ResponseReturnValue:
    """Alerts by kind; of one kind all of them, in pages."""
    trace_reading("alerts")
    state, kind, mine = (request.args.get(name, "") for name in ("state", "kind", "mine"))
    found = queries.alerts(reading(), [state] if state in watched.ALERT else _NOT_CLOSED)
    if mine:
        found = [one for one in found if one.assigned_to == current_user.email]
    groups = _grouped(found)
    page = page_of([one for group in groups if group.kind == kind for one in group.rows]) if kind else None
    return render_template(
        "pages/alerts.html",
        groups=[group._replace(rows=group.rows[:ROWS]) for group in groups],
        page=page,
        chosen={"state": state, "kind": kind, "mine": mine},
        decided=len(verdicts.standing(reading(), now())),
    )


def _grouped(found: Sequence[Alert]) -> list[Group]:
    groups: dict[str, list[Alert]] = {}
    for one in found:
        groups.setdefault(_group_of(one), []).append(one)
    ranked = sorted(groups, key=lambda kind: (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), kind))
    return [Group(kind, len(groups[kind]), groups[kind]) for kind in ranked]


def _group_of(alert: Alert) -> str:
    is_random = alert.kind == "rogue" and bool(alert.mac) and MacAddress(alert.mac).is_random
    return watched.RANDOM if is_random else alert.kind


@pages.get("/<row:number>")
@permitted("alerts.see")
def show(number: int) -> ResponseReturnValue:
    alert, session = queries.alert(reading(), number), reading()
    decided = verdicts.every(session, alert.mac) if alert.mac else []
    story = queries.story(session, [f"alert {number}", *(f"verdict {one.id}" for one in decided)])
    mac = MacAddress(alert.mac) if alert.mac else None
    return render_template(
        "pages/alert.html",
        alert=alert,
        is_stranger=alert.kind in STRANGERS and mac is not None,
        is_random=mac is not None and mac.is_random,
        areas=queries.open_areas(session),
        people=queries.people_who_may(session, "alerts.handle", today()),
        alone=not any(one.id != current_user.id for one in queries.people_who_may(session, "requests.decide", today())),
        story=story,
        refused=_refused(alert),
        candidates=candidates(session, mac, alert.place, alert.first_seen) if mac else [],
        seen=queries.sightings_of(session, alert.mac) if mac else [],
        verdict=verdicts.of_mac(session, alert.mac, now()) if mac else None,
        under_way=_under_way(alert),
    )


def _under_way(alert: Alert) -> list[Ticket]:
    """The requests that ask for the address of an alert; drafts are for those who may see them."""
    rows = queries.asking_for(reading(), alert.mac) if alert.mac else []
    return [ticket for ticket in rows if ticket.sent or asks_for(ticket)]


def _refused(alert: Alert) -> Device | None:
    """The device that bore a rogue's address last, where it was rejected or removed; also a forgotten one."""
    if alert.kind != "rogue" or not alert.mac:
        return None
    try:
        found = queries.bearers(reading(), MacAddress(alert.mac), store().office.retention_key)
    except ConfigError:
        return None
    last = found[0] if found else None
    return last if last is not None and last.authorisation.state in (quota.REJECTED, quota.REMOVED) else None


# --- what a person does about it ------------------------------------------------------------------------------------


@pages.post("/<row:number>/acknowledge")
@permitted("alerts.handle")
def acknowledge(number: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    return _act(number, lambda tx, alert: alerts.acknowledge(tx, alert, note), _("Anotado: alguien la atiende."))


@pages.post("/<row:number>/assign")
@permitted("alerts.handle")
def assign(number: int) -> ResponseReturnValue:
    email = request.form.get("person", "")

    def command(tx: Transaction, alert: Alert) -> None:
        alerts.assign(tx, alert, queries.known_person(tx.session, email) if email else None)

    return _act(number, command, _("Se guardó quién la atiende.") if email else _("La alerta quedó sin responsable."))


@pages.post("/<row:number>/note")
@permitted("alerts.handle")
def note(number: int) -> ResponseReturnValue:
    written = request.form.get("note", "")
    return _act(number, lambda tx, alert: alerts.note(tx, alert, written), _("Se guardó la nota."))


@pages.post("/<row:number>/snooze")
@permitted("alerts.handle")
def snooze(number: int) -> ResponseReturnValue:
    note, typed = request.form.get("note", ""), request.form.get("until", "")
    return _act(number, lambda tx, alert: alerts.snooze(tx, alert, _morning_of(typed), note), _("Pospuesta."))


def _morning_of(typed: str) -> datetime:
    """The first instant of a day (YYYY-MM-DD) in the office's time zone."""
    try:
        return datetime.combine(date.fromisoformat(typed), time.min, ZoneInfo(settings().office.timezone))
    except ValueError as error:
        raise InvalidValue("Escriba una fecha.", "Write a date.", code="E_UNTIL", field="until") from error


@pages.post("/<row:number>/ignore")
@permitted("alerts.handle")
def ignore(number: int) -> ResponseReturnValue:
    """Nobody is told of this device until a day; the alert closes."""
    reason, typed = request.form.get("reason", ""), request.form.get("until", "")

    def command(tx: Transaction, alert: Alert) -> None:
        decisions.ignore(tx, alert.mac, _morning_of(typed), reason)

    return _act(number, command, _("Se ignora hasta ese día; la alerta se cerró."))


@pages.post("/<row:number>/block")
@permitted("alerts.handle")
def block(number: int) -> ResponseReturnValue:
    """Let it in nowhere, and throw it off."""
    reason = request.form.get("reason", "")
    return _act(number, lambda tx, alert: decisions.block(tx, alert.mac, reason), _("Se bloqueó."))


@pages.post("/<row:number>/register")
@permitted("alerts.handle")
def register(number: int) -> ResponseReturnValue:
    """Register the device as infrastructure of an area, which also answers the alert."""
    area, name, location = (request.form.get(key, "") for key in ("area", "name", "location"))

    def command(tx: Transaction, alert: Alert) -> None:
        answering.register(tx, alert, queries.area(tx.session, area), name, location)

    return _act(number, command, _("Registrado como infraestructura; la alerta se cerró."))


@pages.post("/<row:number>/close")
@permitted("alerts.handle")
def close(number: int) -> ResponseReturnValue:
    note, decision = request.form.get("note", ""), request.form.get("decision", "")
    return _act(number, lambda tx, alert: alerts.close(tx, alert, note, decision), _("Cerrada."))


@pages.post("/<row:number>/reopen")
@permitted("alerts.handle")
def reopen(number: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    return _act(number, lambda tx, alert: alerts.reopen(tx, alert, reason), _("Se abrió de nuevo."))


def _act(number: int, command: Callable[[Transaction, Alert], object], done: str) -> ResponseReturnValue:
    back = url_for("alerts.show", number=number)
    return act(lambda tx: command(tx, queries.alert(tx.session, number)), done, back)
