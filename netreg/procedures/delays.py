"""Why the devices of a request were settled after the term: asked once it is past, given or not, never a barrier.

The manual lets the time vary with the workload (line 527); the report tells what it varied with.
"""

from __future__ import annotations

from datetime import datetime

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.policy import roles
from netreg.procedures import calendars, tickets, timing
from netreg.registry import reasons, text
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

# code -> Spanish, English (core workflow, section 11)
REASONS = reasons.names("delay")


def explain(tx: Transaction, ticket: Ticket, person: Person | None, code: str, words: str = "") -> None:
    """Keep the reason of a delay; a later one takes its place, and the audit log has both.

    `person` is None for the operator at the server's own console. Raises NotAllowed (not theirs, or not late) and
    InvalidValue (no such reason, or `other` without words).
    """
    if person is not None and not roles.may(held(tx.session, person, tx.today), "delays.explain"):
        raise NotAllowed(
            "La causa la escriben Informática o la Coordinación.",
            "IT or the coordinator write the reason.",
            code="not_your_step",
        )
    if code not in REASONS:
        raise InvalidValue(
            "Elija una causa de la lista.", "Choose a reason from the list.", code="E_DELAY", field="why"
        )
    said = text.line(words, "words", most=300, required=code == "other")
    if not is_late(tx, ticket, now()):
        raise NotAllowed("La solicitud no ha pasado su plazo.", "The request is not past its term.", code="not_late")
    before, ticket.late_reason, ticket.late_words = ticket.late_reason, code, said
    tx.record(
        events.DelayExplained(
            ticket=ticket.id, reference=ticket.reference, code=code, before={"code": before}, reason=said
        )
    )


def is_late(tx: Transaction, ticket: Ticket, at: datetime) -> bool:
    """Whether the attention clock has passed its term, settled since or not."""
    calendar = calendars.current(tx.session, tx.office)
    shown = timing.reading(ticket, tickets.definition(tx.session, ticket), calendar, at)
    return shown is not None and shown.late
