"""Alerts: what the scanner found, and what a person did about it."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.errors import ConfigError, InvalidValue
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import queries
from netreg.registry.commands import alerts, devices
from netreg.registry.models import Alert, Device
from netreg.registry.scene import candidates
from netreg.store.transaction import Transaction
from portal import words
from portal.access import permitted
from portal.rows import act, reading, settings, store
from portal.tracing import trace_reading

pages = Blueprint("alerts", __name__, url_prefix="/alerts")

_NOT_CLOSED = ("open", "acknowledged", "snoozed")


@pages.get("")
@permitted("alerts.see")
def listing() -> ResponseReturnValue:
    trace_reading("alerts")
    state = request.args.get("state", "")
    found = queries.alerts(reading(), [state] if state in words.ALERT else _NOT_CLOSED)
    return render_template("pages/alerts.html", alerts=found, state=state)


@pages.get("/<row:number>")
@permitted("alerts.see")
def show(number: int) -> ResponseReturnValue:
    alert = queries.alert(reading(), number)
    story = queries.story(reading(), [f"alert {number}"])
    return render_template(
        "pages/alert.html",
        alert=alert,
        areas=queries.areas(reading()),
        story=story,
        refused=_refused(alert),
        candidates=candidates(reading(), MacAddress(alert.mac), alert.place, alert.first_seen) if alert.mac else [],
    )


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


@pages.post("/<row:number>/acknowledge")
@permitted("alerts.handle")
def acknowledge(number: int) -> ResponseReturnValue:
    note = request.form.get("note", "")

    def command(tx: Transaction) -> None:
        alerts.acknowledge(tx, queries.alert(tx.session, number), note)

    return act(command, _("Anotado: alguien la atiende."), _back(number))


@pages.post("/<row:number>/snooze")
@permitted("alerts.handle")
def snooze(number: int) -> ResponseReturnValue:
    note, typed = request.form.get("note", ""), request.form.get("until", "")

    def command(tx: Transaction) -> None:
        alerts.snooze(tx, queries.alert(tx.session, number), _morning_of(typed), note)

    return act(command, _("Pospuesta."), _back(number))


def _morning_of(typed: str) -> datetime:
    """The first instant of a day (YYYY-MM-DD) in the office's time zone."""
    try:
        return datetime.combine(date.fromisoformat(typed), time.min, ZoneInfo(settings().office.timezone))
    except ValueError as error:
        raise InvalidValue("Escriba una fecha.", "Write a date.", code="E_UNTIL", field="until") from error


@pages.post("/<row:number>/close")
@permitted("alerts.handle")
def close(number: int) -> ResponseReturnValue:
    note = request.form.get("note", "")

    def command(tx: Transaction) -> None:
        alerts.close(tx, queries.alert(tx.session, number), note)

    return act(command, _("Cerrada."), _back(number))


@pages.post("/<row:number>/register")
@permitted("alerts.handle")
def register(number: int) -> ResponseReturnValue:
    """Register the device as infrastructure of an area, which also answers the alert."""
    area, name, location = (request.form.get(key, "") for key in ("area", "name", "location"))

    def command(tx: Transaction) -> None:
        alert = queries.alert(tx.session, number)
        devices.register_infrastructure(tx, queries.area(tx.session, area), alert.mac, name, location)
        alerts.close(tx, alert, name)

    return act(command, _("Registrado como infraestructura; la alerta se cerró."), _back(number))


def _back(number: int) -> str:
    return url_for(".show", number=number)
