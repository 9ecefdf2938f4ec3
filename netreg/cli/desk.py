"""request queue, take, hand-over, give-back, note, tell, notes, follow, unfollow, duplicate, reopen, satisfaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from netreg.cli.base import App, command, pass_app, printable
from netreg.cli.requests import acting, described, request
from netreg.procedures import tickets
from netreg.procedures.desk import duplicates, following, notes, reopening, satisfaction, taking, unit_queue
from netreg.procedures.desk.models import INTERNAL
from netreg.registry import queries
from netreg.registry.models import Person, Ticket
from netreg.store.transaction import Transaction

_as = click.option("--as", "email", required=True, help="Who acts.")


def _do(app: App, reference: str, email: str, deed: Callable[[Transaction, Ticket, Person], Any]) -> None:
    with app.store.transaction(email) as tx:
        person, found = queries.known_person(tx.session, email), queries.ticket(tx.session, reference)
        deed(tx, found, person)
        held = taking.current(tx.session, found)
        document = described(found) | {"held_by": held.person.email if held else None}
    app.show(document, f"✔ {document['reference']}: {document['status']}")


@command(request, "queue")
@_as
@pass_app
def request_queue(app: App, email: str) -> None:
    """The queue of a person's units: theirs, nobody's, their colleagues'; by when it is due."""
    with app.store.reading() as session:
        person, day = queries.known_person(session, email), app.store.office.today
        found = unit_queue.of(session, person, day, lambda one: tickets.definition(session, one))
        rows = [
            described(row.ticket) | {"unit": row.unit, "held_by": row.taking.person.email if row.taking else ""}
            for part in found
            for row in part
        ]
    app.table([{key: row[key] for key in ("reference", "area", "status", "due", "unit", "held_by")} for row in rows],
              "reference", "area", "status", "due", "unit", "held_by")  # fmt: skip


@command(request, "take")
@click.argument("reference")
@click.option("--over", is_flag=True, help="Also from a colleague who has it.")
@_as
@pass_app
def request_take(app: App, reference: str, over: bool, email: str) -> None:
    """Take a request from the queue of the unit."""
    _do(app, reference, email, lambda tx, one, me: taking.take(tx, one, me, over=over))


@command(request, "hand-over")
@click.argument("reference")
@click.option("--to", "colleague", required=True, help="The colleague's e-mail.")
@click.option("--instruction", required=True, help="What is to be done.")
@_as
@pass_app
def request_hand_over(app: App, reference: str, colleague: str, instruction: str, email: str) -> None:
    """Hand a request over to a colleague of the same unit."""

    def deed(tx: Transaction, one: Ticket, me: Person) -> None:
        taking.hand_over(tx, one, me, queries.known_person(tx.session, colleague), instruction)

    _do(app, reference, email, deed)


@command(request, "give-back")
@click.argument("reference")
@_as
@pass_app
def request_give_back(app: App, reference: str, email: str) -> None:
    """Give a request back to the queue of the unit."""
    _do(app, reference, email, taking.give_back)


@command(request, "note")
@click.argument("reference")
@click.option("--words", required=True)
@click.option("--as", "email", help="Who writes.")
@pass_app
def request_note(app: App, reference: str, words: str, email: str | None) -> None:
    """Write an internal note, which the area never sees."""
    _write(app, reference, words, email, notes.note)


@command(request, "tell")
@click.argument("reference")
@click.option("--words", required=True)
@click.option("--as", "email", help="Who writes.")
@pass_app
def request_tell(app: App, reference: str, words: str, email: str | None) -> None:
    """Write a message to the area: it stands on the request, and is mailed."""
    _write(app, reference, words, email, notes.tell)


def _write(
    app: App, reference: str, words: str, email: str | None,
    how: Callable[[Transaction, Ticket, Person | None, str], Any],
) -> None:  # fmt: skip
    with app.store.transaction(email or app.actor) as tx:
        row = how(tx, queries.ticket(tx.session, reference), acting(tx, email), words)
        document = {"reference": row.ticket.reference, "note": row.id, "audience": row.audience}
    app.show(document, f"✔ {document['reference']}: #{document['note']} ({document['audience']})")


@command(request, "notes")
@click.argument("reference")
@pass_app
def request_notes(app: App, reference: str) -> None:
    """What was written on a request, the newest first: for the office, with the internal notes."""
    with app.store.reading() as session:
        found = notes.notes_of(session, queries.ticket(session, reference), inside=True)
        rows = [
            {
                "at": one.at.isoformat(timespec="seconds"),
                "audience": "internal" if one.audience == INTERNAL else "area",
                "author": one.author,
                "text": printable(one.text),
            }
            for one in found
        ]
    app.table(rows, "at", "audience", "author", "text")


@command(request, "follow")
@click.argument("reference")
@_as
@pass_app
def request_follow(app: App, reference: str, email: str) -> None:
    """Get the mails of a request that somebody else asked for."""
    _do(app, reference, email, following.follow)


@command(request, "unfollow")
@click.argument("reference")
@_as
@pass_app
def request_unfollow(app: App, reference: str, email: str) -> None:
    """Get the mails of a request no longer."""
    _do(app, reference, email, following.unfollow)


@command(request, "duplicate")
@click.argument("reference")
@click.option("--of", "original", required=True, help="The request it is a duplicate of.")
@click.option("--note", default="")
@click.option("--as", "email")
@pass_app
def request_duplicate(app: App, reference: str, original: str, note: str, email: str | None) -> None:
    """Close a request as a duplicate of another one of its area; `request reopen` undoes it."""
    with app.store.transaction(email or app.actor) as tx:
        found = queries.ticket(tx.session, reference)
        document = described(duplicates.close(tx, found, acting(tx, email), original, note))
    app.show(document | {"duplicate_of": original}, f"✔ {document['reference']}: {document['status']} → {original}")


@command(request, "reopen")
@click.argument("reference")
@click.option("--reason", required=True)
@click.option("--as", "email")
@pass_app
def request_reopen(app: App, reference: str, reason: str, email: str | None) -> None:
    """Open a closed request again, within ten working days of its end."""
    with app.store.transaction(email or app.actor) as tx:
        found = queries.ticket(tx.session, reference)
        document = described(reopening.reopen(tx, found, acting(tx, email), reason))
    app.show(document, f"✔ {document['reference']}: {document['status']} (paso {document['step']})")


@command(request, "satisfaction")
@click.argument("reference")
@click.option("--score", required=True, help="From 1 to 5.")
@click.option("--comment", default="")
@_as
@pass_app
def request_satisfaction(app: App, reference: str, score: str, comment: str, email: str) -> None:
    """Answer for one's area how a request was attended to."""
    _do(app, reference, email, lambda tx, one, me: satisfaction.judge(tx, one, me, score, comment))
