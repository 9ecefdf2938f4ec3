"""Devices: what is registered, and what IT does to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import ColumnElement

from netreg.errors import InvalidValue, NotFound
from netreg.policy import binding
from netreg.registry import queries, text
from netreg.registry.binding import candidates
from netreg.registry.commands import devices, endings, settling
from netreg.registry.dormancy import dormant
from netreg.registry.models import Device
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal import chores, words
from portal.access import may, own_area, permitted
from portal.paging import page_found
from portal.rows import act, reading
from portal.searching import MOST_LETTERS, devices_sought
from portal.tracing import trace_reading

pages = Blueprint("devices", __name__, url_prefix="/devices")


@pages.get("")
@permitted("devices.see")
def listing() -> ResponseReturnValue:
    """Devices by state and by what they are called, who holds them or their address."""
    trace_reading("devices")
    state, sought = request.args.get("state", ""), request.args.get("q", "").strip()[:MOST_LETTERS]
    query = queries.devices_of(own_area(), state if state in words.DEVICE else None)
    if state in _BESIDE:
        query = query.where(_BESIDE[state]())
    if sought:
        query = query.where(devices_sought(sought))
    page = page_found(query, Device.id, queries.devices_numbered)
    unseen = dormant(reading(), now(), [one.id for one in page.rows])
    return render_template("pages/devices.html", page=page, state=state, sought=sought, unseen=unseen)


# Not states of a right, but what somebody may look for in the same place.
_BESIDE: dict[str, Callable[[], ColumnElement[bool]]] = {
    "dormant": lambda: Device.id.in_(dormant(reading(), now())),
    "revalidation": lambda: Device.under_revalidation,
    "flagged": lambda: Device.flag != "",
}


@pages.get("/infrastructure")
@permitted("devices.infrastructure")
def infrastructure() -> ResponseReturnValue:
    """The form for printers, cameras, access points and shared adapters."""
    return render_template("pages/infrastructure.html", areas=queries.open_areas(reading()))


@pages.post("/infrastructure")
@permitted("devices.infrastructure")
def register() -> ResponseReturnValue:
    """Register what needs no letter, on the coordinator's instruction."""
    said = {name: request.form.get(name, "") for name in ("area", "mac", "name", "location", "instruction", "shared")}

    def command(tx: Transaction) -> None:
        instruction = text.line(said["instruction"], "instruction", most=300)
        area = queries.area(tx.session, said["area"])
        devices.register_infrastructure(
            tx, area, said["mac"], said["name"], said["location"], instruction=instruction, shared=bool(said["shared"])
        )

    return act(command, _("Registrado como infraestructura."), url_for(".infrastructure"))


@pages.get("/<row:number>")
@permitted("devices.see")
def show(number: int) -> ResponseReturnValue:
    device, area_id = queries.device(reading(), number), own_area()
    if area_id is not None and device.area_id != area_id:
        raise NotFound("No existe ese equipo.", "There is no such device.")
    story = queries.story(reading(), [f"device {number}"]) if may("audit.see") else []
    found = candidates(reading(), device) if may("devices.bind") and device.kind == "computer" else ()
    return render_template(
        "pages/device.html",
        device=device,
        story=story,
        candidates=found,
        suggested=binding.suggestion(device.computer_name or "", found),
        own=device.area_id == current_user.area_id and may("requests.ask"),
        unseen=device.id in dormant(reading(), now(), [device.id]),
        on_hold=next((one for one in chores.on_hold() if one.device.id == device.id), None),
    )


def _change(number: int, command: Callable[..., Any], done: str, *fields: str) -> ResponseReturnValue:
    values = [request.form.get(name, "") for name in fields]

    def run(tx: Transaction) -> None:
        command(tx, queries.device(tx.session, number), *values)

    return act(run, done, url_for(".show", number=number))


@pages.post("/<row:number>/suspend")
@permitted("devices.suspend")
def suspend(number: int) -> ResponseReturnValue:
    return _change(number, devices.suspend, _("Suspendido: sale de todos los puntos."), "reason", "code")


@pages.post("/<row:number>/review")
@permitted("devices.release")
def review(number: int) -> ResponseReturnValue:
    """The coordinator looked at a suspension and lets it stand."""
    return _change(number, devices.confirm_suspension, _("La suspensión quedó revisada."), "reason")


@pages.post("/<row:number>/restore")
@permitted("devices.release")
def restore(number: int) -> ResponseReturnValue:
    return _change(number, devices.restore, _("Suspensión levantada: vuelve a los puntos."), "reason")


@pages.post("/<row:number>/remove")
@permitted("devices.release")
def remove(number: int) -> ResponseReturnValue:
    done = _("Baja ordenada: el lugar se libera cuando todos los puntos la confirmen.")
    return _change(number, devices.remove, done, "reason", "code")


@pages.post("/<row:number>/release")
@permitted("devices.release")
def release(number: int) -> ResponseReturnValue:
    """Give the slot free though a point has not confirmed the removal."""
    return _change(number, settling.release, _("El lugar quedó libre."), "reason")


@pages.post("/<row:number>/private")
@permitted("devices.bind")
def private(number: int) -> ResponseReturnValue:
    """Take a private but fixed address for a phone that is still to be decided."""
    return _change(number, devices.accept_private, _("Se aceptó la dirección privada."), "mac", "reason")


@pages.post("/<row:number>/leave")
@permitted("devices.leave")
def leave(number: int) -> ResponseReturnValue:
    """Whoever uses this device leaves the area on a day."""
    device, area_id, typed = queries.device(reading(), number), own_area(), request.form.get("last_day", "")
    if area_id is not None and device.area_id != area_id:
        raise NotFound("No existe ese equipo.", "There is no such device.")

    def run(tx: Transaction) -> None:
        one, day = queries.device(tx.session, number), text.day(typed, "last_day")
        if not day:
            raise InvalidValue("Escriba una fecha.", "Write a date.", code="E_DATE", field="last_day")
        endings.leave(tx, one.area, one.holder, date.fromisoformat(day))

    done = _("Anotado: lo personal sale ese día; lo municipal espera a quien lo use.")
    return act(run, done, url_for(".show", number=number))


@pages.post("/<row:number>/bind")
@permitted("devices.bind")
def bind(number: int) -> ResponseReturnValue:
    """Bind a computer to an address, with the evidence for it."""
    return _change(number, devices.bind, _("Computadora vinculada."), "mac", "medium", "evidence", "kind")
