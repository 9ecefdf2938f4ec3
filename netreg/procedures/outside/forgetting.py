"""What is kept of people outside no longer than it may be: forms that nobody confirmed, and whom requests were of.

The request stays, like any other; its sender's address and the names on its form go when the term of retention ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from netreg import events
from netreg.office import Office
from netreg.procedures import tickets
from netreg.procedures.outside import keeping
from netreg.procedures.outside.models import Contact, Pending
from netreg.registry.models import Ticket
from netreg.store.transaction import Store, Transaction

# A folder this old belongs to a form that is stored, or to one that never was.
_SETTLED = timedelta(hours=1)


def due(session: Session, office: Office, at: datetime) -> tuple[int, int]:
    """How many forms and how many applicants a run at this instant would forget."""
    return len(session.scalars(_expired(at)).all()), len(session.scalars(_ended(office, at)).all())


def run(store: Store, actor: str, at: datetime) -> tuple[int, int]:
    """Forget what is past its term; how many forms and applicants that were. Again finds nothing more."""
    with store.reading() as session:
        found = due(session, store.office, at)
    done = _forget(store, actor, at) if any(found) else found
    _sweep(store, at)
    return done


def _forget(store: Store, actor: str, at: datetime) -> tuple[int, int]:
    with store.transaction(actor) as tx:
        forms = _drop_forms(tx, at)
        contacts = _drop_contacts(tx, at)
        if forms or contacts:
            tx.record(events.OutsideForgotten(forms=len(forms), contacts=contacts))
    # Once it is stored: a folder without its form is found by the next run, a form without its folder by nobody.
    keeping.drop_files(store.office, forms)
    return len(forms), contacts


def _expired(at: datetime) -> Select[Pending]:
    return select(Pending).where(Pending.expires <= at)


def _ended(office: Office, at: datetime) -> Select[Contact]:
    until = office.retention.removals_until(at.astimezone(office.zone))
    return select(Contact).join(Ticket, Ticket.id == Contact.ticket_id).where(Ticket.closed <= until)


def _drop_forms(tx: Transaction, at: datetime) -> list[str]:
    rows: Sequence[Pending] = tx.session.scalars(_expired(at)).all()
    for row in rows:
        tx.session.delete(row)
    tx.session.flush()
    return [row.mark for row in rows]


def _drop_contacts(tx: Transaction, at: datetime) -> int:
    rows = tx.session.scalars(_ended(tx.office, at)).all()
    for row in rows:
        _erase_names(tx.session, row.ticket)
        tx.session.delete(row)
    tx.session.flush()
    return len(rows)


def _erase_names(session: Session, ticket: Ticket) -> None:
    """Take the names and addresses of people off the form: what was asked stays, who asked does not."""
    named = {one.id for one in tickets.definition(session, ticket).fields if one.type in ("person", "email")}
    ticket.form = {key: value for key, value in ticket.form.items() if key not in named}
    flag_modified(ticket, "form")


def _sweep(store: Store, at: datetime) -> None:
    """Remove the folders of forms that were never stored, because something failed, or were confirmed and then left."""
    with store.reading() as session:
        waiting = set(session.scalars(select(Pending.mark)))
    old = [
        one.name
        for one in keeping.folders(store.office)
        if one.name not in waiting and datetime.fromtimestamp(one.stat().st_mtime, UTC) < at - _SETTLED
    ]
    keeping.drop_files(store.office, old)
