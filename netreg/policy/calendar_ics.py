"""A calendar's dated rows from and to iCalendar (RFC 5545): whole-day events, all of them or none."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from netreg.policy.calendar import Calendar
from netreg.policy.calendar_cells import (
    Where,
    all_or_none,
    hours_of,
    hours_text,
    refused,
    shown,
    text_of,
)
from netreg.policy.calendar_dates import LONGEST_RANGE, ONE_DAY, Dated, check_day

if TYPE_CHECKING:
    from icalendar import Event

# Inside an event these say that it has other days than the ones written, or that it is no longer true.
_NOT_HONOURED = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_ONCE = ("DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "X-NETREG-EN", "X-NETREG-SOURCE", "X-NETREG-HOURS")
# Neither changes which days are closed: one explains zones that a whole day does not need, the other rings a bell.
_HARMLESS = frozenset({"VTIMEZONE", "VALARM"})

_PARAMETER = r'[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*'
_CONTENT_LINE = re.compile(rf"(?P<name>[A-Za-z0-9-]+)(?:;{_PARAMETER})*:(?P<value>.*)", re.ASCII | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Line:
    """One content line of an ICS file, unfolded: the number of its first line, its name, its value."""

    number: int
    text: str
    name: str
    value: str


def from_ics(data: bytes | str, source: str = "") -> tuple[Dated, ...]:
    """The rows of an iCalendar file (RFC 5545): whole-day events, ranges with their end excluded.

    `source` is written on rows that carry none. Raises InvalidValue E_ICS naming the line of what is malformed, or
    every event we cannot honour: with a time of day, repeated, cancelled, without a day or a summary.
    """
    events = _events(_content_lines(text_of(data, "E_ICS")))
    if not events:
        raise refused("E_ICS_EMPTY", "file")
    return all_or_none(
        ((_where(number, lines), lines) for number, lines in enumerate(events, 1)),
        lambda lines: _row_of_event(_parsed(lines), source),
        "E_ICS",
    )


def to_ics(calendar: Calendar, stamp: datetime) -> bytes:
    """The dated rows as an iCalendar file that calendars on phones and desktops can read, and `from_ics` reads back.

    `stamp` is the instant of the export. The statutory holidays are a rule, not rows, and are not in the file.
    """
    from icalendar import Calendar as File  # a quarter of a second that only this export and import pay

    file = File()
    file.add("prodid", "-//netreg//calendar//ES")
    file.add("version", "2.0")
    for row in calendar.rows:
        file.add_component(_event_of(row, stamp))
    return bytes(file.to_ical())


def _event_of(row: Dated, stamp: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", hashlib.sha256(repr(row).encode()).hexdigest()[:32] + "@netreg")
    event.add("dtstamp", stamp)
    event.add("dtstart", row.first)
    event.add("dtend", row.last + ONE_DAY)
    event.add("summary", row.es)
    extra = {"x-netreg-en": row.en, "x-netreg-source": row.source, "x-netreg-hours": hours_text(row.hours)}
    for name, value in extra.items():
        if value:
            event.add(name, value)
    return event


def _content_lines(text: str) -> list[_Line]:
    """The lines of the file, unfolded; refused at the first that is no content line.

    The library leaves out a malformed line inside an event without a word, hence this look before it.
    """
    folded: list[tuple[int, list[str]]] = []
    for number, raw in enumerate(re.split(r"\r?\n", text), 1):
        if raw[:1] in (" ", "\t") and folded:
            folded[-1][1].append(raw[1:])
        elif raw:
            folded.append((number, [raw]))
    return [_content_line(number, "".join(parts)) for number, parts in folded]


def _content_line(number: int, text: str) -> _Line:
    match = _CONTENT_LINE.fullmatch(text)
    if match is None or _CONTROL.search(text):
        raise refused("E_ICS_LINE", "file", line=number)
    return _Line(number, text, match["name"].upper(), match["value"])


def _events(lines: list[_Line]) -> list[list[_Line]]:
    """The lines of each event; refused where the nesting is broken or something stands there that is no event."""
    events: list[list[_Line]] = []
    open_: list[str] = []
    for line in lines:
        _check_place(line, open_, first=line is lines[0])
        if line.name == "BEGIN":
            open_.append(line.value.strip().upper())
            if open_[-1] == "VEVENT":
                events.append([])
        if len(open_) > 1 and open_[1] == "VEVENT" and not _HARMLESS & set(open_):
            events[-1].append(line)
        if line.name == "END":
            open_.pop()
    if open_:
        raise refused("E_ICS_LINE", "file", line=lines[-1].number)
    return events


def _check_place(line: _Line, open_: list[str], *, first: bool) -> None:
    """Refuse a line that cannot stand where it stands, given the components that are open."""
    value = line.value.strip().upper()
    if line.name == "BEGIN":
        fits = _may_begin(value, open_, first=first)
    elif line.name == "END":
        fits = bool(open_) and value == open_[-1]
    else:
        fits = bool(open_) and (line.name, value) != ("METHOD", "CANCEL")
    if not fits:
        raise refused("E_ICS_LINE", "file", line=line.number)


def _may_begin(kind: str, open_: list[str], *, first: bool) -> bool:
    if not open_:
        return first and kind == "VCALENDAR"
    if len(open_) == 1:
        return kind in ("VEVENT", "VTIMEZONE")
    return kind == "VALARM" if open_[1] == "VEVENT" else open_[1] == "VTIMEZONE"


def _where(number: int, lines: list[_Line]) -> Where:
    title = next((shown(line.value) for line in lines if line.name == "SUMMARY"), "")
    line = lines[0].number
    return Where(f"evento {number} «{title}» (línea {line})", f"event {number} “{title}” (line {line})")


def _parsed(lines: list[_Line]) -> Event:
    """The event the library reads from these lines; refused where it could not make sense of a property."""
    from icalendar import Event

    try:
        event = Event.from_ical("\r\n".join([*(line.text for line in lines), ""]))
    except ValueError as error:
        raise refused("E_ICS_VALUE", "file") from error
    if not isinstance(event, Event) or event.errors:
        raise refused("E_ICS_VALUE", "file")
    return event


def _row_of_event(event: Event, source: str) -> Dated:
    _check_honoured(event)
    first = _whole_day(event, "DTSTART")
    return Dated(
        first,
        _last_day(event, first),
        str(event.get("SUMMARY", "")),
        str(event.get("X-NETREG-EN", "")),
        str(event.get("X-NETREG-SOURCE", source)),
        hours_of(str(event.get("X-NETREG-HOURS", ""))),
    )


def _check_honoured(event: Event) -> None:
    for name in _NOT_HONOURED:
        if name in event:
            raise refused("E_ICS_REPEATED", name)
    for name in _ONCE:
        if isinstance(event.get(name), list):
            raise refused("E_ICS_VALUE", name)
    if str(event.get("STATUS", "CONFIRMED")).upper() != "CONFIRMED":
        raise refused("E_ICS_STATUS", "STATUS")


def _whole_day(event: Event, name: str) -> date:
    """The day of a property; refused when it is missing, has a time of day, or lies in a year we do not know."""
    value = getattr(event.get(name), "dt", None)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refused("E_ICS_TIME", name)
    check_day(value)
    return value


def _last_day(event: Event, first: date) -> date:
    """The last day included: DTEND is the day after it, DURATION counts days, neither means one day."""
    if "DTEND" in event and "DURATION" in event:
        raise refused("E_ICS_VALUE", "DURATION")
    if "DTEND" in event:
        return _whole_day(event, "DTEND") - ONE_DAY
    if "DURATION" not in event:
        return first
    length = getattr(event["DURATION"], "dt", None)
    if not isinstance(length, timedelta) or length % ONE_DAY or not ONE_DAY <= length <= LONGEST_RANGE * ONE_DAY:
        raise refused("E_ICS_TIME", "DURATION")
    return first + length - ONE_DAY
