"""The engine: a ticket is at exactly one step, and whoever holds that step's role moves it.

Small on purpose: no parallel branches, no timers inside the flow. What a step does is a named function of `EFFECTS`;
where it leads is the definition the ticket was opened with, whatever the file says today.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound
from netreg.policy import roles
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_dates import Dated
from netreg.procedures import calendars, filling, grounds, timing
from netreg.procedures.opened import opened_with
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import ELSE, Procedure, Step
from netreg.procedures.standing import Standing, standing
from netreg.registry import queries, text
from netreg.registry.models import Area, Definition, Move, Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import OFFICE, Transaction

# The mark that a form bears, so that sent twice it is one request.
_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
RETURNED, REFUSED = "prevenida", "rechazada"
# How a request ended on a way that the manual's table lacks -> its status.
ENDED = {"withdrawn": "desistida", "unanswered": "sin_respuesta", "completed": "concluida"}


@dataclass
class Act:
    """One step being left: what an effect is given. It adds to `facts` what the audit log shall tell.

    It may change `answer` to a way out that is taken by the step's work. With `stays` the step is not left yet: its
    work is begun, and waits for something. `actor` is whose deed it is, where that is not whoever acts now.
    """

    tx: Transaction
    ticket: Ticket
    procedure: Procedure
    step: Step
    who: Standing
    answer: str
    values: Mapping[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    actor: str = ""
    stays: bool = False


# The mark of a move that a step made by itself, as it was left before (`repeating`).
REPEATED = "repeated"
FILE, ATTEND = "file", "attend"
Effect = Callable[[Act], None]
EFFECTS: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Enter the function below as what a step `does`."""

    def enter(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return enter


def effect_of(step: Step) -> str:
    """What leaving a step does: what its definition names, or what any step does; the first one sends the form."""
    return step.does or (FILE if step.n == 1 else ATTEND)


# --- opening --------------------------------------------------------------------------------------------------------


def begin(
    tx: Transaction, procedure: Procedure, area: Area, applicant: Person | None, form: Mapping[str, Any], once: str = ""
) -> Ticket:
    """A ticket at its first step, being filled in: no folio, no clock."""
    ticket = Ticket(
        procedure=procedure.code,
        definition=_kept(tx, procedure),
        area=area,
        applicant=applicant,
        form=dict(form),
        opened=now(),
        once=once or secrets.token_urlsafe(16),
    )
    tx.session.add(ticket)
    tx.session.flush()
    return ticket


def expect_asker(tx: Transaction, person: Person | None, area: Area) -> None:
    """Raises NotFound where somebody of an area asks for another one; the desks enter what came from any.

    By whichever way: a page that offers one's own area alone is no rule.
    """
    if person is None or person.area_id == area.id:
        return
    if not roles.may(queries.held(tx.session, person, tx.today), "areas.all"):
        raise NotFound("No existe esa área.", "There is no such area.", field="area")


def made_of(tx: Transaction, area: Area, once: str) -> Ticket | None:
    """The request that this form made already: of two copies that come at once, the second finds what the first made.

    Raises InvalidValue for a mark that no form of ours has.
    """
    check_once(once)
    tx.session.execute(select(Area.id).where(Area.id == area.id).with_for_update())
    return tx.session.scalar(select(Ticket).where(Ticket.area_id == area.id, Ticket.once == once))


def check_once(once: str) -> None:
    """Raises InvalidValue for a mark that no form of ours has."""
    if not _ONCE.fullmatch(once):
        raise InvalidValue("El formulario caducó; ábralo de nuevo.", "The form is stale; open it again.", field="once")


def _kept(tx: Transaction, procedure: Procedure) -> str:
    if tx.session.get(Definition, procedure.sha256) is None:
        tx.session.add(Definition(sha256=procedure.sha256, code=procedure.code, text=procedure.source_text))
        tx.session.flush()
    return procedure.sha256


def definition(session: Session, ticket: Ticket) -> Procedure:
    """The definition a ticket was opened with, its units by the names that the installation has for them today."""
    office = session.info.get(OFFICE)
    found = opened_with(session, ticket.procedure, ticket.definition)
    return office.catalogue.units.over(found) if office else found


# --- moving ---------------------------------------------------------------------------------------------------------


def answer(
    tx: Transaction,
    ticket: Ticket,
    person: Person | None,
    choice: str = ELSE,
    values: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    reason: str = "",
    seen: int | None = None,
) -> Ticket:
    """Leave the step the ticket is at, on this answer.

    `reason` is a code of the catalogue, where the answer returns the request or refuses it (`grounds`).

    `seen` is the version the person had before them: if somebody moved the ticket since, nothing is stored. Raises
    NotAllowed (not their step), InvalidValue (no such answer or reason, or the step's own work wants something), or
    ConcurrentChange.
    """
    procedure, step = _at(tx, ticket, seen)
    if step.by_itself:
        raise NotAllowed(
            "Este paso se concluye solo, cuando terminan los equipos.",
            "This step ends by itself, once its devices are settled.",
            code="moves_by_itself",
        )
    who = any_standing(tx, ticket, procedure, step.actors, person)
    way = step.way(choice)
    if (way is None and step.kind != "end") or (way is not None and way.by_work):
        raise InvalidValue(
            "Elija una de las respuestas.", "Choose one of the answers.", code="E_ANSWER", field="answer"
        )
    act = Act(tx, ticket, procedure, step, who, choice, values or {})
    act.facts.update(grounds.check(procedure, step.n, choice, reason))
    EFFECTS[effect_of(step)](act)
    if act.stays:
        return ticket
    way = step.way(act.answer)
    move(act, way.to if way else 0, note=text.line(note, "note", most=500, required=False))
    return ticket


def by_itself(tx: Transaction, ticket: Ticket, choice: str = ELSE) -> None:
    """Leave a step that nobody presses a button for; its work is done."""
    procedure = definition(tx.session, ticket)
    step = procedure.step(ticket.step)
    way = step.way(choice)
    if way is None or not step.by_itself:
        raise ValueError(f"{ticket.reference}: step {step.n} does not end by itself on {choice}")
    move(Act(tx, ticket, procedure, step, Standing(None), choice, {}), way.to)


def extend(
    tx: Transaction,
    ticket: Ticket,
    person: Person | None,
    extension: str,
    note: str,
    *,
    reason: str = "",
    seen: int | None = None,
) -> Ticket:
    """Take a way that the manual's table lacks (withdraw, return, reject), with the reason in words.

    `reason` is its code in the catalogue, where the words are of one.
    """
    procedure, step = _at(tx, ticket, seen)
    one = procedure.extension(extension)
    if one is None or step.n not in one.from_:
        raise NotAllowed("Eso no se puede en este paso.", "That cannot be done at this step.", code="not_at_this_step")
    who = any_standing(tx, ticket, procedure, one.by, person)
    words = text.line(note, "note", most=500)
    act = Act(tx, ticket, procedure, step, who, one.id, {"note": words})
    act.facts.update(grounds.check(procedure, step.n, one.id, reason))
    move(act, one.to if isinstance(one.to, int) else 0, note=words, did=one)
    if one.to == 1:
        ticket.status = RETURNED
    elif isinstance(one.to, str):
        ticket.outcome = one.to.removeprefix("end:")
        ticket.status = ENDED.get(ticket.outcome, REFUSED)
    # After the move: what an effect does to the devices must not move the ticket as well.
    EFFECTS.get(one.id, _nothing)(act)
    tx.session.flush()
    return ticket


def move(act: Act, to: int, note: str = "", did: Said | None = None) -> None:
    """Put the ticket at `to` (0: it ends here), keep the move, and say so in the audit log.

    `did` is what was done instead of the step's own work.
    """
    ticket, step = act.ticket, act.step
    before = {"step": ticket.step, "status": ticket.status}
    ticket.moves.append(
        Move(
            at=now(),
            actor=act.actor or act.tx.actor,
            absent=act.who.absent,
            left=step.n,
            to=to,
            answer=act.answer,
            note=note,
            facts=act.facts,
        )
    )
    if to:
        ticket.step, ticket.status = to, act.procedure.step(to).status
    else:
        ticket.closed, ticket.outcome = now(), step.outcome
        ticket.status = step.status
    ticket.due = term(act.tx, ticket, act.procedure)
    act.tx.record(
        events.TicketMoved(
            ticket=ticket.id,
            reference=ticket.reference,
            left=step.n,
            to=to,
            did=(did or step).es,
            did_en=(did or step).en,
            absent=f" (por ausencia de {act.who.absent})" if act.who.absent else "",
            before=before,
            after={"step": to, "status": ticket.status, **_told(act)},
            reason=note,
        )
    )


def _told(act: Act) -> dict[str, Any]:
    """What the log learns of a step: it never forgets, so nothing about people that the request itself will forget."""
    if act.procedure.core:
        return act.facts
    return filling.impersonal(act.procedure.asks_at(act.step.n), act.facts)


def term(tx: Transaction, ticket: Ticket, procedure: Procedure) -> datetime | None:
    """When the attention clock is used up as it stands now; None before the receipt and while it stands still."""
    return calendars.term_by(ticket, procedure, calendars.current(tx.session, tx.office))


def _at(tx: Transaction, ticket: Ticket, seen: int | None) -> tuple[Procedure, Step]:
    """The step the ticket is at, with its row locked; refuses a closed ticket and one that moved since it was seen."""
    tx.session.refresh(ticket, with_for_update=True)
    if ticket.closed is not None or (seen is not None and seen != ticket.version):
        last = ticket.moves[-1] if ticket.moves else None
        raise ConcurrentChange(
            f"La solicitud cambió desde que la abrió{f': {last.actor}, paso {last.left}' if last else ''}.",
            f"The request changed since you opened it{f': {last.actor}, step {last.left}' if last else ''}.",
            hint="Vuelva a abrirla; lo que escribió no se guardó.",
            hint_en="Open it again; what you wrote was not stored.",
        )
    procedure = definition(tx.session, ticket)
    return procedure, procedure.step(ticket.step)


def any_standing(
    tx: Transaction, ticket: Ticket, procedure: Procedure, by: tuple[str, ...], person: Person | None
) -> Standing:
    """The first of the roles that the person has; otherwise the refusal for the last."""
    for role in by[:-1]:
        with suppress(NotAllowed):
            return standing(tx.session, ticket, procedure, role, person, tx.today)
    return standing(tx.session, ticket, procedure, by[-1], person, tx.today)


def _nothing(_act: Act) -> None:
    """An extension that does nothing beyond moving the ticket."""


def load_calendar(tx: Transaction, rows: Iterable[Dated], seen: int | None = None) -> Calendar:
    """The next version of the office's calendar with these dated rows; the terms of open requests follow it (W-03).

    `seen` is the version the person had before them: if another one was loaded since, nothing is stored.
    """
    return _follow(tx, calendars.load(tx, rows, seen))


def adopt_hours(tx: Transaction) -> Calendar | None:
    """The hours of the settings as the next version, where they are not those that count; None where they are."""
    adopted = calendars.adopt(tx)
    return _follow(tx, adopted) if adopted else None


def _follow(tx: Transaction, calendar: Calendar) -> Calendar:
    for ticket, procedure in _with_open_term(tx.session):
        calendars.recompute(tx, ticket, procedure, calendar)
    return calendar


def moved_terms(session: Session, calendar: Calendar) -> list[tuple[Ticket, datetime | None]]:
    """The open requests whose term another calendar would move, each with the term it would have."""
    found = [(ticket, calendars.term_by(ticket, procedure, calendar)) for ticket, procedure in _with_open_term(session)]
    return [(ticket, due) for ticket, due in found if due != ticket.due]


def _with_open_term(session: Session) -> Iterator[tuple[Ticket, Procedure]]:
    query = select(Ticket).where(Ticket.closed.is_(None), Ticket.received.is_not(None)).order_by(Ticket.id)
    for ticket in session.scalars(query.options(selectinload(Ticket.moves), selectinload(Ticket.devices))):
        procedure = definition(session, ticket)
        if timing.stopped(ticket, procedure) is None:
            yield ticket, procedure
