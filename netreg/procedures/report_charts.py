"""The charts of the report: each a picture with the table behind it, whose numbers lead to their folios."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date

from netreg.procedures import pictures
from netreg.procedures.counting import Count, Month, percent_text
from netreg.procedures.figures import Part, Report
from netreg.procedures.pictures import Picture, Series
from netreg.procedures.report_lines import (
    ATTENDED,
    RECEIVED,
    SHARE,
    Cell,
    Number,
    Pair,
    Say,
    hours_text,
    lines,
    reason,
    share_text,
    spanish,
)
from netreg.procedures.trends import Overview

# A picture of more bars than these is a table; the table has them all.
MOST_BARS = 10
# Where there are no links the folios stand in the table itself, which is another one (report_sheet).
WITH_FOLIOS = ("reasons", "returns")
MONTH: Pair = ("Mes", "Month")
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, empty where there is nothing to draw, with the table behind it.

    `by_month` ones show the whole year; the tables of `printed` ones are on the signed sheet as they are.
    """

    picture: Picture
    svg: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    by_month: bool = False
    printed: bool = False


def charts(found: Overview, say: Say = spanish) -> list[Chart]:
    """Every chart of the report, in the order in which they are shown."""
    report = found.report
    shown = [_months(found, say), _hours(found, say)]
    if found.has_term:
        shown.append(_term(found, say))
    if found.has_lead:
        shown.append(_lead(found, say))
    if len(report.by_procedure) > 1:
        titles = {code: title.text(say("es", "en")) for code, title in found.titles.items()}
        title = say("Por procedimiento", "By procedure")
        shown.append(_parts("procedure", title, report.by_procedure, report, say, titles))
    if report.by_area:
        shown.append(_parts("area", say("Por área", "By area"), report.by_area, report, say, {}))
    return [*shown, _reasons(report, say), _returns(report, say), _weekdays(report, say), *_workload(found, say)]


def called(found: Overview, say: Say = spanish) -> dict[str, str]:
    """What each number of the month and of the open work is called, by its key."""
    names = {line.key: line.what for line in lines(found, say) if line.key}
    for chart in charts(found, say):
        for label, *cells in chart.rows:
            for column, cell in zip(chart.columns[1:], cells, strict=True):
                if isinstance(cell, Number):
                    names.setdefault(cell.key, column if chart.by_month else f"{label}: {column}")
    return names | {"timed": say("Medidas", "Timed")}


# --- by month -------------------------------------------------------------------------------------------------------


def _months(found: Overview, say: Say) -> Chart:
    return _by_month(
        found, "months", say("Recibidas y atendidas por mes", "Received and attended by month"), say,
        say("Dos columnas por mes: las recibidas y las atendidas.", "Two columns a month: received and attended."),
        (say(*RECEIVED), lambda one: len(one.official.received)),
        (say(*ATTENDED), lambda one: len(one.official.attended)),
        columns=(say(*MONTH), say(*RECEIVED), say(*ATTENDED),
                 say("De meses anteriores", "From earlier months"), say(*SHARE)),
        row=lambda one: (
            _number(one.official.received, "received", one), _number(one.official.attended, "attended", one),
            _number(one.official.carried_over, "carried_over", one), one.official.text(say("es", "en")),
        ),
    )  # fmt: skip


def _hours(found: Overview, say: Say) -> Chart:
    median, tenth = say("Mediana", "Median"), say("Nueve de cada diez", "Nine in ten")
    terms = {case.term for case in found.cases.values()}
    return _by_month(
        found, "hours", say("Horas hasta la atención, por mes", "Hours until attended, by month"), say,
        say("Dos columnas por mes: el tiempo mediano y el que nueve de cada diez no pasaron, en horas de días hábiles.",
         "Two columns a month: the median time and that which nine in ten did not exceed, in hours on working days."
         ),
        (median, lambda one: one.times.median), (tenth, lambda one: one.times.p90),
        columns=(say(*MONTH), say("Medidas", "Timed"), median, tenth),
        row=lambda one: (
            _number(one.times.timed, "timed", one), hours_text(one.times.median), hours_text(one.times.p90)),
        limit=next(iter(terms)) if len(terms) == 1 else None,
    )  # fmt: skip


def _term(found: Overview, say: Say) -> Chart:
    named = say("En término", "In term"), say("Fuera de término", "Over term")
    return _by_month(
        found, "term", say("En término, por mes", "In term, by month"), say,
        say("Dos columnas por mes: las atendidas en término y las atendidas fuera de él.",
         "Two columns a month: those attended in term and those attended over it."),
        (named[0], lambda one: len(one.times.in_term)), (named[1], lambda one: len(one.times.over_term)),
        columns=(say(*MONTH), *named, say("Parte en término", "Share in term")),
        row=lambda one: (
            _number(one.times.in_term, "in_term", one), _number(one.times.over_term, "over_term", one),
            share_text(one.times.in_term_percent)),
    )  # fmt: skip


def _lead(found: Overview, say: Say) -> Chart:
    named = say("Con anticipación", "With due notice"), say("Tarde", "Too late")
    return _by_month(
        found, "lead", say("Recibidas con la anticipación debida, por mes", "Received with due notice, by month"),
        say,
        say("Dos columnas por mes: las recibidas con la anticipación que pide su procedimiento y las recibidas tarde.",
         "Two columns a month: those received with the notice their procedure asks for, and those received too late."
         ),
        (named[0], lambda one: len(one.lead.in_time)), (named[1], lambda one: len(one.lead.too_late)),
        columns=(say(*MONTH), *named, say("Parte con anticipación", "Share with due notice")),
        row=lambda one: (
            _number(one.lead.in_time, "in_time", one), _number(one.lead.too_late, "too_late", one),
            share_text(one.lead.percent)),
    )  # fmt: skip


Of = Callable[[Report], int | Decimal | None]


def _by_month(
    found: Overview, name: str, title: str, say: Say, told: str, *series: tuple[str, Of], columns: tuple[str, ...],
    row: Callable[[Report], tuple[Cell, ...]], limit: int | None = None,
) -> Chart:  # fmt: skip
    picture = Picture(
        name=name,
        title=title,
        told=told + say(" La tabla dice los números.", " The table says the numbers."),
        labels=tuple(month_name(one.official.month, say, "LLL")[:3] for one in found.months),
        series=tuple(Series(said, tuple(of(one) for one in found.months)) for said, of in series),
        limit=limit,
    )
    rows = [(month_name(one.official.month, say), *row(one)) for one in reversed(found.months)]
    svg = "" if picture.is_empty else pictures.columns(picture)
    return Chart(picture, svg, columns, rows, by_month=True, printed=name == "months")


# --- of the month ---------------------------------------------------------------------------------------------------


def _parts(kind: str, title: str, parts: tuple[Part, ...], report: Report, say: Say, names: Mapping[str, str]) -> Chart:
    """The official numbers of areas or of procedures, the largest first."""
    shown = sorted(parts, key=lambda one: (-len(one.received) - len(one.attended), one.name))
    rows: list[tuple[Cell, ...]] = [
        (
            names.get(one.name, one.name),
            _number(one.received, f"{kind}_received:{one.name}", report),
            _number(one.attended, f"{kind}_attended:{one.name}", report),
            percent_text(one.percent, say("es", "en")),
        )
        for one in shown
    ]
    head = say("Área", "Area") if kind == "area" else say("Procedimiento", "Procedure")
    columns = (head, say(*RECEIVED), say(*ATTENDED), say(*SHARE))
    return _bars(f"{kind}s", title, columns, rows, say)


def _reasons(report: Report, say: Say) -> Chart:
    title = say("Rechazos por motivo", "Rejections by reason")
    keyed = {f"reason:{code}": (reason(code, say), count) for code, count in report.by_reason.items()}
    return _tally("reasons", title, say("Motivo", "Reason"), keyed, say, report.official.month)


def _returns(report: Report, say: Say) -> Chart:
    title = say("Devoluciones por motivo", "Returns by reason")
    keyed = {f"return:{code}": (reason(code, say, "return"), count) for code, count in report.by_return.items()}
    return _tally("returns", title, say("Motivo", "Reason"), keyed, say, report.official.month)


def _weekdays(report: Report, say: Say) -> Chart:
    names = [format_date(_MONDAY + timedelta(day), "EEEE", locale=say("es", "en")) for day in range(7)]
    picture = Picture(
        "weekdays",
        say("Recibidas por día de la semana", "Received by day of the week"),
        say("Una columna por día, de lunes a domingo. La tabla dice los números.",
         "A column for each day, Monday to Sunday. The table says the numbers."),
        tuple(name[:3] for name in names),
        (Series(say(*RECEIVED), tuple(len(count) for count in report.by_weekday)),),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name, _number(count, f"weekday:{day}", report))
        for day, (name, count) in enumerate(zip(names, report.by_weekday, strict=True))
    ]
    svg = "" if picture.is_empty else pictures.columns(picture)
    return Chart(picture, svg, (say("Día", "Day"), say(*RECEIVED)), rows, printed=True)


def _workload(found: Overview, say: Say) -> Iterator[Chart]:
    """What lies open today, whatever the month."""
    work = found.workload
    units = {f"unit:{unit.es}": (unit.text(say("es", "en")), count) for unit, count in work.by_unit.items()}
    people = {f"person:{name}": (name, count) for name, count in work.by_person.items()}
    yield _tally("units", say("Abiertas hoy, por unidad a la que tocan", "Open today, by the unit whose turn it is"),
                 say("Unidad", "Unit"), units, say, None)  # fmt: skip
    note = say("La misma solicitud cuenta con cada persona que puede atenderla.",
            "The same request counts with everybody who may attend to it.")  # fmt: skip
    yield _tally("people", say("Abiertas hoy, por persona", "Open today, by person"),
                 say("Persona", "Person"), people, say, None, note)  # fmt: skip


def _tally(
    name: str, title: str, head: str, keyed: Mapping[str, tuple[str, Count]], say: Say, month: Month | None,
    note: str = "",
) -> Chart:  # fmt: skip
    """One number for each of some names, the largest first."""
    shown = sorted(keyed.items(), key=lambda item: (-len(item[1][1]), item[1][0]))
    rows: list[tuple[Cell, ...]] = [(label, Number(str(len(count)), key, month)) for key, (label, count) in shown]
    return _bars(name, title, (head, say("Solicitudes", "Requests")), rows, say, note)


def _bars(
    name: str, title: str, columns: tuple[str, ...], rows: list[tuple[Cell, ...]], say: Say, note: str = ""
) -> Chart:
    """Bars for the first rows: their labels, and every number in them as one series."""
    drawn = rows[:MOST_BARS]
    values = [[int(cell.shown) for cell in row if isinstance(cell, Number)] for row in drawn]
    told = say(
        "Una barra por renglón, la mayor primero. La tabla dice los números.",
        "A bar for each row, the largest first. The table says the numbers.",
    )
    picture = Picture(
        name,
        title,
        told,
        labels=tuple(str(row[0]) for row in drawn),
        series=tuple(Series(said, those) for said, those in zip(columns[1:], zip(*values, strict=True), strict=False)),
    )
    svg = "" if picture.is_empty else pictures.bars(picture)
    return Chart(picture, svg, columns, rows, note or _and_more(len(rows), say), printed=name not in WITH_FOLIOS)


# --- how ------------------------------------------------------------------------------------------------------------


def _number(count: Count, key: str, report: Report) -> Number:
    return Number(str(len(count)), key, report.official.month)


def _and_more(rows: int, say: Say) -> str:
    more = rows - MOST_BARS
    if more <= 0:
        return ""
    return say(f"La tabla tiene {more} más.", f"The table has {more} more.")


def month_name(month: Month, say: Say, pattern: str = "LLLL y") -> str:
    """A month in words."""
    return format_date(date(month.year, month.month, 1), pattern, locale=say("es", "en"))
