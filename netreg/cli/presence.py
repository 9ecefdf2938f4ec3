"""presence list, find, history; source list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.mac import MacAddress
from netreg.registry import discovery, presence, queries, seeking
from netreg.registry.commands import tracing
from netreg.registry.presence import Present, Registered
from netreg.registry.seeking import Found, Sought
from netreg.store.base import now


@click.group("presence")
def presence_group() -> None:
    """Who is on the network, where, and where an address was."""


@click.group()
def source() -> None:
    """What looks at the network, and whether it sees."""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _registered(device: Registered | None) -> dict[str, Any]:
    if device is None:
        return {"device": None, "label": "", "holder": "", "area": "", "state": ""}
    return {key: getattr(device, key) for key in ("device", "label", "holder", "area", "state")}


def _row(one: Present) -> dict[str, Any]:
    return {
        "mac": str(one.mac),
        "registered": not one.unknown,
        "place": one.where.place,
        "port": one.where.port,
        "source": one.where.source,
        "since": _iso(one.since),
        "until": _iso(one.until),
        "ips": list(one.ips),
        "name": one.name,
        "vendor": one.mac.vendor or "",
        **_registered(one.device),
        "alert": one.alert,
        "verdict": one.verdict,
    }


def _table(app: App, rows: Iterable[dict[str, Any]]) -> None:
    said = list(rows) if app.as_json else [{**row, "ips": " ".join(row["ips"])} for row in rows]
    app.table(said, "mac", "registered", "place", "port", "since", "ips", "name", "vendor", "holder", "area")


@command(presence_group, "list")
@click.option("--place", default="", help="Only at this point or segment.")
@click.option("--unknown", is_flag=True, help="Only whom nobody registered.")
@pass_app
def presence_list(app: App, place: str, unknown: bool) -> None:
    """Who was heard in the last half hour."""
    _note_reading(app)
    with app.store.reading() as session:
        found = presence.present(session, now(), app.settings.expected_macs)
    _table(app, (_row(one) for one in found if (not place or one.where.place == place) and one.unknown >= unknown))


def _note_reading(app: App) -> None:
    with app.store.transaction(app.actor) as tx:
        tracing.note_reading(tx, "presence")


@command(presence_group, "find")
@click.argument("text")
@click.option(
    "--at", "typed", default="", metavar="YYYY-MM-DD HH:MM", help="Who had the IP then, at the office's time."
)
@pass_app
def presence_find(app: App, text: str, typed: str) -> None:
    """Where is this: an address or its beginning, an IP, a name, a holder, or the number of a device."""
    _note_reading(app)
    sought, then = Sought.parse(text, "text"), seeking.moment(typed, app.settings.zone)
    with app.store.reading() as session:
        answer = seeking.find(session, sought, now(), then=then, expected=app.settings.expected_macs)
    uses = [
        {"mac": str(one.mac), "place": one.place, "since": _iso(one.since), "until": _iso(one.until), "then": one.then}
        for one in answer.uses
    ]
    if app.as_json:
        app.show({"found": [_found(one) for one in answer.found], "uses": uses, "more": answer.more})
        return
    if uses:
        app.table(uses, "mac", "place", "since", "until", "then")
    _table(app, (_found(one) for one in answer.found))


def _found(one: Found) -> dict[str, Any]:
    if one.last is not None:
        return _row(one.last)
    nowhere: dict[str, Any] = {
        "place": "",
        "port": "",
        "since": None,
        "until": None,
        "ips": [],
        "name": "",
        "vendor": "",
    }
    known = {"mac": str(one.mac or ""), "registered": one.device is not None}
    return {**known, **nowhere, **_registered(one.device)}


@command(presence_group, "history")
@click.argument("mac")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True)
@pass_app
def presence_history(app: App, mac: str, most: int) -> None:
    """Where an address was, the newest first, with its IP addresses and what it says of itself."""
    address = MacAddress.parse(mac)
    with app.store.transaction(app.actor) as tx:
        device = queries.device_by_mac(tx.session, address)
        if device is not None:
            tracing.note_trail(tx, device.id)
    with app.store.reading() as session:
        stays = [_times(one._asdict()) for one in presence.stays(session, address, most=most)]
        ips = [
            {"ip": one.ip, "place": one.place, "since": _iso(one.since), "until": _iso(one.until)}
            for one in presence.ips(session, address, most=most)
        ]
        traits = [
            {"kind": one.kind, "value": one.value, "first_seen": _iso(one.first_seen), "last_seen": _iso(one.last_seen)}
            for one in presence.traits(session, address)
        ]
    if app.as_json:
        app.show({"mac": str(address), "stays": stays, "ips": ips, "traits": traits})
        return
    app.table(stays, "place", "port", "source", "since", "until")
    app.table(ips, "ip", "place", "since", "until")
    app.table(traits, "kind", "value", "first_seen", "last_seen")


@command(source, "list")
@pass_app
def source_list(app: App) -> None:
    """Every source with the last time it saw something, and whether it is blind."""
    with app.store.reading() as session:
        found, hears = discovery.look(session, now(), app.settings.scan.blind_after), discovery.hearing(session, now())
    rows = [
        _times(asdict(one)) | {"safeguard": one.safeguard, "state": one.state, "sees": hears.get(one.name, 0)}
        for one in found
    ]
    app.table(rows, "name", "safeguard", "state", "sees", "last_good", "good_since", "error")


def _times(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _iso(value) if isinstance(value, datetime) else value for key, value in row.items()}
