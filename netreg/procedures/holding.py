"""Whether the rules of a step hold for a request, with all that it has to show."""

from __future__ import annotations

from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.office import Office
from netreg.procedures import attachments, calendars, checking
from netreg.procedures.checking import Broken, Evidence
from netreg.procedures.procedure import Procedure, Step
from netreg.procedures.tickets import Act
from netreg.registry.models import Ticket


def evidence(session: Session, ticket: Ticket, office: Office, letter: str = "") -> Evidence:
    """What the request has to show; `letter` is the text of the answer that is to be signed."""
    return Evidence(ticket.form, attachments.kinds_of(session, ticket), ticket.received, office.lists, letter)


def broken(session: Session, ticket: Ticket, procedure: Procedure, step: Step, office: Office) -> list[Broken]:
    """The rules that bar the way on from a step as the request stands."""
    shown = evidence(session, ticket, office)
    return checking.broken(procedure, step, shown, calendars.current(session, office))


def hold(act: Act, letter: str = "") -> None:
    """Raises InvalidValue `rule_broken` naming every rule that bars the way on, and what it misses."""
    office = act.tx.office
    shown = evidence(act.tx.session, act.ticket, office, letter)
    found = checking.broken(act.procedure, act.step, shown, calendars.current(act.tx.session, office))
    if found:
        raise InvalidValue(
            "No puede seguir: " + "; ".join(f"{one.rule.id}: {one.text('es')}" for one in found),
            "It cannot go on: " + "; ".join(f"{one.rule.id}: {one.text('en')}" for one in found),
            code="rule_broken",
            hint="Complete lo que falta o elija la otra respuesta.",
            hint_en="Complete what is missing, or choose the other answer.",
        )
