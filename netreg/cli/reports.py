"""report."""

from __future__ import annotations

from pathlib import Path

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.procedures import reporting
from netreg.procedures.asking import CODE
from netreg.procedures.catalogue import procedure
from netreg.procedures.figures import Month
from netreg.store.base import now


def join(root: click.Group) -> None:
    root.add_command(report)


@click.command("report", cls=NetregCommand)
@click.option("--month", "typed", required=True, metavar="YYYY-MM")
@click.option("--procedure", "code", default=CODE, show_default=True)
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Also write the printed report.")
@pass_app
def report(app: App, typed: str, code: str, pdf: Path | None) -> None:
    """The figures of a month: the official one, the cohort, times, areas."""
    month, office = Month.parse(typed), app.store.office
    with app.store.reading() as session:
        found = reporting.report(session, procedure(code).code, month, office, now())
    if pdf is not None:
        pdf.write_bytes(reporting.sheet(found, office, now()))
    document = {
        "procedure": code,
        "month": str(month),
        "received": found.official.received.folios,
        "attended": found.official.attended.folios,
        "carried_over": found.official.carried_over.folios,
        "percent": found.official.percent,
        "cohort_percent": found.cohort.percent,
        "median_hours": found.times.median,
        "p90_hours": found.times.p90,
        "by_reason": {reason: count.folios for reason, count in found.by_reason.items()},
    }
    if app.as_json:
        app.show(document)
        return
    app.table([dict(zip(("what", "value", "note"), row, strict=True)) for row in reporting.rows(found)],
              "what", "value", "note")  # fmt: skip
