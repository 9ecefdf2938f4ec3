"""The proof that somebody looks: every source, when it last worked, and what it sees (CIS Controls v8, 1.3 to 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.config_detection import Scan
from netreg.detection import sources
from netreg.detection.sources import CAPTURE, SWEEP
from netreg.registry import queries
from netreg.registry.commands.sightings import GAP, LEASES
from netreg.registry.models import Sighting, Source, Stay
from netreg.registry.profiles import names, profile

# Which safeguard a source is the proof of: 1.3 active discovery, 1.4 the log of DHCP, 1.5 passive discovery.
SAFEGUARDS = {SWEEP: "1.3", LEASES: "1.4"}
PASSIVE = "1.5"
SEES = "sees"


@dataclass(frozen=True, slots=True)
class View:
    """One source: its kind and place, when it last saw something, since when without a long gap, what went wrong.

    `blind` is one that gave nothing for longer than the settings allow. One that has `ended` is not asked any more, and
    is neither blind nor dim.
    """

    name: str
    kind: str
    place: str
    last_good: datetime | None
    good_since: datetime | None
    last_tried: datetime
    error: str
    blind: bool
    dim: bool
    ended: datetime | None

    @property
    def state(self) -> str:
        """Whether it is not asked any more (ended), is blind, sees far less than on other weeks (dim), or sees."""
        if self.ended is not None:
            return "ended"
        return "blind" if self.blind else "dim" if self.dim else SEES

    def named(self, language: str) -> str:
        """As a person calls it: what kind it is, and where it looks."""
        return sources.called(self.name)[language == "en"]

    @property
    def safeguard(self) -> str:
        return SAFEGUARDS.get(self.kind, PASSIVE)


def look(session: Session, at: datetime, limit: timedelta) -> list[View]:
    """Every source by its safeguard and name, those that ended last; `limit` is how long one may be silent."""
    views = [_view(row, at, limit) for row in session.scalars(select(Source))]
    return sorted(views, key=lambda one: (one.ended is not None, one.safeguard, one.name))


def looking(session: Session, at: datetime, limit: timedelta) -> int:
    """How many sources see."""
    return sum(one.state == SEES for one in look(session, at, limit))


def asked(session: Session, scan: Scan) -> frozenset[str]:
    """The names of all sources that the settings and the points in service give: what is looked at."""
    segments = {f"{SWEEP}:{one.name}" for one in scan.segment}
    listening = {f"{CAPTURE}:{one.name}" for one in scan.segment if one.listen}
    files = {f"{LEASES}:{one.name}" for one in scan.leases}
    tables = {
        f"{kind}:{point.name}"
        for point in queries.points_to_ask(session) if point.profile in names()
        for kind in profile(point.profile).tables()
    }  # fmt: skip
    return frozenset(segments | listening | files | tables)


def _view(row: Source, at: datetime, limit: timedelta) -> View:
    kind, _colon, place = row.name.partition(":")
    is_blind = row.ended is None and (row.last_good is None or at - row.last_good > limit)
    return View(
        row.name, kind, place, row.last_good, row.good_since, row.last_tried, row.error,
        is_blind, row.dim is not None, row.ended,
    )  # fmt: skip


def hearing(session: Session, at: datetime) -> dict[str, int]:
    """How many devices each source hears now, by its name; a lease file tells names, which count for it alone.

    One that hears none is left out.
    """
    since = at - GAP
    heard = select(Stay.source, Stay.place, func.count(Stay.mac.distinct())).where(Stay.until >= since)
    told = select(Sighting.source, Sighting.place, func.count()).where(
        Sighting.source == LEASES, Sighting.last_seen >= since
    )
    rows = [
        *session.execute(heard.group_by(Stay.source, Stay.place)),
        *session.execute(told.group_by(Sighting.source, Sighting.place)),
    ]
    return {f"{source}:{place}": number for source, place, number in rows}
