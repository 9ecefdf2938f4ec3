"""The cases of requests, worked out once and kept until the audit log tells of something about them.

An office asks for its figures over and over, and most requests ended long ago or lie where they lay. Only those are
read again that something happened to since, and those that an hour still to come is written down of.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from netreg.policy.calendar import Calendar
from netreg.procedures.counting import Case
from netreg.registry.models import Device, Operation, Ticket
from netreg.store.audit import AuditEvent
from netreg.store.remembering import Memory, last_event

# What an event says it is about: one request or device, or what every case may rest on.
_ABOUT = re.compile(r"(?P<what>request|device) (?P<number>[0-9]+)", re.ASCII)
_OF_ALL = re.compile(r"(?:area|calendar) .+|retention|backup", re.ASCII | re.DOTALL)
# After more than this it is quicker to begin anew.
_MOST_EVENTS = 5_000
# Who asks at the same moment may come to it a little later, by an hour that is a little earlier.
_AT_ONCE = timedelta(minutes=1)


class Found(NamedTuple):
    """The case of a request, None where it is none; and whether it `stands`: by itself no hour will change it."""

    case: Case | None
    stands: bool


class _Standing(NamedTuple):
    """Cases by request, by this calendar and as they were at this instant."""

    at: datetime
    calendar: Calendar
    cases: dict[int, Case | None]


_MEMORY: Memory[_Standing] = Memory()
_LOCK = threading.Lock()


def cases(
    session: Session, calendar: Calendar, now: datetime, wanted: Sequence[int],
    count: Callable[[list[int]], Mapping[int, Found]],
) -> Iterator[Case]:  # fmt: skip
    """The cases of these requests at present, each given by its number.

    `count` works out those of the numbers it gets as they are now.
    """
    with _LOCK:
        seq = last_event(session)
        known = _still_true(session, calendar, now, seq)
        fresh = count([number for number in wanted if number not in known])
        known |= {number: one.case for number, one in fresh.items() if one.stands}
        _MEMORY.keep(session, seq, _Standing(now, calendar, known))
    every = (fresh[number].case if number in fresh else known[number] for number in wanted)
    return (case for case in every if case is not None)


def _still_true(session: Session, calendar: Calendar, now: datetime, seq: int) -> dict[int, Case | None]:
    """What is known and nothing happened to since; nothing where the calendar changed or a backup was restored."""
    known = _MEMORY.recall(session)
    if known is None or known.kept.calendar != calendar or now < known.kept.at - _AT_ONCE:
        return {}
    if not 0 <= seq - known.seq <= _MOST_EVENTS:
        return {}
    since = set(session.scalars(select(AuditEvent.subject).where(AuditEvent.seq > known.seq)))
    if any(_OF_ALL.fullmatch(one) for one in since):
        return {}
    cases = dict(known.kept.cases)
    for number in _touched(session, since):
        cases.pop(number, None)
    return cases


def _touched(session: Session, subjects: Iterable[str]) -> set[int]:
    """The requests that these events are about, by themselves or by a device of theirs."""
    found: dict[str, set[int]] = {"request": set(), "device": set()}
    for subject in subjects:
        if about := _ABOUT.fullmatch(subject):
            found[about["what"]].add(int(about["number"]))
    devices = found["device"]
    operated = select(Operation.ticket_id).where(Operation.device_id.in_(devices))
    own = select(Device.ticket_id).where(Device.id.in_(devices))
    of_devices = session.scalars(select(Ticket.id).where(or_(Ticket.id.in_(operated), Ticket.id.in_(own))))
    return found["request"] | set(of_devices)
