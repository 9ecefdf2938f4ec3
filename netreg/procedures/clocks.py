"""The clocks of a request, computed from its history every time they are read, so that nothing drifts.

A clock runs from `start` and stands still during its pauses. Late is a colour and a question ("why?"), never a
barrier: nothing here blocks anything (decision X-18, manual, line 527: the term may vary with the workload).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from netreg.errors import InvalidValue
from netreg.policy.calendar import NOTHING, Calendar, Counting

State = Literal["running", "paused", "in_term", "late", "answered_late"]
Gap = tuple[datetime, datetime | None]
# Why a clock stands still: the request is back with its area, waits for nothing but computers it has not brought, or
# was closed and opened again.
Why = Literal["returned", "binding", "closed", "waiting"]

TERM_HOURS = 72
# 24 is the low end of the manual's range and no wait; all three are only looked at (core workflow, section 11).
MARKS = (24, 48, 72)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a clock stands still; `end` is None while it lasts.

    `cause` is what people read: the words a request was returned with, or the names of the computers it waits for.
    Raises InvalidValue E_CAUSE without a written cause (core workflow, section 11), ValueError when it ends before it
    starts.
    """

    start: datetime
    end: datetime | None
    cause: str
    why: Why = "returned"

    def __post_init__(self) -> None:
        if not self.cause.strip():
            raise InvalidValue(
                "Escriba por qué se detiene el reloj.", "Write why the clock stops.", code="E_CAUSE", field="cause"
            )
        if self.end is not None and self.end < self.start:
            raise ValueError("a pause that ends before it starts")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at one instant.

    elapsed    counted time, pauses left out
    due        when the term is used up, or None while the clock stands still before that
    marks      the hours, out of those asked for, that the counted time has gone beyond
    state      running, paused or late for what is not answered; in_term or answered_late for what is
    remaining  what is left of the term, negative by as much as it was overrun
    paused     counted time that the pauses took out of the clock
    pauses     the pauses that had begun by then, with their causes, so that they cannot hide a delay
    """

    elapsed: timedelta
    due: datetime | None
    marks: tuple[int, ...]
    state: State
    remaining: timedelta
    paused: timedelta
    pauses: tuple[Pause, ...]

    @property
    def late(self) -> bool:
        """Whether the term was passed, answered since or not."""
        return self.state in ("late", "answered_late")


def merged(pauses: Iterable[Pause]) -> tuple[Gap, ...]:
    """The stretches covered by any pause, in order and apart from each other, so that no time counts twice."""
    stretches: list[Gap] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if stretches and _reaches(stretches[-1][1], pause.start):
            stretches[-1] = (stretches[-1][0], _later(stretches[-1][1], pause.end))
        else:
            stretches.append((pause.start, pause.end))
    return tuple(stretches)


def elapsed(
    start: datetime,
    end: datetime,
    pauses: Iterable[Pause],
    calendar: Calendar,
    counting: Counting = "working_day_hours",
) -> timedelta:
    """The time counted from `start` to `end` outside the pauses; ValueError when `end` comes first."""
    if end < start:
        raise ValueError("a clock read before it started")
    return sum((calendar.between(*gap, counting) for gap in _until(end, _unpaused(start, pauses))), NOTHING)


def due(
    start: datetime,
    hours: float,
    pauses: Iterable[Pause],
    calendar: Calendar,
    counting: Counting = "working_day_hours",
) -> datetime | None:
    """The instant at which `hours` are used up, pauses added back; None when a pause still lasts before that."""
    left = timedelta(hours=hours)
    for opens, closes in _unpaused(start, pauses):
        used_up = calendar.add(opens, left, counting)
        if closes is None or used_up < closes or (used_up == closes and counting == "business_hours"):
            return used_up
        left -= calendar.between(opens, closes, counting)
    return None


def read(
    start: datetime,
    now: datetime,
    calendar: Calendar,
    *,
    answered: datetime | None = None,
    pauses: Iterable[Pause] = (),
    hours: float = TERM_HOURS,
    counting: Counting = "working_day_hours",
    marks: tuple[int, ...] = MARKS,
) -> Reading:
    """What the clock that started at `start` shows at `now`, or showed when it was answered.

    Only what had happened by then counts, so a past month can be read again. ValueError when `now` is before `start`.
    """
    closed = answered is not None and answered <= now
    at = answered if answered is not None and closed else now
    known = tuple(_as_of(at, pauses))
    spent = elapsed(start, at, known, calendar, counting)
    end = due(start, hours, known, calendar, counting)
    return Reading(
        elapsed=spent,
        due=end,
        marks=tuple(mark for mark in marks if spent > timedelta(hours=mark)),
        state=_state(closed=closed, late=end is not None and at > end, paused=any(one.end is None for one in known)),
        remaining=timedelta(hours=hours) - spent,
        paused=elapsed(start, at, (), calendar, counting) - spent if known else NOTHING,
        pauses=known,
    )


def _state(*, closed: bool, late: bool, paused: bool) -> State:
    """Late comes before paused: a pause that begins after the term hides nothing."""
    if closed:
        return "answered_late" if late else "in_term"
    if late:
        return "late"
    return "paused" if paused else "running"


def _as_of(instant: datetime, pauses: Iterable[Pause]) -> Iterator[Pause]:
    """The pauses as they were known then: those that had begun, and open where their end was still to come."""
    for pause in pauses:
        if pause.start <= instant:
            yield replace(pause, end=None) if pause.end is None or pause.end > instant else pause


def _unpaused(start: datetime, pauses: Iterable[Pause]) -> Iterator[Gap]:
    """The stretches from `start` on in which the clock runs; the last one has no end, unless a pause has none."""
    for stops, resumes in merged(pauses):
        if stops > start:
            yield start, stops
        if resumes is None:
            return
        start = max(start, resumes)
    yield start, None


def _until(end: datetime, gaps: Iterable[Gap]) -> Iterator[tuple[datetime, datetime]]:
    """The same stretches, cut off at `end`."""
    for opens, closes in gaps:
        if opens < end:
            yield opens, end if closes is None else min(closes, end)


def _reaches(end: datetime | None, start: datetime) -> bool:
    return end is None or end >= start


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
