"""alert list, show, ack, assign, note, snooze, ignore, block, unblock, register, close, reopen, decided."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import click

from netreg.cli.base import App, command, pass_app, printable
from netreg.detection import advice
from netreg.mac import MacAddress
from netreg.registry import answering, queries, verdicts
from netreg.registry.commands import alerts
from netreg.registry.commands import verdicts as decisions
from netreg.registry.models import ALERT_STATES, DECISIONS, Alert, Verdict
from netreg.store.base import now
from netreg.store.transaction import Transaction

_NOT_CLOSED = ("open", "acknowledged", "snoozed")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_DAY = click.DateTime(["%Y-%m-%d"])


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
        "urgent": one.urgent,
        "assigned_to": one.assigned_to,
        "decision": one.decision,
        "explanation": one.explanation,
        "explanation_en": one.explanation_en,
    }


@command(alert, "list")
@click.option(
    "--state", type=click.Choice(ALERT_STATES), help="Only those in this state; else all that are not closed."
)
@click.option("--kind", help="Only those of this kind, such as rogue.")
@click.option("--assigned", help="Only those this person (an e-mail) deals with.")
@pass_app
def alert_list(app: App, state: str | None, kind: str | None, assigned: str | None) -> None:
    """Alerts that are not closed."""
    with app.store.reading() as session:
        found = queries.alerts(session, (state,) if state else _NOT_CLOSED)
        rows = [
            _row(one) for one in found if kind in (None, one.kind) and assigned in (None, one.assigned_to)
        ]  # fmt: skip
    app.table(rows, "alert", "kind", "state", "mac", "vendor", "place", "first_seen", "count")


@command(alert, "show")
@click.argument("number", type=int)
@pass_app
def alert_show(app: App, number: int) -> None:
    """One alert, in words: what speaks for it, what is under way, and what is next."""
    with app.store.reading() as session:
        one = queries.alert(session, number)
        row = _row(one) | _around(app, one)
        row["requests"] = [ticket.reference for ticket in queries.asking_for(session, one.mac)] if one.mac else []
    app.show(row, "\n".join(f"{key}: {_line(value)}" for key, value in row.items()))


def _around(app: App, one: Alert) -> dict[str, Any]:
    english = app.language == "en"
    random = bool(one.mac) and MacAddress(one.mac).is_random
    return {
        "evidence": [pair[english] for pair in one.evidence],
        "sources": one.sources,
        "next": advice.next_step(one.kind, app.language, random=random),
    }


def _line(value: Any) -> str:
    return "; ".join(map(printable, value)) if isinstance(value, list) else printable(value)


# --- dealing with it ------------------------------------------------------------------------------------------------


@command(alert, "ack")
@click.argument("number", type=int)
@click.option("--note", default="")
@pass_app
def alert_ack(app: App, number: int, note: str) -> None:
    """Say that somebody is on it."""
    with app.store.transaction(app.actor) as tx:
        alerts.acknowledge(tx, queries.alert(tx.session, number), note)
    app.show({"alert": number, "state": "acknowledged"}, f"✔ #{number}")


@command(alert, "assign")
@click.argument("number", type=int)
@click.option("--to", "email", default="", help="Their e-mail; empty: nobody.")
@pass_app
def alert_assign(app: App, number: int, email: str) -> None:
    """Say whose it is to deal with."""
    with app.store.transaction(app.actor) as tx:
        person = queries.known_person(tx.session, email) if email else None
        alerts.assign(tx, queries.alert(tx.session, number), person)
    app.show({"alert": number, "assigned_to": email}, f"✔ #{number}")


@command(alert, "note")
@click.argument("number", type=int)
@click.argument("words")
@pass_app
def alert_note(app: App, number: int, words: str) -> None:
    """Write something down beside it."""
    with app.store.transaction(app.actor) as tx:
        alerts.note(tx, queries.alert(tx.session, number), words)
    app.show({"alert": number}, f"✔ #{number}")


@command(alert, "snooze")
@click.argument("number", type=int)
@click.option("--until", type=_DAY, required=True)
@click.option("--note", required=True)
@pass_app
def alert_snooze(app: App, number: int, until: datetime, note: str) -> None:
    """Keep quiet until a date."""
    with app.store.transaction(app.actor) as tx:
        alerts.snooze(tx, queries.alert(tx.session, number), until.replace(tzinfo=app.settings.zone), note)
    app.show({"alert": number, "state": "snoozed"}, f"✔ #{number}")


@command(alert, "close")
@click.argument("number", type=int)
@click.option("--note", required=True, help="What was done.")
@click.option("--decision", type=click.Choice([one for one in DECISIONS if one]), default=None)
@pass_app
def alert_close(app: App, number: int, note: str, decision: str | None) -> None:
    """Done with; a later sighting opens a new alert."""
    with app.store.transaction(app.actor) as tx:
        alerts.close(tx, queries.alert(tx.session, number), note, decision or "")
    app.show({"alert": number, "state": "closed"}, f"✔ #{number}")


@command(alert, "reopen")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@pass_app
def alert_reopen(app: App, number: int, reason: str) -> None:
    """Take back what was decided about it."""
    with app.store.transaction(app.actor) as tx:
        alerts.reopen(tx, queries.alert(tx.session, number), reason)
    app.show({"alert": number, "state": "open"}, f"✔ #{number}")


# --- deciding about the device --------------------------------------------------------------------------------------


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
        made = answering.register(tx, one, queries.area(tx.session, area_code), name, location)
    app.show({"alert": number, "device": made.id}, f"✔ #{number}: equipo {made.id}")


@command(alert, "ignore")
@click.argument("which")
@click.option("--until", type=_DAY, required=True)
@click.option("--reason", required=True)
@pass_app
def alert_ignore(app: App, which: str, until: datetime, reason: str) -> None:
    """No alert about a device until a date. WHICH is the number of its alert, or its address."""
    moment = until.replace(tzinfo=app.settings.zone)
    with app.store.transaction(app.actor) as tx:
        made = decisions.ignore(tx, _address(tx, which), moment, reason)
    app.show(_verdict(made), f"✔ {made.mac}")


@command(alert, "block")
@click.argument("which")
@click.option("--reason", required=True)
@pass_app
def alert_block(app: App, which: str, reason: str) -> None:
    """Let a device in nowhere and throw it off. WHICH is the number of its alert, or its address."""
    with app.store.transaction(app.actor) as tx:
        made = decisions.block(tx, _address(tx, which), reason)
    app.show(_verdict(made), f"✔ {made.mac}")


@command(alert, "unblock")
@click.argument("which")
@click.option("--reason", required=True)
@pass_app
def alert_unblock(app: App, which: str, reason: str) -> None:
    """Take back that a device is blocked or ignored. WHICH is the number of its alert, or its address."""
    with app.store.transaction(app.actor) as tx:
        found = verdicts.decided(tx.session, MacAddress.parse(_address(tx, which)), now())
        decisions.lift(tx, found, reason)
    app.show(_verdict(found), f"✔ {found.mac}")


@command(alert, "decided")
@pass_app
def alert_decided(app: App) -> None:
    """The addresses that are blocked or ignored now."""
    with app.store.reading() as session:
        rows = [_verdict(one) for one in verdicts.standing(session, now())]
    app.table(rows, "mac", "kind", "until", "reason", "decided_by", "decided")


def _address(tx: Transaction, which: str) -> str:
    """The address of an alert given by its number, else what was typed; an address has twelve digits."""
    return queries.alert(tx.session, int(which)).mac if _NUMBER.fullmatch(which) else which


def _verdict(one: Verdict) -> dict[str, Any]:
    return {
        "mac": one.mac,
        "kind": one.kind,
        "until": one.until.isoformat(timespec="seconds") if one.until else None,
        "reason": one.reason,
        "decided_by": one.decided_by,
        "decided": one.decided.isoformat(timespec="seconds"),
        "lifted": one.lifted.isoformat(timespec="seconds") if one.lifted else None,
    }
