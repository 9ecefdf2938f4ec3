"""device, allowlist."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from netreg.cli.base import App, NetregCommand, command, pass_app
from netreg.policy import binding
from netreg.registry import allowlists, queries
from netreg.registry.binding import candidates
from netreg.registry.commands import devices, endings, settling, tracing
from netreg.registry.dormancy import dormant
from netreg.registry.models import Device
from netreg.store.base import now

COLUMNS = ("device", "area", "kind", "name", "holder", "ownership", "macs", "state", "slot", "location", "notes")


@click.group()
def device() -> None:
    """Devices: what is registered, and what becomes of it."""


def _row(one: Device, unseen: Collection[int]) -> dict[str, Any]:
    return {
        "device": one.id,
        "area": one.area.code,
        "kind": one.kind,
        "name": one.shown,
        "holder": "" if one.is_forgotten else one.holder,
        "ownership": one.ownership,
        "macs": " ".join(interface.mac for interface in one.interfaces),
        "state": one.authorisation.state,
        "slot": one.authorisation.slot,
        "location": one.location,
        "notes": " ".join(_notes(one, unseen)),
    }


def _notes(one: Device, unseen: Collection[int]) -> Iterator[str]:
    said = {
        one.flag: bool(one.flag),
        "under_revalidation": one.under_revalidation,
        "shared_adapter": one.shared_adapter,
        "dormant": one.id in unseen,
    }
    return (note for note, is_so in said.items() if is_so)


def device_rows(
    session: Session, area_code: str | None = None, state: str | None = None, *, unused: bool = False
) -> list[dict[str, Any]]:
    place = queries.area(session, area_code).id if area_code else None
    unseen = dormant(session, now())
    found = queries.devices(session, place, state)
    return [_row(one, unseen) for one in found if not unused or one.id in unseen]


def addresses_in(rows: list[dict[str, Any]]) -> int:
    return sum(len(row["macs"].split()) for row in rows)


@command(device, "list")
@click.option("--area", "area_code")
@click.option("--state")
@click.option("--unused", is_flag=True, help="Only those that were not seen for 90 days.")
@pass_app
def device_list(app: App, area_code: str | None, state: str | None, unused: bool) -> None:
    """Devices with their state and addresses."""
    with app.store.reading() as session:
        rows = device_rows(session, area_code, state, unused=unused)
    traced(app, "devices", addresses_in(rows))
    app.table(rows, *COLUMNS)


def traced(app: App, what: str, addresses: int) -> None:
    """Have it on record, once an hour, that this operator reads a list with whole addresses."""
    if not addresses:
        return
    with app.store.reading() as session:
        noted = tracing.is_noted(session, app.actor, what, now())
    if not noted:
        with app.store.transaction(app.actor) as tx:
            tracing.note_reading(tx, what)


def _change(app: App, number: int, change: Any, *arguments: str) -> None:
    with app.store.transaction(app.actor) as tx:
        state = change(tx, queries.device(tx.session, number), *arguments).state
    app.show({"device": number, "state": state}, f"✔ #{number}: {state}")


@command(device, "infrastructure")
@click.option("--area", "area_code", required=True, help="Whose it is.")
@click.option("--mac", required=True)
@click.option("--name", required=True, help="What it is, for example: printer.")
@click.option("--location", required=True, help="Where it stands, for example: ground floor, counter 2.")
@click.option("--instruction", required=True, help="The coordinator's instruction to register it, in words.")
@click.option("--shared-adapter", "shared", is_flag=True, help="A dock or USB adapter that several computers use.")
@pass_app
def device_infrastructure(
    app: App, area_code: str, mac: str, name: str, location: str, instruction: str, shared: bool
) -> None:
    """Register a printer, camera, access point or shared adapter to an area: no letter and no slot."""
    with app.store.transaction(app.actor) as tx:
        made = devices.register_infrastructure(
            tx, queries.area(tx.session, area_code), mac, name, location, instruction=instruction, shared=shared
        ).id
    app.show({"device": made}, f"✔ #{made}")


@command(device, "suspend")
@click.argument("number", type=int)
@click.option("--code", type=click.Choice(tuple(devices.SUSPENSIONS)), default="other", show_default=True)
@click.option("--reason", default="", help="In words; needed for other.")
@pass_app
def device_suspend(app: App, number: int, code: str, reason: str) -> None:
    """Out of every allowlist at once; the slot stays taken."""
    _change(app, number, devices.suspend, reason, code)


@command(device, "restore")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@pass_app
def device_restore(app: App, number: int, reason: str) -> None:
    """Lift a suspension."""
    _change(app, number, devices.restore, reason)


@command(device, "remove")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@click.option("--code", type=click.Choice(tuple(devices.REMOVALS)), default="asked", show_default=True)
@pass_app
def device_remove(app: App, number: int, reason: str, code: str) -> None:
    """Order the removal; the slot is free once every point was read back without it."""
    _change(app, number, devices.remove, reason, code)


@command(device, "release")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@pass_app
def device_release(app: App, number: int, reason: str) -> None:
    """Give the slot of a phone that is being removed free, though a point has not confirmed."""
    _change(app, number, settling.release, reason)


@command(device, "private")
@click.argument("number", type=int)
@click.argument("mac")
@click.option("--reason", required=True)
@pass_app
def device_private(app: App, number: int, mac: str, reason: str) -> None:
    """Take a private but fixed address for a phone that is still to be decided."""
    with app.store.transaction(app.actor) as tx:
        devices.accept_private(tx, queries.device(tx.session, number), mac, reason)
    app.show({"device": number, "private": True}, f"✔ #{number}")


@command(device, "leave")
@click.option("--area", "area_code", required=True)
@click.option("--holder", required=True)
@click.option("--on", "last_day", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="YYYY-MM-DD")
@pass_app
def device_leave(app: App, area_code: str, holder: str, last_day: datetime) -> None:
    """Somebody leaves an area: what is personal goes out on that day, what is municipal waits for another holder."""
    with app.store.transaction(app.actor) as tx:
        found = endings.leave(tx, queries.area(tx.session, area_code), holder, last_day.date())
        rows = [{"device": one.id, "name": one.label, "state": one.authorisation.state, "flag": one.flag,
                 "ends_on": str(one.authorisation.ends_on or "")} for one in found]  # fmt: skip
    app.table(rows, "device", "name", "state", "ends_on", "flag")


@command(device, "candidates")
@click.argument("number", type=int)
@pass_app
def device_candidates(app: App, number: int) -> None:
    """The addresses that a computer's name was seen with, and how far to trust each."""
    with app.store.reading() as session:
        found = candidates(session, queries.device(session, number))
    rows = [{"mac": str(one.mac), "source": one.source, "trust": one.trust,
             "seen": one.at.isoformat(timespec="seconds") if one.at else None} for one in found]  # fmt: skip
    traced(app, "devices", len(rows))
    app.table(rows, "mac", "source", "trust", "seen")


@command(device, "bind")
@click.argument("number", type=int)
@click.argument("mac")
@click.option("--medium", type=click.Choice(("ethernet", "wifi")), default="ethernet", show_default=True)
@click.option("--evidence", required=True, help="How it was seen that the address is this computer's.")
@click.option("--kind", type=click.Choice(binding.EVIDENCE), default=binding.INSPECTION, show_default=True)
@pass_app
def device_bind(app: App, number: int, mac: str, medium: str, evidence: str, kind: str) -> None:
    """Bind an approved computer to an address it has."""
    _change(app, number, devices.bind, mac, medium, evidence, kind)


@click.command("allowlist", cls=NetregCommand)
@click.option("--point", "name", help="Only what this point takes.")
@pass_app
def allowlist(app: App, name: str | None) -> None:
    """The desired state: what policy wants let through."""
    with app.store.reading() as session:
        wanted = allowlists.desired(session, queries.point(session, name) if name else None)
    traced(app, "allowlist", len(wanted))
    if app.as_json:
        entries = [{"mac": str(entry.mac), "label": entry.label} for entry in wanted]
        app.show({"entries": entries, "checksum": wanted.checksum})
        return
    app.table(({"mac": str(entry.mac), "label": entry.label} for entry in wanted), "mac", "label")
