"""Mail about lists of revalidation: when an area is asked, 30, 15 and 3 days before its last day, and once it is past.

As with the reminders of requests, each is owed once: its delivery names the list, the stage, the last day it counts
from and the person. A list that was prolonged is reminded of anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import notices
from netreg.notices import NOT_REVALIDATED, NOTICE, REVALIDATE, Facts
from netreg.office import Office
from netreg.policy import roles
from netreg.procedures import revalidation
from netreg.procedures.models import OPEN_LISTS, Revalidation
from netreg.procedures.notices import Notice, players
from netreg.registry.models import Person
from netreg.store import outbox
from netreg.store.outbox import Delivery
from netreg.store.transaction import Transaction

# Days before the last one.
REMINDERS = (3, 15, 30)
_NAME = re.compile(r"v(?P<list>[0-9]+):(?P<stage>[a-z0-9]+):(?P<due>[0-9]{8}):(?P<person>[0-9]+)", re.ASCII)


def names(target: str) -> bool:
    """Whether a delivery of this name is about a list."""
    return _NAME.fullmatch(target) is not None


def owe(tx: Transaction, at: datetime) -> None:
    """Owe what every open list gives reason to tell now; after an outage only what is still true."""
    if not tx.office.mail:
        return
    today = at.astimezone(tx.office.zone).date()
    for row in revalidation.lists(tx.session, open_only=True):
        name = f"v{row.id}:{stage(row.due, today)}:{row.due:%Y%m%d}:"
        told = select(Delivery.id).where(Delivery.kind == NOTICE, Delivery.target.startswith(name, autoescape=True))
        if tx.session.scalar(told.limit(1)) is None:
            for person in _readers(tx.session, row, today):
                outbox.owe(tx.session, NOTICE, f"{name}{person.id}", at)


def stage(due: date, today: date) -> str:
    """Where a list stands: `asked`, `d30`, `d15` or `d3` days before its last one, `late` after it."""
    left = (due - today).days
    if left < 0:
        return "late"
    return next((f"d{days}" for days in REMINDERS if left <= days), "asked")


def compose(session: Session, called: str, office: Office, language: str, today: date) -> Notice | str:
    """The message of a delivery, or why it need not go out any more, in words for its row."""
    match = _NAME.fullmatch(called)
    if match is None:
        raise ValueError(f"{called} is not about a list")
    row, person = session.get(Revalidation, int(match["list"])), session.get(Person, int(match["person"]))
    if row is None or person is None:
        return "whom it was for, or what it was about, is no longer there"
    if row.state not in OPEN_LISTS or (f"{row.due:%Y%m%d}", stage(row.due, today)) != (match["due"], match["stage"]):
        return "the list is answered, or its days are others by now"
    for audience, people in _audiences(session, row, today):
        if person in people:
            kind = NOT_REVALIDATED if audience == roles.COORDINATOR else REVALIDATE
            return Notice(person.email, notices.write(kind, audience, _facts(session, row, office, language), language))
    return "the person does not hold the role any more"


def _facts(session: Session, row: Revalidation, office: Office, language: str) -> Facts:
    until = f"{row.due:%d/%m/%Y}" if language == "es" else row.due.isoformat()
    area = revalidation.answering(session, row)
    return Facts(f"R{row.id}", area.name, office.address, until=until)


def _readers(session: Session, row: Revalidation, today: date) -> Iterable[Person]:
    return {person.id: person for _role, people in _audiences(session, row, today) for person in people}.values()


def _audiences(session: Session, row: Revalidation, today: date) -> Iterator[tuple[str, list[Person]]]:
    """The people of the area by role while they may answer; then the coordinator."""
    if stage(row.due, today) == "late":
        yield roles.COORDINATOR, [one for one in players(session, roles.COORDINATOR, today) if one.active]
        return
    area = revalidation.answering(session, row)
    for role in roles.OF_AN_AREA:
        people = players(session, role, today)
        yield role, [one for one in people if one.active and one.area_id == area.id]
