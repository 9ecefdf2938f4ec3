"""Programs of others that are told what happened: which events go to whom, and what each is told.

An event is told as the log tells it, with its addresses masked: who needs them asks the API, where that is permitted
and recorded.
"""

from __future__ import annotations

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.events import Event
from netreg.mac import masked_in
from netreg.store import outbox
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.transaction import Transaction


def owe_hooks(tx: Transaction, event: Event) -> None:
    """Owe the event that was recorded just now to every program that is told such events."""
    wanted = [hook for hook in tx.office.hooks if hook.wants(event.name)]
    if wanted:
        number = tx.session.scalar(select(func.max(AuditEvent.seq)))
        for hook in wanted:
            outbox.owe(tx.session, hook.kind, str(number), now())


def compose(session: Session, target: str) -> bytes | None:
    """What is sent for the event of this number, as JSON; None where there is no such event any more."""
    row = session.get(AuditEvent, int(target))
    if row is None:
        return None
    said = {
        "id": f"event-{row.seq}",
        "type": row.name,
        "timestamp": row.at,
        "data": {
            "subject": masked_in(row.subject),
            "actor": row.actor,
            "request_id": row.request_id,
            "says_es": masked_in(row.sentence("es")),
            "says_en": masked_in(row.sentence("en")),
        },
    }
    return json.dumps(said, ensure_ascii=False).encode()
