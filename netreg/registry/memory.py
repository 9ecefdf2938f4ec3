"""What the register said of an address at an instant: from the states that rights came into, of which none is lost."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry.models import Authorisation, Interface, StateChange

# The states a right came into, with the instant of each, in order.
Course = tuple[list[datetime], list[str]]


@dataclass(frozen=True, slots=True)
class Register:
    """Who was registered when. `expected` are addresses that belong there by the settings, such as a gateway's."""

    courses: Mapping[str, Collection[Course]]
    expected: frozenset[str]

    @classmethod
    def of(cls, session: Session, expected: Collection[MacAddress] = ()) -> Register:
        """The register with its whole past: some thousand rows."""
        rows = session.execute(
            select(Interface.mac, Authorisation.id, StateChange.at, StateChange.state)
            .join(Authorisation, Authorisation.device_id == Interface.device_id)
            .join(StateChange, StateChange.authorisation_id == Authorisation.id)
            .order_by(StateChange.at, StateChange.id)
        )
        courses: dict[str, dict[int, Course]] = defaultdict(dict)
        for mac, right, at, state in rows:
            moments, states = courses[mac].setdefault(right, ([], []))
            moments.append(at)
            states.append(state)
        return cls(
            {mac: list(rights.values()) for mac, rights in courses.items()}, frozenset(str(one) for one in expected)
        )

    def knew(self, mac: str, at: datetime) -> bool:
        """Whether the address was of a device that had, at that instant, a right to be there or was being taken out."""
        return mac in self.expected or any(_state(course, at) in quota.LIVE for course in self.courses.get(mac, ()))

    def knew_throughout(self, mac: str, since: datetime, until: datetime) -> bool | None:
        """As `knew`, where the answer is the same at every instant of this time; None where something changed in it."""
        if mac not in self.expected and any(_changed(course, since, until) for course in self.courses.get(mac, ())):
            return None
        return self.knew(mac, since)


def _changed(course: Course, since: datetime, until: datetime) -> bool:
    moments, _states = course
    return bisect_right(moments, since) != bisect_right(moments, until)


def _state(course: Course, at: datetime) -> str:
    moments, states = course
    place = bisect_right(moments, at)
    return states[place - 1] if place else ""
