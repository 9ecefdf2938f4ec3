"""Who was heard since a moment: counted and listed where the sightings lie, for there may be a million of them.

A lease is a promise of an address, and nobody's presence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from netreg.mac import MacAddress
from netreg.registry.commands.sightings import LEASES
from netreg.registry.models import Sighting

# The second digit of group addresses: its lowest bit is the lowest of the first octet.
_OF_GROUPS = tuple("13579bdf")
_PRESENCE = Sighting.source != LEASES


@dataclass(slots=True)
class Heard:
    """One address: where it was, the latest place first, from when to when, and what it last said it is called."""

    places: tuple[str, ...]
    first: datetime
    last: datetime
    name: str


def lately(mac: InstrumentedAttribute[str], since: datetime) -> ColumnElement[bool]:
    """Whether any source heard this address since."""
    return select(Sighting.id).where(Sighting.mac == mac, _PRESENCE, Sighting.last_seen >= since).exists()


def is_usual(
    mac: ColumnElement[str] | InstrumentedAttribute[str], expected: Collection[MacAddress]
) -> ColumnElement[bool]:
    """Whether it is nobody to ask about: a group address, or one that the settings expect."""
    return or_(is_group(mac), mac.in_([str(one) for one in expected]))


def is_group(mac: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether it is a group address, which is no device, whoever sends from it."""
    return func.substr(mac, 2, 1).in_(_OF_GROUPS)


def count(session: Session, since: datetime, expected: Collection[MacAddress], but: Select[str], most: int) -> int:
    """How many addresses were heard since, without the usual ones and those of `but`; `most` of so many and more.

    Along the index of times, and no farther than it must: telling a million apart takes a second.
    """
    some = select(Sighting.mac).where(_PRESENCE, Sighting.last_seen >= since, ~is_usual(Sighting.mac, expected))
    some = some.where(Sighting.mac.not_in(but)).distinct().limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def newest_first(since: datetime, expected: Collection[MacAddress], but: Select[str]) -> Select[str]:
    """The addresses heard since, without the usual ones and those of `but`, which selects `Interface.mac`.

    Each at its last sighting, so that the database can go along the index of times and stop where a page ends.
    """
    later = aliased(Sighting)
    is_later = or_(
        later.last_seen > Sighting.last_seen, and_(later.last_seen == Sighting.last_seen, later.id > Sighting.id)
    )
    heard_again = select(later.id).where(later.mac == Sighting.mac, later.source != LEASES, is_later).exists()
    registered = but.where(but.selected_columns[0] == Sighting.mac).exists()
    query = select(Sighting.mac).where(_PRESENCE, Sighting.last_seen >= since, ~is_usual(Sighting.mac, expected))
    return query.where(~registered, ~heard_again).order_by(Sighting.last_seen.desc(), Sighting.mac)


def of(session: Session, macs: Sequence[str]) -> dict[str, Heard]:
    """What is kept of these addresses, however long ago; at most some hundred at once."""
    found: dict[str, list[tuple[str, datetime, datetime, str]]] = {}
    query = select(
        Sighting.mac, Sighting.place, Sighting.port, Sighting.first_seen, Sighting.last_seen, Sighting.name
    )  # fmt: skip
    query = query.where(_PRESENCE, Sighting.mac.in_(macs)).order_by(Sighting.last_seen.desc(), Sighting.id)
    for mac, place, port, first, last, name in session.execute(query):
        found.setdefault(mac, []).append((f"{place} ({port})" if port else place, first, last, name or ""))
    return {mac: _heard(rows) for mac, rows in found.items()}


def _heard(rows: Sequence[tuple[str, datetime, datetime, str]]) -> Heard:
    places, firsts, lasts, names = zip(*rows, strict=True)
    return Heard(tuple(dict.fromkeys(places)), min(firsts), max(lasts), next(filter(None, names), ""))
