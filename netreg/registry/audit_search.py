"""Look something up in the audit log. Whoever sees addresses masked finds nothing by what is masked: a search that
answers whether a whole address is there would tell it, digit by digit.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.mac import WRITTEN, masked_in
from netreg.policy.calendar_files import guarded
from netreg.store.audit import AuditEvent

# So many are read at first, which is what a page shows: to find more of what is rare goes through years of rows.
_PAGE, _BATCH = 50, 500
# A page of what no index finds looks through so many rows: the log grows for years, and a page is no slower for it.
REACH = 40_000
COLUMNS = ("Número", "Cuándo", "Quién", "Qué", "De qué", "Qué pasó", "Motivo", "Antes", "Después", "Petición")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: everything that is not empty has to hold.

    `name` is an event's name or how it begins (`device.`), the days are the office's, `text` stands anywhere in the
    event's facts, in capitals or not.
    """

    subject: str = ""
    actor: str = ""
    name: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return self != Sought()


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found: `older` is the number below which the next one goes on, None where there is none.

    `reached` is the row at which the search stopped before the page was full.
    """

    events: list[AuditEvent]
    older: int | None = None
    reached: AuditEvent | None = None


def page(session: Session, sought: Sought, zone: ZoneInfo, *, whole: bool, before: int | None = None) -> Found:
    """The newest that fit below number `before`, as many as a page has; of years of rows not all are looked at."""
    floor = _floor(session, sought, zone, before)
    found = find(session, sought, zone, whole=whole, before=before, down_to=floor)
    events = list(islice(found, _PAGE))
    if len(events) == _PAGE:
        return Found(events, events[-1].seq)
    reached = session.get(AuditEvent, floor) if floor > 1 else None
    if reached is None or (sought.since and reached.at < _start(sought.since, zone)):
        return Found(events)
    return Found(events, floor, reached)


def _floor(session: Session, sought: Sought, zone: ZoneInfo, before: int | None) -> int:
    """The last row that a page looks at. What is told of one subject or by an event's name has an index."""
    if sought.subject or not (sought.text or sought.actor):
        return 1
    newest = select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).limit(1)
    if sought.until:
        newest = newest.where(AuditEvent.at < _end(sought.until, zone))
    last = session.scalar(newest) or 1
    return max(1, min(last + 1, before or last + 1) - REACH)


def find(
    session: Session, sought: Sought, zone: ZoneInfo, *, whole: bool, before: int | None = None, down_to: int = 1
) -> Iterator[AuditEvent]:
    """The events that fit, the newest first, from below number `before` down to one; read as they are asked for.

    Without `whole` the reader sees addresses masked.
    """
    if not whole and masked_in(sought.subject) != sought.subject:
        return
    query, most = _query(session, sought, zone).order_by(AuditEvent.seq.desc()), _PAGE
    query = query.where(AuditEvent.seq >= down_to) if down_to > 1 else query
    while True:
        fits = query if before is None else query.where(AuditEvent.seq < before)
        rows = session.scalars(fits.limit(most)).all()
        for row in rows:
            if whole or _is_in(sought.text, masked_in(row.data)):
                yield row
        if len(rows) < most:
            return
        before, most = rows[-1].seq, _BATCH


def _query(session: Session, sought: Sought, zone: ZoneInfo) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if sought.subject:
        query = query.where(AuditEvent.subject == sought.subject)
    if sought.actor:
        query = query.where(func.lower(AuditEvent.actor) == sought.actor.lower())
    if sought.name:
        query = query.where(AuditEvent.name.startswith(sought.name, autoescape=True))
    if sought.since:
        query = query.where(AuditEvent.at >= _start(sought.since, zone))
    if sought.until:
        query = query.where(AuditEvent.at < _end(sought.until, zone))
    if sought.text:
        # LIKE of SQLite takes A to Z and a to z as the same; to lower years of rows takes as long as to look at them.
        plain = session.get_bind().dialect.name == "sqlite"
        data = AuditEvent.data if plain else func.lower(AuditEvent.data)
        query = query.where(data.contains(_stored(sought.text), autoescape=True))
    return query


def _start(day: date, zone: ZoneInfo) -> str:
    """The first instant of a day at the office, as rows have it."""
    return datetime.combine(day, time(), zone).astimezone(UTC).isoformat(timespec="microseconds")


def _end(day: date, zone: ZoneInfo) -> str:
    """The first instant after a day at the office."""
    return _start(day + timedelta(days=1), zone)


def _stored(typed: str) -> str:
    """A text as it stands in a stored document. SQLite lowers A to Z alone, so we do as well."""
    lowered = "".join(char.lower() if char.isascii() else char for char in typed)
    return json.dumps(lowered, ensure_ascii=False)[1:-1]


def _is_in(typed: str, data: str) -> bool:
    return not typed or _stored(typed) in "".join(char.lower() if char.isascii() else char for char in data)


def one(session: Session, seq: int) -> AuditEvent:
    """The event with this number; raises NotFound."""
    row = session.get(AuditEvent, seq) if 0 < seq < 2**31 else None
    if row is None:
        raise NotFound("No hay ese renglón en la bitácora.", "There is no such row in the audit log.")
    return row


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of an event, as it was before and after; None where it was not told."""

    name: str
    before: str | None
    after: str | None


def differences(row: AuditEvent) -> list[Difference]:
    """What the event says of before and after, thing by thing."""
    before, after = row.facts["before"], row.facts["after"]
    return [Difference(name, _said(before, name), _said(after, name)) for name in sorted(before.keys() | after.keys())]


def _said(document: dict[str, object], name: str) -> str | None:
    if name not in document:
        return None
    value = document[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def addresses(rows: Iterable[AuditEvent]) -> int:
    """How many different whole addresses stand in these events."""
    found: set[str] = set()
    for row in rows:
        found |= {one.lower() for one in WRITTEN.findall(f"{row.subject} {row.data}")}
    return len(found)


def to_csv(rows: Iterable[AuditEvent], zone: ZoneInfo, language: str, *, whole: bool) -> Iterator[bytes]:
    """The events as CSV, line by line, in UTF-8 with its mark; no cell is run as a formula by a spreadsheet."""
    yield _line(COLUMNS).encode("utf-8-sig")
    for row in rows:
        cells = _cells(row, zone, language)
        yield _line(cells if whole else tuple(masked_in(cell) for cell in cells)).encode("utf-8")


def _cells(row: AuditEvent, zone: ZoneInfo, language: str) -> tuple[str, ...]:
    facts = row.facts
    before, after = (json.dumps(facts[key], ensure_ascii=False) if facts[key] else "" for key in ("before", "after"))
    moment = row.when.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    said = row.sentence(language)
    return (
        str(row.seq),
        moment,
        row.actor,
        row.name,
        row.subject,
        said,
        facts["reason"],
        before,
        after,
        row.request_id,
    )


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([guarded(cell) for cell in cells])
    return text.getvalue()
