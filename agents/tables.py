"""Tables read from points: who is on their radios, beside them, behind which of their ports, and whom they refused.

A table is news and no proof. One that cannot be read, or is empty, has no effect on a push and none on the others.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from agents.hand import Hand, Talks
from agents.push import Lends, hand
from agents.ssh import Target
from netreg.detection.sighting import Heard
from netreg.enforcement.parts import Table
from netreg.enforcement.profile import DeviceProfile
from netreg.enforcement.reading import UnreadableAnswer
from netreg.enforcement.tables import parse_table
from netreg.errors import NetregError, PointError, UnexpectedOutput, Unreachable
from netreg.mac import MacAddress
from netreg.registry.commands.sightings import LEASES, note_source
from netreg.registry.detecting import note_names, take_in
from netreg.registry.models import Alert, Source
from netreg.store.base import now
from netreg.store.transaction import Transaction

# A bridge remembers one port for each address: only a few looks show one address on two of them.
_MOVING, _LOOKS = frozenset({"fdb"}), 3
STATIONS = "stations"
# A point that refused nobody, or has nobody on the air, is no blind eye; nor is one where IPv6 rests for a while.
_EMPTY_IS_AN_ANSWER = frozenset({"refused", STATIONS})
_MAY_BE_SILENT = _EMPTY_IS_AN_ANSWER | {"nd"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one table told: of whom, or why it could not be read."""

    kind: str
    heard: tuple[Heard, ...] = ()
    error: PointError | None = None


def read(sessions: Lends, target: Target, again: float) -> list[Told]:
    """What every table of the point's make tells, each read over its kept session; changes nothing there.

    A table is read a few times, `again` seconds apart, where one look cannot show all; in between the session is free
    for a push. Raises a PointError only where there could be no conversation with the point.
    """
    tables = target.profile.tables()
    told = _look(sessions, target, tables)
    moving = {one.kind: tables[one.kind] for one in told if one.kind in _MOVING and one.heard}
    for _ in range(_LOOKS - 1 if moving else 0):
        time.sleep(again)
        with suppress(PointError):
            more = _look(sessions, target, moving)
            told = [_with(one, more) for one in told]
    return told


def kick(session: Talks, target: Target, unwanted: Collection[MacAddress]) -> tuple[MacAddress, ...]:
    """End the connections of those of these addresses that are on the point's radios now; which they were.

    None where the make shows no stations, or cannot end a connection. Raises PointError, CommandRefused among them.
    """
    stations = target.profile.tables().get(STATIONS)
    if stations is None or target.profile.kick is None:
        return ()
    with closing(hand(session, target)) as worker:
        told = _told(worker, target, STATIONS, stations)
    if told.error is not None:
        raise told.error
    there = tuple(dict.fromkeys(one.mac for one in told.heard if one.mac in unwanted))
    if there:
        with closing(hand(session, target)) as worker:
            worker.kick(there)
    return there


def keep(tx: Transaction, point: str, told: Told, at: datetime, *, ignored: Iterable[MacAddress]) -> list[Alert]:
    """Store what a table of a point told, and return the alerts it opened.

    A table that never told anything is no source yet: not every router has a bridge, or gives out addresses.
    """
    name = f"{told.kind}:{point}"
    if told.error is not None:
        note_source(tx.session, name, at, error=str(told.error))
        return []
    if not told.heard and told.kind not in _EMPTY_IS_AN_ANSWER and _never_saw(tx, name):
        return []
    if told.kind == LEASES:
        note_names(tx, point, told.heard, at)
        return []
    silent = told.kind in _MAY_BE_SILENT
    return take_in(tx, told.kind, point, told.heard, at, ignored=ignored, may_be_silent=silent)


def note_failure(tx: Transaction, point: str, made: DeviceProfile, error: NetregError, at: datetime) -> None:
    """Remember that a point could not be asked: none of its tables that used to tell told anything."""
    for kind in made.tables():
        if tx.session.get(Source, f"{kind}:{point}") is not None:
            note_source(tx.session, f"{kind}:{point}", at, error=str(error))


def _never_saw(tx: Transaction, name: str) -> bool:
    source = tx.session.get(Source, name)
    return source is None or source.last_good is None


def _look(sessions: Lends, target: Target, tables: Mapping[str, Table]) -> list[Told]:
    told: list[Told] = []
    with sessions.use(target) as session, closing(hand(session, target)) as worker:
        worker.open()
        for kind, table in tables.items():
            told.append(_told(worker, target, kind, table))
            if isinstance(told[-1].error, Unreachable):
                # It broke off over this table; the others are asked for in a conversation of their own.
                worker.close()
    return told


def _told(worker: Hand, target: Target, kind: str, table: Table) -> Told:
    words, asked = target.profile.settled(target.parameters), now()
    try:
        text = worker.ask(f"reading the table {kind}", table.command)
        # A hand gives whole answers only; that of a prompt ends where the prompt's line begins.
        heard = parse_table(table, words, f"{text}\n", asked, target.profile.fill(table.port, words))
        # Of several looks each has its moment, also where the make does not tell it.
        return Told(kind, tuple(replace(one, at=one.at or asked) for one in heard) if kind in _MOVING else heard)
    except UnreadableAnswer as error:
        return Told(kind, error=UnexpectedOutput(target.name, f"the table {kind} is not readable: {error}"))
    except PointError as error:
        return Told(kind, error=error)


def _with(told: Told, more: Iterable[Told]) -> Told:
    """A table with what later looks at it add: other ports, and the moments in between."""
    return replace(told, heard=told.heard + tuple(one for add in more if add.kind == told.kind for one in add.heard))
