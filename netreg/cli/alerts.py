"""alert list, show, ack, snooze, close, register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from netreg.cli.base import App, command, pass_app, printable
from netreg.registry import queries
from netreg.registry.commands import alerts, devices
from netreg.registry.models import Alert


def join(root: click.Group) -> None:
    root.add_command(alert)


@click.group()
def alert() -> None:
    """Alerts: what a person should look at."""


def _row(one: Alert) -> dict[str, Any]:
    return {
        "alert": one.id,
        "kind": one.kind,
        "state": one.state,
        "mac": one.mac,
        "vendor": one.vendor,
        "place": one.place,
        "first_seen": one.first_seen.isoformat(timespec="seconds"),
        "last_seen": one.last_seen.isoformat(timespec="seconds"),
        "count": one.count,
        "explanation": one.explanation,
        "explanation_en": one.explanation_en,
    }


@command(alert, "list")
@pass_app
def alert_list(app: App) -> None:
    """Alerts that are not closed."""
    with app.store.reading() as session:
        rows = [_row(one) for one in queries.alerts(session)]
    app.table(rows, "alert", "kind", "state", "mac", "vendor", "place", "first_seen", "count")


@command(alert, "show")
@click.argument("number", type=int)
@pass_app
def alert_show(app: App, number: int) -> None:
    """One alert, in words."""
    with app.store.reading() as session:
        row = _row(queries.alert(session, number))
    app.show(row, "\n".join(f"{key}: {printable(value)}" for key, value in row.items()))


@command(alert, "ack")
@click.argument("number", type=int)
@click.option("--note", default="")
@pass_app
def alert_ack(app: App, number: int, note: str) -> None:
    """Say that somebody is on it."""
    with app.store.transaction(app.actor) as tx:
        alerts.acknowledge(tx, queries.alert(tx.session, number), note)
    app.show({"alert": number, "state": "acknowledged"}, f"✔ #{number}")


@command(alert, "snooze")
@click.argument("number", type=int)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--note", required=True)
@pass_app
def alert_snooze(app: App, number: int, until: datetime, note: str) -> None:
    """Keep quiet until a date."""
    moment = until.replace(tzinfo=app.settings.zone)
    with app.store.transaction(app.actor) as tx:
        alerts.snooze(tx, queries.alert(tx.session, number), moment, note)
    app.show({"alert": number, "state": "snoozed"}, f"✔ #{number}")


@command(alert, "register")
@click.argument("number", type=int)
@click.option("--area", "area_code", required=True)
@click.option("--name", required=True, help="What it is, for example: printer.")
@click.option("--location", required=True, help="Where it stands, for example: ground floor.")
@pass_app
def alert_register(app: App, number: int, area_code: str, name: str, location: str) -> None:
    """Register the device of an alert as infrastructure of an area; the alert closes by itself."""
    with app.store.transaction(app.actor) as tx:
        one = queries.alert(tx.session, number)
        made = devices.register_infrastructure(tx, queries.area(tx.session, area_code), one.mac, name, location)
        alerts.close(tx, one, f"registrado como equipo {made.id}")
    app.show({"alert": number, "device": made.id}, f"✔ #{number}: equipo {made.id}")
