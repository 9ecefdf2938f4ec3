"""What people do with a request beside its steps: the queue of a unit, who has it in hand, notes, who follows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select

from netreg.errors import NotAllowed
from netreg.procedures import letters, tickets
from netreg.procedures.desk import (
    changes,
    duplicates,
    following,
    notes,
    reopening,
    satisfaction,
    taking,
    unit_queue,
)
from netreg.procedures.desk.models import Note, Satisfaction, Taking
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import of_the_area
from netreg.registry import queries
from netreg.registry.models import Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal import collision
from portal.access import may, my_roles, permitted, today
from portal.paging import page_of
from portal.rows import act, reading, store
from portal.seen import found
from portal.views.requests import PARTS, pages


class Desk(NamedTuple):
    """What the reader sees of a request beside its steps, and may do there.

    `inside`: they may know what those who work on it do among themselves. `unit`: the role in which they may take it.
    """

    inside: bool
    taking: Taking | None
    unit: str
    colleagues: dict[str, str]
    notes: Sequence[Note]
    writes: bool
    follows: bool
    may_follow: bool
    names: dict[str, str]
    may_close: bool
    duplicates: Sequence[Ticket]
    reopened_until: datetime | None
    is_asked: bool
    answered: Satisfaction | None


def desk_of(ticket: Ticket) -> Desk:
    """The same, for the person signed in."""
    session, mine = reading(), my_roles()
    procedure = tickets.definition(session, ticket)
    inside = changes.may_see_inside(ticket, current_user, mine)
    unit = taking.unit_of(session, procedure, ticket, current_user, today()) if may("queue.work") else ""
    held = taking.current(session, ticket) if inside else None
    written = notes.notes_of(session, ticket, inside=inside)
    return Desk(
        inside=inside,
        taking=held,
        unit=unit if inside else "",
        colleagues=_colleagues(ticket, unit) if inside else {},
        notes=written,
        writes=notes.may_write(ticket, current_user, mine),
        follows=following.follows(session, ticket, current_user),
        may_follow=following.may_follow(procedure, ticket, current_user, mine),
        may_close=inside and _may_close(ticket, procedure),
        duplicates=duplicates.duplicates_of(session, ticket),
        reopened_until=reopening.until(session, ticket, store().office) if may("requests.reopen") else None,
        is_asked=satisfaction.is_asked(session, ticket, current_user, mine, now()),
        answered=satisfaction.answer_of(session, ticket) if of_the_area(ticket, current_user, mine) else None,
        names=_names({one.author for one in written} | ({held.handed_by} if held else set())) if inside else {},
    )


PARTS["desk"] = desk_of


def _may_close(ticket: Ticket, procedure: Procedure) -> bool:
    """Whether the reader may close it as a duplicate: while it is under way and nothing answers it yet."""
    if ticket.closed is not None or not may("queue.work") or letters.letter_of(reading(), ticket) is not None:
        return False
    with suppress(NotAllowed):
        duplicates.may_close(reading(), procedure, ticket, current_user, today())
        return True
    return False


def _colleagues(ticket: Ticket, unit: str) -> dict[str, str]:
    """Whom the reader may hand it to: number and name."""
    found = taking.colleagues(reading(), ticket, unit, current_user, today()) if unit else []
    return {str(one.id): one.name for one in found}


def _names(emails: set[str]) -> dict[str, str]:
    rows = reading().execute(select(Person.email, Person.name).where(Person.email.in_(emails)))
    return {row.email: row.name for row in rows}


@pages.get("/queue")
@permitted("queue.work")
def queue() -> ResponseReturnValue:
    """The queue of the units the person acts for, fifty requests at a time over its three parts."""
    session = reading()
    found = unit_queue.of(session, current_user, today(), lambda ticket: tickets.definition(session, ticket))
    page = page_of([row for part in found for row in part])
    numbers = {row.ticket.id for row in page.rows}
    # The rows are there already: what the page says beside them is read for those shown alone.
    queries.tickets_numbered(session, sorted(numbers))
    shown = unit_queue.UnitQueue(*([row for row in part if row.ticket.id in numbers] for part in found))
    return render_template(
        "pages/queue.html", queue=found, shown_rows=shown, page=page, at=now(),
        seen=changes.marks(session, (row.ticket for row in page.rows)),
    )  # fmt: skip


Deed = Callable[[Transaction, Ticket, Person], Any]


def _do(folio: str, deed: Deed, done: str, back: str = "") -> ResponseReturnValue:
    """One thing the person signed in does with a request, unless others changed it since they opened its page."""
    email = current_user.email

    def command(tx: Transaction) -> None:
        deed(tx, queries.ticket(tx.session, folio), queries.known_person(tx.session, email))

    return collision.act(folio, command, done, back)


@pages.post("/<folio>/take")
@permitted("queue.work")
def take(folio: str) -> ResponseReturnValue:
    """Take it, or take it over from a colleague whom the page named."""
    over = bool(request.form.get("over"))
    return _do(folio, lambda tx, one, me: taking.take(tx, one, me, over=over), _("La tomó usted."))


@pages.post("/<folio>/hand-over")
@permitted("queue.work")
def hand_over(folio: str) -> ResponseReturnValue:
    """Into the hands of a colleague, with what to do."""
    to, words = request.form.get("colleague", type=int), request.form.get("hand_over", "")

    def deed(tx: Transaction, ticket: Ticket, me: Person) -> None:
        taking.hand_over(tx, ticket, me, queries.person_numbered(tx.session, to or 0), words)

    return _do(folio, deed, _("Se la pasó; se le avisó."))


@pages.post("/<folio>/give-back")
@permitted("queue.work")
def give_back(folio: str) -> ResponseReturnValue:
    """Back to the queue of the unit."""
    return _do(folio, taking.give_back, _("Volvió a la cola de su unidad."))


@pages.post("/<folio>/note")
@permitted("notes.write")
def note(folio: str) -> ResponseReturnValue:
    """An internal note."""
    words = request.form.get("internal_note", "")
    back = url_for("requests.show", folio=folio, _anchor="notes-title")
    return _do(folio, lambda tx, one, me: notes.note(tx, one, me, words), _("Se guardó la nota."), back)


@pages.post("/<folio>/message")
@permitted("notes.write")
def message(folio: str) -> ResponseReturnValue:
    """A message to the area."""
    words = request.form.get("message", "")
    back = url_for("requests.show", folio=folio, _anchor="messages-title")
    return _do(folio, lambda tx, one, me: notes.tell(tx, one, me, words), _("Se envió el mensaje al área."), back)


@pages.post("/<folio>/follow")
@permitted("requests.work")
def follow(folio: str) -> ResponseReturnValue:
    """Follow it, or no longer. Nobody else's business: there is nothing to collide with."""
    email, wanted = current_user.email, request.form.get("follow") == "yes"
    done = _("Recibirá sus avisos por correo.") if wanted else _("Ya no recibirá sus avisos.")

    def command(tx: Transaction) -> None:
        ticket, me = queries.ticket(tx.session, folio), queries.known_person(tx.session, email)
        (following.follow if wanted else following.unfollow)(tx, ticket, me)

    found(folio)
    return act(command, done, url_for("requests.show", folio=folio))


@pages.post("/<folio>/duplicate")
@permitted("queue.work")
def duplicate(folio: str) -> ResponseReturnValue:
    """Close it as a duplicate of another request of its area."""
    original, words = request.form.get("original", ""), request.form.get("duplicate_note", "")
    done = _("Se cerró como duplicada de %(folio)s.", folio=original)
    return _do(folio, lambda tx, one, me: duplicates.close(tx, one, me, original, words), done)


@pages.post("/<folio>/reopen")
@permitted("requests.reopen")
def reopen(folio: str) -> ResponseReturnValue:
    """Open a closed request again."""
    reason = request.form.get("reopen_reason", "")
    return _do(folio, lambda tx, one, me: reopening.reopen(tx, one, me, reason), _("Se reabrió con su mismo folio."))


@pages.post("/<folio>/satisfaction")
@permitted("satisfaction.answer")
def judge(folio: str) -> ResponseReturnValue:
    """What the area thinks of how it was attended to."""
    score, comment = request.form.get("score", ""), request.form.get("score_comment", "")
    return _do(folio, lambda tx, one, me: satisfaction.judge(tx, one, me, score, comment), _("Gracias por contestar."))
