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
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.mac import WRITTEN, masked_in
from netreg.policy.calendar_files import guarded
from netreg.store.audit import AuditEvent

# So many are read at first, which is what a page shows: to find more of what is rare goes through years of rows.
_PAGE, _BATCH = 50, 500
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


def find(
    session: Session, sought: Sought, zone: ZoneInfo, *, whole: bool, before: int | None = None
) -> Iterator[AuditEvent]:
    """The events that fit, the newest first, from below number `before` on; read as they are asked for.

    Without `whole` the reader sees addresses masked.
    """
    if not whole and masked_in(sought.subject) != sought.subject:
        return
    query, most = _query(session, sought, zone).order_by(AuditEvent.seq.desc()), _PAGE
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
        query = query.where(AuditEvent.at < _start(sought.until + timedelta(days=1), zone))
    if sought.text:
        # LIKE of SQLite takes A to Z and a to z as the same; to lower years of rows takes as long as to look at them.
        plain = session.get_bind().dialect.name == "sqlite"
        data = AuditEvent.data if plain else func.lower(AuditEvent.data)
        query = query.where(data.contains(_stored(sought.text), autoescape=True))
    return query


def _start(day: date, zone: ZoneInfo) -> str:
    """The first instant of a day at the office, as rows have it."""
    return datetime.combine(day, time(), zone).astimezone(UTC).isoformat(timespec="microseconds")


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
