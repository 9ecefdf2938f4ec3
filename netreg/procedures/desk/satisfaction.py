"""One question to the area once it has signed for the answer: how was it attended to, from 1 to 5, in its own words.

Never asked for again and never required. Nobody but the area sees what it answered: the report has the mean of a month
that is over, and the words without folio or name, where at least three answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.office import Office
from netreg.procedures import letters, opinion
from netreg.procedures.counting import Month
from netreg.procedures.desk.models import Satisfaction
from netreg.procedures.models import ACKNOWLEDGED
from netreg.procedures.opinion import HIGHEST, LOWEST, Opinion
from netreg.procedures.standing import of_the_area
from netreg.registry import text
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

CHANGED_WITHIN = timedelta(days=30)
COMPLETED = "completed"
MOST = 500


def answer_of(session: Session, ticket: Ticket) -> Satisfaction | None:
    """What its area answered, for its area alone."""
    return session.get(Satisfaction, ticket.id)


def is_asked(session: Session, ticket: Ticket, person: Person, mine: Iterable[str], at: datetime) -> bool:
    """Whether this person, with the roles `mine`, may answer now, or change the answer."""
    if ticket.outcome != COMPLETED or not of_the_area(ticket, person, mine):
        return False
    letter, given = letters.letter_of(session, ticket), answer_of(session, ticket)
    signed = letter is None or letter.state == ACKNOWLEDGED
    return signed and (given is None or at - given.given <= CHANGED_WITHIN)


def judge(tx: Transaction, ticket: Ticket, person: Person, score: str, comment: str = "") -> Satisfaction:
    """Keep the answer of the area, or change it within 30 days of the first.

    Raises NotAllowed (not theirs, not signed for, or too late) and InvalidValue for what is no number from 1 to 5.
    """
    tx.session.refresh(ticket, with_for_update=True)
    if not is_asked(tx.session, ticket, person, held(tx.session, person, tx.today), now()):
        raise NotAllowed(
            "Contesta el área, una vez que firmó de recibido y hasta 30 días después de su primera respuesta.",
            "The area answers, once it has signed for the letter and until 30 days after its first answer.",
            code="not_asked",
        )
    if score not in {str(number) for number in range(LOWEST, HIGHEST + 1)}:
        raise InvalidValue("Elija de 1 a 5.", "Choose from 1 to 5.", code="E_SCORE", field="score")
    words = text.line(comment, "score_comment", most=MOST, required=False)
    row = answer_of(tx.session, ticket) or Satisfaction(ticket=ticket, given=now())
    row.score, row.comment, row.given_by = int(score), words, tx.actor
    tx.session.add(row)
    tx.record(events.RequestJudged(ticket=ticket.id, reference=ticket.reference))
    return row


def of_month(
    session: Session, procedure: str | None, month: Month, office: Office, at: datetime
) -> tuple[Opinion, list[str]]:
    """The opinion of a month that is over, of a procedure or of all, and the words, in no order that would tell whose
    they are.
    """
    if Month.of(at, office.zone) <= month:
        return Opinion(), []
    query = select(Satisfaction).join(Ticket, Ticket.id == Satisfaction.ticket_id)
    query = query.where(Ticket.procedure == procedure) if procedure else query
    rows = [one for one in session.scalars(query) if Month.of(one.given, office.zone) == month]
    told = opinion.of([one.score for one in rows])
    return told, sorted(one.comment for one in rows if one.comment) if told.answers else []
