"""The office's calendar: the year as it counts, and what changes it. Every change is seen before it is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.errors import ConcurrentChange, InvalidValue, Refused
from netreg.policy import calendar_files, calendar_ics, calendar_year
from netreg.policy.calendar import Calendar, missing_year
from netreg.policy.calendar_cells import day_of, hours_of
from netreg.policy.calendar_dates import FIRST_YEAR, LAST_YEAR, Dated
from netreg.procedures import calendars, tickets
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal import dates
from portal.access import permitted, today
from portal.rows import act, keep_typed, reading, refusal_text, store

pages = Blueprint("calendar", __name__, url_prefix="/calendar")

_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


def _current() -> Calendar:
    return calendars.current(reading(), store().office)


@pages.get("")
@permitted("calendar.see")
def show() -> ResponseReturnValue:
    """A year: its working days, the days of the law, and the exceptions somebody loaded."""
    calendar, year = _current(), _year()
    return render_template(
        "pages/calendar.html",
        calendar=calendar,
        year=year,
        months=calendar_year.months(calendar, year),
        law_days=calendar_year.law_days(calendar, year),
        exceptions=[(n, row) for n, row in enumerate(calendar.rows) if row.first.year <= year <= row.last.year],
        missing=missing_year(calendar, today()),
        years=(year - 1 if year > FIRST_YEAR else None, year + 1 if year < LAST_YEAR else None),
    )


def _year() -> int:
    typed = request.args.get("year", "")
    return int(typed) if _NUMBER.fullmatch(typed) and FIRST_YEAR <= int(typed) <= LAST_YEAR else today().year


@pages.get("/days.csv")
@permitted("calendar.see")
def as_csv() -> ResponseReturnValue:
    """The dated rows, to correct in a spreadsheet and load again."""
    return _download(calendar_files.to_csv(_current()), "text/csv", "calendario.csv")


@pages.get("/days.ics")
@permitted("calendar.see")
def as_ics() -> ResponseReturnValue:
    """The dated rows, for the calendar of a phone."""
    return _download(calendar_ics.to_ics(_current(), now()), "text/calendar", "calendario.ics")


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@pages.post("/preview")
@permitted("calendar.change")
def preview() -> ResponseReturnValue:
    """What a change would do: the dates that come and go, and the terms it would move. Nothing is stored."""
    before = _current()
    try:
        after = before.with_rows(_wanted(before))
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        keep_typed()
        return redirect(url_for(".show"), code=303)
    return render_template(
        "pages/calendar_preview.html",
        seen=before.version,
        added=[row for row in after.rows if row not in before.rows],
        taken=[row for row in before.rows if row not in after.rows],
        moved=tickets.moved_terms(reading(), after),
        rows=json.dumps(_plain(after), ensure_ascii=False),
    )


def _wanted(before: Calendar) -> Iterable[Dated]:
    """The dated rows after the change that was asked for: one more, one less, or those of a file."""
    action = request.form.get("action", "")
    if action == "add":
        return (*before.rows, _typed_row())
    if action == "take":
        return _without(before, request.form.get("row", ""), request.form.get("seen", ""))
    loaded = _uploaded()
    return loaded if request.form.get("how") == "replace" else (*before.rows, *loaded)


def _typed_row() -> Dated:
    first = day_of(request.form.get("from", ""), "from")
    last: date = day_of(request.form["to"], "to") if request.form.get("to") else first
    es, en, source = (request.form.get(name, "") for name in ("es", "en", "source"))
    return Dated(first, last, es, en, source, hours_of(request.form.get("hours", "")))


def _without(before: Calendar, row: str, seen: str) -> Iterable[Dated]:
    """A row is named by its place in a version: in another one it may be another row."""
    if seen != str(before.version) or not _NUMBER.fullmatch(row) or int(row) >= len(before.rows):
        raise ConcurrentChange(
            "El calendario cambió desde que abrió la página; no se quitó nada.",
            "The calendar changed since you opened the page; nothing was taken out.",
        )
    return (*before.rows[: int(row)], *before.rows[int(row) + 1 :])


def _uploaded() -> tuple[Dated, ...]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidValue("Elija un archivo CSV o ICS.", "Choose a CSV or ICS file.", code="E_FILE", field="file")
    content = sent.read()
    if sent.filename.lower().endswith(".ics"):
        return calendar_ics.from_ics(content)
    return calendar_files.from_csv(content)


@pages.post("/load")
@permitted("calendar.change")
def load() -> ResponseReturnValue:
    """Store the change that was looked at, unless somebody changed the calendar meanwhile."""

    def command(tx: Transaction) -> None:
        seen = request.form.get("seen", "")
        if not _NUMBER.fullmatch(seen):
            raise _stale()
        tickets.load_calendar(tx, _sent_rows(), int(seen))

    return act(command, _("Se guardó el calendario."), url_for(".show"))


def _plain(calendar: Calendar) -> dict[str, object]:
    """The dated rows as the preview hands them on to `load`."""
    plain = calendar_files.to_dict(calendar)
    return {name: plain[name] for name in ("closed", "open")}


def _sent_rows() -> tuple[Dated, ...]:
    try:
        sent = json.loads(request.form.get("rows", ""))
    except (ValueError, RecursionError) as error:
        raise _stale() from error
    if not isinstance(sent, dict) or not set(sent) <= {"closed", "open"}:
        raise _stale()
    return calendar_files.from_dict(sent).rows


def _stale() -> InvalidValue:
    return InvalidValue("Vuelva a abrir la página.", "Open the page again.", field="seen")


def days_text(row: Dated) -> str:
    """The days of a row as people read them."""
    if row.first == row.last:
        return dates.day(row.first)
    return _("del %(first)s al %(last)s", first=dates.day(row.first), last=dates.day(row.last))


pages.add_app_template_global(days_text)
