"""report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.procedures import report_sheet, reporting
from netreg.procedures.asking import CODE
from netreg.procedures.catalogue import procedure
from netreg.procedures.figures import Month, Report
from netreg.store.base import now


def join(root: click.Group) -> None:
    root.add_command(report)


@click.command("report", cls=NetregCommand)
@click.option("--month", "typed", required=True, metavar="YYYY-MM")
@click.option("--procedure", "code", default=CODE, show_default=True)
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Also write the printed report.")
@click.option("--csv", "sheet", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as a CSV.")
@pass_app
def report(app: App, typed: str, code: str, pdf: Path | None, sheet: Path | None) -> None:
    """The figures of a month: the official one, frozen at its cut, the cohort, times, delays, pauses, areas."""
    month, office = Month.parse(typed), app.store.office
    with app.store.reading() as session:
        found = reporting.report(session, procedure(code).code, month, office, now())
    if pdf is not None:
        pdf.write_bytes(report_sheet.sheet(found, office, now()))
    if sheet is not None:
        sheet.write_bytes(report_sheet.to_csv(found, office))
    if app.as_json:
        app.show(_document(found, code))
        return
    if found.frozen:
        app.say(report_sheet.frozen_text(found, office))
    app.table([dict(zip(("what", "value", "note"), row, strict=True)) for row in report_sheet.rows(found)],
              "what", "value", "note")  # fmt: skip
    for listing in report_sheet.listings(found, office):
        if listing.rows and len(listing.columns) > 1:
            app.say(f"\n{listing.title}")
            app.table([dict(zip(listing.columns, row, strict=True)) for row in listing.rows], *listing.columns)


def _document(found: Report, code: str) -> dict[str, Any]:
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
        "median_hours": found.times.median,
        "p90_hours": found.times.p90,
        "by_reason": {reason: count.folios for reason, count in found.by_reason.items()},
        "late": [one._asdict() for one in found.late],
        "pauses": [
            {"folio": folio, "from": pause.start, "to": pause.end, "why": pause.why, "cause": pause.cause}
            for folio, pause in found.pauses
        ],
    }
