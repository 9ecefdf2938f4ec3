"""A calendar goes out and comes back the same; what cannot be honoured is named and nothing is loaded."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_dates import MONDAY_TO_FRIDAY, Dated, Span
from netreg.policy.calendar_files import from_csv, from_dict, guarded, to_csv, to_dict
from netreg.policy.calendar_ics import from_ics, to_ics

STAMP = datetime(2026, 11, 20, 19, tzinfo=UTC)
WINTER = Dated(date(2026, 12, 21), date(2027, 1, 6), "Segundo periodo vacacional", "Winter vacation", "Gaceta, dic.")
FEAST = Dated(date(2026, 3, 2), date(2026, 3, 2), "Fundación del Estado")

MINUTES = st.lists(st.integers(0, 24 * 60 - 1), max_size=6, unique=True).map(sorted)
HOURS = MINUTES.map(
    lambda minutes: tuple(
        Span(time(*divmod(start, 60)), time(*divmod(end, 60)))
        for start, end in zip(minutes[::2], minutes[1::2], strict=False)
    )
)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("=+-@',;\"\\\n:"), max_size=40).filter(
    lambda text: " ".join(text.split()).isprintable()
)
ROWS = st.builds(
    lambda first, length, es, en, source, hours: Dated(first, first + timedelta(length), es, en, source, hours),
    st.dates(date(2000, 1, 1), date(2098, 1, 1)),
    st.integers(0, 20),
    TEXTS.filter(str.strip),
    TEXTS,
    TEXTS,
    HOURS,
)


def apart(rows: list[Dated]) -> bool:
    """Whether no day has two sets of special hours."""
    opened = [day for row in rows if row.hours for day in row.days()]
    return len(opened) == len(set(opened))


CALENDARS = st.lists(ROWS, min_size=1, max_size=5).filter(apart).map(lambda rows: Calendar().with_rows(rows))


def refusal(read: Any, data: Any) -> InvalidValue:
    with pytest.raises(InvalidValue) as refused:
        read(data)
    assert refused.value.code.startswith("E_") and refused.value.field
    assert refused.value.message != refused.value.english
    return refused.value


# --- plain data -----------------------------------------------------------------------------------------------------

AS_TOML = """
timezone = "America/Mexico_City"
week = { mon = ["09:00","16:00"], tue = ["09:00","16:00"], wed = [["09:00","14:00"],["15:00","18:00"]], thu = [09:00:00, 16:00:00] }
statutory = "mx-lft-74"
version = 3
[[closed]]
from = 2026-12-21
to = 2027-01-06
es = "Segundo periodo vacacional"
en = "Winter vacation"
source = "Gaceta, dic."
[[closed]]
from = "02/03/2026"
es = "Fundación del Estado"
[[open]]
from = 2026-11-21
hours = ["09:00", "13:00"]
es = "Jornada de regularización"
"""  # noqa: E501


def test_a_calendar_is_read_as_it_stands_in_toml() -> None:
    calendar = from_dict(tomllib.loads(AS_TOML))
    assert calendar.version == 3 and calendar.statutory == "mx-lft-74"
    assert [len(spans) for spans in calendar.week] == [1, 1, 2, 1, 0, 0, 0]
    assert WINTER in calendar.rows and FEAST in calendar.rows
    assert calendar.hours_on(date(2026, 11, 21)) == (Span(time(9), time(13)),)


def test_what_is_left_out_has_its_default() -> None:
    assert from_dict({}) == Calendar() and Calendar().week == MONDAY_TO_FRIDAY


@given(CALENDARS)
def test_plain_data_survives_json_and_comes_back_equal(calendar: Calendar) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(calendar)))) == calendar


ROW = {"from": "2026-12-21", "es": "Vacaciones"}
BAD_DATA: list[tuple[dict[str, Any], str, str]] = [
    ({"weeks": {}}, "E_KEY", "calendar.weeks"),
    ({"week": {"lun": []}}, "E_KEY", "week.lun"),
    ({"week": []}, "E_TYPE", "week"),
    ({"week": {}}, "E_WEEK", "week"),
    ({"week": {"mon": ["16:00", "09:00"]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": ["09:00", "09:00"]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": ["9:00", "16:00"]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": ["09:00", "24:00"]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": ["09:00"]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": [time(9), time(16, 0, 30)]}}, "E_HOURS", "week.mon"),
    ({"week": {"mon": "09:00-16:00"}}, "E_TYPE", "week.mon"),
    ({"timezone": 6}, "E_TYPE", "timezone"),
    ({"timezone": "Mars/Olympus"}, "E_TIMEZONE", "timezone"),
    ({"version": True}, "E_TYPE", "version"),
    ({"version": "1"}, "E_TYPE", "version"),
    ({"statutory": ["none"]}, "E_STATUTORY", "statutory"),
    ({"closed": ROW}, "E_TYPE", "closed"),
    ({"closed": ["2026-12-21"]}, "E_TYPE", "closed[1]"),
    ({"closed": [ROW, ROW | {"form": 1}]}, "E_KEY", "closed[2].form"),
    ({"closed": [ROW | {"from": "2026-02-30"}]}, "E_DATE", "closed[1].from"),
    ({"closed": [ROW | {"from": STAMP}]}, "E_DATE", "closed[1].from"),
    ({"closed": [ROW | {"to": "2026-12-20"}]}, "E_RANGE", "closed[1].to"),
    ({"closed": [{"from": "2026-12-21"}]}, "E_REASON", "closed[1].es"),
    ({"closed": [ROW | {"es": 5}]}, "E_TYPE", "closed[1].es"),
    ({"closed": [ROW | {"hours": ["09:00", "13:00"]}]}, "E_HOURS", "closed[1].hours"),
    ({"open": [ROW]}, "E_HOURS", "open[1].hours"),
    ({"open": [ROW | {"hours": [["09:00", "13:00"], ["12:00", "14:00"]]}]}, "E_HOURS_OVERLAP", "open[1].hours"),
]


@pytest.mark.parametrize(("data", "code", "field"), BAD_DATA, ids=lambda value: str(value)[:40])
def test_wrong_data_is_refused_with_its_place(data: dict[str, Any], code: str, field: str) -> None:
    error = refusal(from_dict, data)
    assert (error.code, error.field) == (code, field)


# --- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'from,to,es,en,source\n2026-12-21,2027-01-06,Segundo periodo vacacional,Winter vacation,"Gaceta, dic."\n',
        "from;to;es;en;source\r\n21/12/2026;6/1/2027;Segundo periodo vacacional;Winter vacation;Gaceta, dic.\r\n;;;;\n",
        "\ufeffSource; EN ;ES;to;from\nGaceta, dic.;Winter vacation;Segundo periodo vacacional;06/01/2027;2026-12-21",
    ],
)
def test_a_csv_is_read_with_commas_or_semicolons_a_byte_order_mark_and_both_dates(text: str) -> None:
    assert from_csv(text) == from_csv(text.encode()) == (WINTER,)


def test_one_day_needs_no_end_and_english_and_source_may_be_left_out() -> None:
    assert from_csv("from,to,es\n02/03/2026,,Fundación del Estado\n") == (FEAST,)


def test_every_bad_row_is_named_by_its_number_and_none_is_loaded() -> None:
    error = refusal(
        from_csv,
        "from,to,es,en,source\n2026-03-02,,Buena,,\n2026-02-30,,No existe,,\n2026-05-05,2026-05-04,Al revés,,\n"
        "12/21/2026,,Mes y día,,\n2026-05-05,,,,\n2026-05-06,,Corto\n",
    )
    assert (error.code, error.field) == ("E_CSV", "file")
    for number in (3, 4, 5, 6, 7):
        assert f"renglón {number}:" in error.message and f"line {number}:" in error.english
    assert "renglón 2:" not in error.message and error.message.startswith("No se cargó nada.")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E_CSV_EMPTY"),
        (b"from,to,es,en,source\n\n", "E_CSV_EMPTY"),
        (b"from,to,motivo\n2026-03-02,,Fiesta\n", "E_CSV_HEADER"),
        (b"from,to,es,es\n2026-03-02,,Fiesta,Fiesta\n", "E_CSV_HEADER"),
        (b"from,to,es,en,source,nota\n2026-03-02,,Fiesta,,,\n", "E_CSV_HEADER"),
        ("from,to,es\n2026-03-02,,Fundación\n".encode("cp1252"), "E_ENCODING"),
        (b'from,to,es\n2026-03-02,,"Fiesta\n', "E_CSV_LINE"),
        (b'from,to,es\n2026-03-02,,"Fie"sta\n', "E_CSV_LINE"),
        (b"from,to,es\n" + b"2026-03-02,,Fiesta\n" * 60_000, "E_SIZE"),
    ],
)
def test_what_is_no_calendar_csv_is_refused_as_a_whole(data: bytes, code: str) -> None:
    assert refusal(from_csv, data).code == code


@given(CALENDARS)
def test_a_csv_comes_back_equal_and_no_cell_of_it_is_a_formula(calendar: Calendar) -> None:
    data = to_csv(calendar)
    assert data.startswith(b"\xef\xbb\xbf") and from_csv(data) == calendar.rows
    for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in line)


def test_w09_a_cell_that_starts_with_an_equals_sign_arrives_as_text() -> None:
    row = Dated(date(2026, 3, 2), date(2026, 3, 2), '=HYPERLINK("x")', "'=1+1", "+52 55")
    line = to_csv(Calendar().with_rows([row])).decode("utf-8-sig").splitlines()[1]
    assert next(csv.reader([line]))[2:] == ['\'=HYPERLINK("x")', "''=1+1", "'+52 55"]
    assert guarded("Día 1+1") == "Día 1+1" and guarded("'tis") == "'tis"


def test_the_hours_of_an_open_day_have_a_column_only_where_there_are_any() -> None:
    guard_day = Dated(FEAST.first, FEAST.last, "Guardia", hours=(Span(time(9), time(13)), Span(time(15), time(17))))
    assert to_csv(Calendar().with_rows([FEAST])).splitlines()[0].endswith(b"source")
    data = to_csv(Calendar().with_rows([guard_day]))
    assert b"09:00-13:00 15:00-17:00" in data and from_csv(data) == (guard_day,)


@given(st.text(max_size=200) | st.text("from,to;es\n\"'2026-1/=\x00\r", max_size=80).map("from,to,es\n".__add__))
def test_any_text_is_read_as_csv_or_refused_with_a_code(text: str) -> None:
    try:
        assert from_csv(text)
    except InvalidValue as error:
        assert error.code.startswith("E_")


# --- ICS ------------------------------------------------------------------------------------------------------------


def ics(*events: str, head: str = "VERSION:2.0\nPRODID:x\n", tail: str = "") -> str:
    """An iCalendar file with these events, each given as the lines inside it."""
    inside = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\n{head}{inside}{tail}END:VCALENDAR\n"


DAY = "DTSTART;VALUE=DATE:20261221\nSUMMARY:Vacaciones"


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (DAY, "2026-12-21"),
        (f"{DAY}\nDTEND;VALUE=DATE:20261222", "2026-12-21"),
        (f"{DAY}\nDTEND;VALUE=DATE:20270107", "2027-01-06"),
        (f"{DAY}\nDURATION:P1W", "2026-12-27"),
        (f"{DAY}\nDURATION:P1D", "2026-12-21"),
        (f"{DAY}\nDURATION:P366D", "2027-12-21"),
        (f"{DAY}\nSTATUS:CONFIRMED\nTRANSP:TRANSPARENT\nCLASS:PUBLIC\nDESCRIPTION:nada", "2026-12-21"),
        (f"{DAY}\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT30M\nEND:VALARM", "2026-12-21"),
        ("DTSTART:20261221\nSUMMARY;LANGUAGE=es:Vaca\n ciones", "2026-12-21"),
    ],
)
def test_the_end_of_a_whole_day_event_is_excluded(lines: str, last: str) -> None:
    expected = Dated(date(2026, 12, 21), date.fromisoformat(last), "Vacaciones", "", "Gaceta")
    assert from_ics(ics(lines), "Gaceta") == (expected,)
    assert from_ics(b"\xef\xbb\xbf" + ics(lines).replace("\n", "\r\n").encode(), "Gaceta") == (expected,)


def test_zones_are_passed_over_because_whole_days_need_none() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:VTIMEZONE\n"
    assert len(from_ics(ics(DAY, tail=zone))) == 1


NOT_HONOURED = {
    "with a time": "DTSTART:20261221T090000Z\nSUMMARY:Junta",
    "with a zone": "DTSTART;TZID=America/Mexico_City:20261221T000000\nSUMMARY:Junta",
    "with an end that has a time": f"{DAY}\nDTEND:20261222T000000",
    "of some hours": f"{DAY}\nDURATION:PT36H",
    "of no length": f"{DAY}\nDURATION:P0D",
    "that runs backwards": f"{DAY}\nDURATION:-P2D",
    "with two lengths": f"{DAY}\nDURATION:P1D\nDTEND;VALUE=DATE:20261222",
    "that ends when it begins": f"{DAY}\nDTEND;VALUE=DATE:20261221",
    "of two years": f"{DAY}\nDTEND;VALUE=DATE:20281221",
    "with an impossible length": f"{DAY}\nDURATION:P99999999999D",
    "at the beginning of time": "DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:00010101\nSUMMARY:x",
    "at the end of time": "DTSTART;VALUE=DATE:99991231\nDURATION:P30D\nSUMMARY:x",
    "repeated": f"{DAY}\nRRULE:FREQ=YEARLY",
    "repeated nonsensically": f"{DAY}\nRRULE:FREQ=BAD",
    "with more dates": f"{DAY}\nRDATE;VALUE=DATE:20261224",
    "with dates taken out": f"{DAY}\nEXDATE;VALUE=DATE:20261224",
    "changed from a series": f"{DAY}\nRECURRENCE-ID;VALUE=DATE:20261220",
    "cancelled": f"{DAY}\nSTATUS:CANCELLED",
    "tentative": f"{DAY}\nSTATUS:TENTATIVE",
    "without a day": "SUMMARY:Vacaciones",
    "without a summary": "DTSTART;VALUE=DATE:20261221",
    "with a day that does not exist": "DTSTART;VALUE=DATE:20260230\nSUMMARY:x",
    "with a day as text": "DTSTART;VALUE=TEXT:20261221\nSUMMARY:x",
    "with two days": f"{DAY}\nDTSTART;VALUE=DATE:20261222",
    "with two summaries": f"{DAY}\nSUMMARY:Otra",
    "with hours that are none": f"{DAY}\nX-NETREG-HOURS:9-13",
}


@pytest.mark.parametrize("what", NOT_HONOURED)
def test_an_event_we_cannot_honour_is_named_and_nothing_is_loaded(what: str) -> None:
    error = refusal(from_ics, ics(DAY, NOT_HONOURED[what]))
    assert (error.code, error.field) == ("E_ICS", "file")
    assert "evento 2" in error.message and "línea 9" in error.message and "event 2" in error.english
    assert "evento 1" not in error.message


def test_every_event_we_cannot_honour_is_named() -> None:
    error = refusal(from_ics, ics(NOT_HONOURED["repeated"], DAY, NOT_HONOURED["cancelled"]))
    assert "evento 1 «Vacaciones» (línea 4)" in error.message and "evento 3" in error.message


def test_a_long_title_is_shortened_where_an_event_is_named() -> None:
    for letters, shown in ((40, "x" * 40), (41, "x" * 40 + "…")):
        error = refusal(from_ics, ics(f"SUMMARY:{'x' * letters}"))
        assert f"«{shown}»" in error.message and f"“{shown}”" in error.english


MALFORMED = {
    "a line that is none": (ics(f"{DAY}\nfoo"), 8),
    "a control character": (ics("DTSTART;VALUE=DATE:20261221\nSUMMARY:Va\x07ca"), 7),
    "no calendar": ("hola", 1),
    "an event outside a calendar": ("BEGIN:VEVENT\nEND:VEVENT\n", 1),
    "an event that does not end": ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VCALENDAR\n", 4),
    "a calendar that does not end": ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n", 3),
    "two calendars": (ics(DAY) + ics(DAY), 10),
    "a task": (ics(DAY, tail="BEGIN:VTODO\nDUE:20261221\nEND:VTODO\n"), 9),
    "an event inside an event": (ics(f"{DAY}\nBEGIN:VEVENT\nEND:VEVENT"), 8),
    "something after the end": (ics(DAY) + "X:1\n", 10),
    "an end of nothing": ("END:VCALENDAR\n", 1),
    "a list of cancellations": (ics(DAY, head="METHOD:CANCEL\n"), 2),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_file_is_refused_with_the_line(what: str) -> None:
    text, line = MALFORMED[what]
    error = refusal(from_ics, text)
    assert error.code == "E_ICS_LINE" and f"renglón {line} " in error.message and f"Line {line} " in error.english


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "E_ICS_EMPTY"),
        (ics(), "E_ICS_EMPTY"),
        (ics(DAY).encode("utf-16"), "E_ENCODING"),
        (ics(DAY) + "\n" * 1_000_000, "E_SIZE"),
    ],
)
def test_a_file_without_events_or_too_large_is_refused(data: bytes | str, code: str) -> None:
    assert refusal(from_ics, data).code == code


@given(CALENDARS)
def test_an_ics_file_comes_back_equal(calendar: Calendar) -> None:
    data = to_ics(calendar, STAMP)
    assert from_ics(data) == calendar.rows and to_ics(calendar, STAMP) == data


def test_an_exported_range_ends_the_day_after_and_says_when_it_was_written() -> None:
    text = to_ics(Calendar().with_rows([WINTER]), STAMP).decode()
    assert "DTSTART;VALUE=DATE:20261221" in text and "DTEND;VALUE=DATE:20270107" in text
    assert "DTSTAMP:20261120T190000Z" in text and "\r\n" in text


LINES = st.lists(
    st.sampled_from(
        (
            "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VEVENT ", "BEGIN:VALARM",
            "END:VALARM", "DTSTART;VALUE=DATE:20261221", "DTSTART:", "DTEND;VALUE=DATE:20261222", "SUMMARY:x",
            " y", "", "DURATION:P1D", "dtstart;tzid=\"a:b\":20261221T000000", "SUMMARY;ENCODING=BASE64;VALUE=BINARY:!",
            "RRULE:", "STATUS:", "ATTENDEE;CN=\"x\":mailto:x", "CATEGORIES:a\\,b,c", "GEO:1;2", "X-NETREG-HOURS:\\;",
        )
    ),
    max_size=14,
).map("\n".join)  # fmt: skip


@given(st.text(max_size=200) | LINES | LINES.map(ics) | st.text(st.characters(codec="utf-8"), max_size=60).map(ics))
def test_any_text_is_read_as_ics_or_refused_with_a_code(text: str) -> None:
    try:
        assert from_ics(text)
    except InvalidValue as error:
        assert error.code.startswith("E_")
