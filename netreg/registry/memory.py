"""What the register said of an address at an instant: from the states that rights came into, of which none is lost."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry.models import Authorisation, Interface, StateChange
from netreg.store.remembering import Memory

# The states a right came into, with the instant of each, in order.
Course = tuple[list[datetime], list[str]]
Courses = Mapping[str, Sequence[Course]]


class _Past(NamedTuple):
    """What is known from one moment on; None is ever."""

    since: datetime | None
    always: frozenset[str]
    courses: Courses


# The states a right came into are written with the right itself.
_MEMORY: Memory[_Past] = Memory(Interface, Authorisation)


@dataclass(frozen=True, slots=True)
class Register:
    """Who was registered when. `always` are addresses that belonged there all the time that is asked of: those of
    rights that did not change meanwhile, and those that belong there by the settings, such as a gateway's.
    """

    courses: Courses
    always: frozenset[str]

    @classmethod
    def of(cls, session: Session, expected: Collection[MacAddress] = (), *, since: datetime | None = None) -> Register:
        """The register with its past; with a `since` only what it said from then on: nothing earlier is asked of it.

        Most rights come into their last state and stay in it: of those that did before, that state is all there is.
        """
        past = _MEMORY.current(session, lambda: _found(session, since), lambda kept: _reaches(kept.since, since))
        return cls(past.courses, past.always.union(str(one) for one in expected))

    def knew(self, mac: str, at: datetime) -> bool:
        """Whether the address was of a device that had, at that instant, a right to be there or was being taken out."""
        return mac in self.always or any(_state(course, at) in quota.LIVE for course in self.courses.get(mac, ()))

    def knew_throughout(self, mac: str, since: datetime, until: datetime) -> bool | None:
        """As `knew`, where the answer is the same at every instant of this time; None where something changed in it."""
        if mac not in self.always and any(_changed(course, since, until) for course in self.courses.get(mac, ())):
            return None
        return self.knew(mac, since)


def _reaches(kept: datetime | None, since: datetime | None) -> bool:
    """Whether what is known from one moment on tells all that is asked from another on."""
    return kept is None or (since is not None and kept <= since)


def _found(session: Session, since: datetime | None) -> _Past:
    courses: dict[str, list[Course]] = defaultdict(list)
    for mac, course in _changing(session, since):
        courses[mac].append(course)
    always = frozenset(session.scalars(_settled(since))) if since is not None else frozenset()
    return _Past(since, always, dict(courses))


def _settled(since: datetime) -> Select[str]:
    """The addresses of rights that came into no state since, and belonged there by the last one before."""
    later = aliased(StateChange)
    is_later = or_(later.at > StateChange.at, and_(later.at == StateChange.at, later.id > StateChange.id))
    overtaken = select(later.id).where(later.authorisation_id == StateChange.authorisation_id, is_later).exists()
    rows = select(Interface.mac)
    rows = rows.join(Authorisation, Authorisation.device_id == Interface.device_id)
    rows = rows.join(StateChange, StateChange.authorisation_id == Authorisation.id)
    return rows.where(StateChange.at < since, ~overtaken, StateChange.state.in_(quota.LIVE))


def _changing(session: Session, since: datetime | None) -> Iterator[tuple[str, Course]]:
    """The addresses of all other rights, each with the states that one came into."""
    query = (
        select(Interface.mac, StateChange.authorisation_id, StateChange.at, StateChange.state)
        .join(Authorisation, Authorisation.device_id == Interface.device_id)
        .join(StateChange, StateChange.authorisation_id == Authorisation.id)
        .order_by(StateChange.at, StateChange.id)
    )
    if since is not None:
        query = query.where(_has_changed(since))
    found: dict[tuple[str, int], Course] = {}
    for mac, right, at, state in session.execute(query):
        moments, states = found.setdefault((mac, right), ([], []))
        moments.append(at)
        states.append(state)
    return ((mac, course) for (mac, _right), course in found.items())


def _has_changed(since: datetime) -> ColumnElement[bool]:
    later = aliased(StateChange)
    return select(later.id).where(later.authorisation_id == Authorisation.id, later.at >= since).exists()


def _changed(course: Course, since: datetime, until: datetime) -> bool:
    moments, _states = course
    return bisect_right(moments, since) != bisect_right(moments, until)


def _state(course: Course, at: datetime) -> str:
    moments, states = course
    place = bisect_right(moments, at)
    return states[place - 1] if place else ""
