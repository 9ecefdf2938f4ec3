"""calendar show, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.policy import calendar_files, calendar_ics
from netreg.policy.calendar import missing_year
from netreg.policy.calendar_dates import Dated
from netreg.procedures import calendars, tickets
from netreg.store.base import now


@click.group()
def calendar() -> None:
    """The office's calendar: the days that do not count."""


@command(calendar, "show")
@pass_app
def calendar_show(app: App) -> None:
    """The dated rows of the calendar that counts now; the statutory days are a rule and not rows."""
    with app.store.reading() as session:
        found = calendars.current(session, app.store.office)
    app.say(f"versión {found.version}, {found.timezone}, {found.statutory}")
    app.table([_row(one) for one in found.rows], "from", "to", "es", "open", "source")
    missing = missing_year(found, app.store.office.today)
    if missing:
        app.say(f"Faltan las fechas de {missing}: cárguelas con «netreg calendar import».")


def _row(one: Dated) -> dict[str, Any]:
    hours = " ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in one.hours)
    return {"from": one.first.isoformat(), "to": one.last.isoformat(), "es": one.es, "en": one.en, "open": hours,
            "source": one.source}  # fmt: skip


@command(calendar, "import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", default="", help="Where the dates come from, for an ICS file that does not say.")
@pass_app
def calendar_import(app: App, file: Path, source: str) -> None:
    """Replace the dated rows by those of a CSV or ICS file: all of them, or none. Open terms follow."""
    content = file.read_bytes()
    is_ics = file.suffix.lower() == ".ics"
    rows = calendar_ics.from_ics(content, source) if is_ics else calendar_files.from_csv(content)
    with app.store.transaction(app.actor) as tx:
        loaded = tickets.load_calendar(tx, rows)
    app.show({"version": loaded.version, "rows": len(loaded.rows)}, f"✔ versión {loaded.version}: {len(rows)} fechas")


@command(calendar, "export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_app
def calendar_export(app: App, file: Path) -> None:
    """Write the dated rows to a CSV or ICS file."""
    with app.store.reading() as session:
        found = calendars.current(session, app.store.office)
    is_ics = file.suffix.lower() == ".ics"
    file.write_bytes(calendar_ics.to_ics(found, now()) if is_ics else calendar_files.to_csv(found))
    app.show({"rows": len(found.rows), "file": str(file)}, f"✔ {len(found.rows)} fechas en {file}")
