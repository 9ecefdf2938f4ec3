"""report, and report rogues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregGroup, command, pass_app
from netreg.policy.week import Week
from netreg.procedures import report_lines, report_sheet, reporting, rogue_sheet
from netreg.procedures.asking import CODE
from netreg.procedures.counting import Month
from netreg.procedures.figures import Part, Report
from netreg.procedures.trends import Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries, rogues
from netreg.registry.commands import tracing
from netreg.store.base import now

ALL = "all"


@click.group("report", cls=NetregGroup, invoke_without_command=True)
@click.option("--month", "typed", metavar="YYYY-MM")
@click.option("--procedure", "code", default=CODE, show_default=True, help=f"A code, or {ALL} for all together.")
@click.option("--area", help="Of one area alone, by its code.")
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Also write the printed report.")
@click.option("--csv", "sheet", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as a CSV.")
@click.option("--xlsx", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as a workbook.")
@click.pass_context
def report(
    ctx: click.Context, typed: str | None, code: str, area: str | None, pdf: Path | None, sheet: Path | None,
    xlsx: Path | None,
) -> None:  # fmt: skip
    """The figures of a month: the official one, frozen at its cut, the cohort, times, delays, pauses, open work."""
    if ctx.invoked_subcommand is not None:
        return
    if typed is None:
        raise click.MissingParameter(param_hint="'--month'", param_type="option", ctx=ctx)
    app: App = ctx.obj
    month, office = Month.parse(typed), app.store.office
    with app.store.reading() as session:
        scope = Scope(
            None if code == ALL else office.catalogue.known_as(code).code,
            queries.area(session, area) if area is not None else None,
        )
        found = reporting.overview(session, scope, month, office, now())
    if pdf is not None:
        pdf.write_bytes(report_sheet.sheet(found, office, now()))
    if sheet is not None:
        sheet.write_bytes(report_sheet.to_csv(found, office))
    if xlsx is not None:
        # Here, because its library is slow to load and every command would wait for it.
        from netreg.procedures import report_book

        xlsx.write_bytes(report_book.to_xlsx(found, office, now()))
    if app.as_json:
        app.show(_document(found, code))
        return
    _print(app, found)


def _print(app: App, found: Overview) -> None:
    if found.report.frozen:
        app.say(report_lines.frozen_text(found.report, app.store.office))
    app.table([line._asdict() for line in report_lines.lines(found)], "what", "value", "note")
    for listing in report_sheet.printed_tables(found, app.store.office):
        if listing.rows and len(listing.columns) > 1:
            app.say(f"\n{listing.title}")
            _listed(app, listing.columns, listing.rows)


def _listed(app: App, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    app.table([dict(zip(columns, row, strict=True)) for row in rows], *columns)


def _document(overview: Overview, code: str) -> dict[str, Any]:
    found, work = overview.report, overview.workload
    return {
        "procedure": code,
        "month": str(found.official.month),
        "frozen": found.frozen.at if found.frozen else None,
        "frozen_late": found.frozen is not None and found.frozen.late,
        "received": found.official.received.folios,
        "attended": found.official.attended.folios,
        "carried_over": found.official.carried_over.folios,
        "percent": found.official.percent,
        "adjustments": [
            {"what": one.what, "added": one.added.folios, "removed": one.removed.folios} for one in found.adjustments
        ],
        "cohort_percent": found.cohort.percent,
        "in_term_percent": found.times.in_term_percent,
        "in_time_percent": found.lead.percent,
        "median_hours": found.times.median,
        "p90_hours": found.times.p90,
        "by_reason": {reason: count.folios for reason, count in found.by_reason.items()},
        "by_return": {reason: count.folios for reason, count in found.by_return.items()},
        "by_area": _parts(found.by_area),
        "by_procedure": _parts(found.by_procedure),
        "received_by_weekday": [len(count) for count in found.by_weekday],
        "open_by_unit": {unit.es: count.folios for unit, count in work.by_unit.items()},
        "open_by_person": {name: count.folios for name, count in work.by_person.items()},
        "months": [_month(one) for one in overview.months],
        "late": [one._asdict() for one in found.late],
        "pauses": [
            {"folio": folio, "from": pause.start, "to": pause.end, "why": pause.why, "cause": pause.cause}
            for folio, pause in found.pauses
        ],
    }


def _parts(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "received": len(one.received), "attended": len(one.attended), "percent": one.percent}
        for one in parts
    ]


def _month(one: Report) -> dict[str, Any]:
    return {
        "month": str(one.official.month),
        "received": len(one.official.received),
        "attended": len(one.official.attended),
        "percent": one.official.percent,
        "median_hours": one.times.median,
        "p90_hours": one.times.p90,
    }


@command(report, "rogues")
@click.option("--week", "typed", metavar="YYYY-Www", help="The week, for example 2026-W47; without it the last one.")
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Also write the printed report.")
@click.option("--csv", "sheet", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as a CSV.")
@pass_app
def report_rogues(app: App, typed: str | None, pdf: Path | None, sheet: Path | None) -> None:
    """The unregistered devices of a week, what became of each, and who was looking."""
    office, at = app.store.office, now()
    week = Week.parse(typed) if typed else Week.of(at, office.zone).before
    with app.store.transaction(app.actor) as tx:
        tracing.note_reading(tx, "rogues")
    blind_after, expected = app.settings.scan.blind_after, app.settings.expected_macs
    with app.store.reading() as session:
        found = rogues.report(session, week, office.zone, at, expected=expected, blind_after=blind_after)
    if pdf is not None:
        _note_export(app, "rogues-pdf", found)
        pdf.write_bytes(rogue_sheet.sheet(found, office, whole=True))
    if sheet is not None:
        _note_export(app, "rogues-csv", found)
        sheet.write_bytes(rogue_sheet.to_csv(found, office, whole=True))
    if app.as_json:
        app.show(_rogues(found))
        return
    app.say(rogue_sheet.summary(found))
    _listed(app, rogue_sheet.COLUMNS, rogue_sheet.rows(found, office, whole=True))
    _listed(app, rogue_sheet.PROOF, rogue_sheet.proofs(found, office))


def _note_export(app: App, what: str, found: rogues.Report) -> None:
    with app.store.transaction(app.actor) as tx:
        tracing.note_export(tx, what, len(found.rogues))


def _rogues(found: rogues.Report) -> dict[str, Any]:
    return {
        "week": str(found.week),
        "rogues": [
            {
                "mac": str(one.mac),
                "vendor": one.mac.vendor or "",
                "places": one.places,
                "first": one.first,
                "last": one.last,
                "days": one.days,
                "decision": one.decision._asdict(),
                "alert": one.alert,
            }
            for one in found.rogues
        ],
        "sources": [
            {
                "name": one.source.name,
                "safeguard": one.source.safeguard,
                "days": one.days,
                "devices": one.devices,
                "last": one.last,
                "last_good": one.source.last_good,
                "blind": one.source.blind,
                "error": one.source.error,
            }
            for one in found.proofs
        ],
    }
