"""device census: the register beside what the network shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.cli.devices import traced
from netreg.importing import census_sheet, exporting
from netreg.registry import census
from netreg.registry.census import Census, Line
from netreg.registry.commands import tracing
from netreg.store.base import now


@click.command("census", cls=NetregCommand)
@click.option("--days", type=click.IntRange(1, census.MOST_DAYS), default=census.DAYS, show_default=True,
              help="How far back a sighting counts.")  # fmt: skip
@click.option("--list", "name", type=click.Choice(census.LISTS), help="Only this list.")
@click.option("--export", "file", type=click.Path(path_type=Path, dir_okay=False),
              help="With --list: to FILE, as XLSX where it ends so, else as CSV.")  # fmt: skip
@pass_app
def device_census(app: App, days: int, name: str | None, file: Path | None) -> None:
    """Registered and seen, registered and not seen, seen or let in by a point and not registered."""
    if file is not None and name is None:
        raise click.UsageError("--export needs --list")
    at, expected = now(), app.settings.expected_macs
    with app.store.reading() as session:
        found = census.take(session, at, days, expected=expected, blind_after=app.settings.scan.blind_after)
        lists = {
            one: census.lines(session, at, days, one, expected=expected) for one in ([name] if name else census.LISTS)
        }
    if file is not None and name is not None:
        _export(app, name, lists[name], file)
        return
    traced(app, "census", sum(len(lines) for lines in lists.values()))
    if app.as_json:
        app.show({"since": found.since.isoformat(timespec="seconds"), "looking": found.looking,
                  "read_back": found.read_back, "points": found.points,
                  "lists": {one: [_row(line) for line in lines] for one, lines in lists.items()}})  # fmt: skip
        return
    _say(app, found, lists)


def _say(app: App, found: Census, lists: Mapping[str, Sequence[Line]]) -> None:
    app.say(f"Ven {found.looking} fuentes; {found.read_back} de {found.points} puntos leídos.")
    for one, lines in lists.items():
        app.say(f"\n{census_sheet.TITLES[one]}: {len(lines)}")
        if lines:
            app.table((_row(line) for line in lines), "mac", "area", "label", "vendor", "places", "last",
                      "points", "asked")  # fmt: skip


def _export(app: App, name: str, lines: Any, file: Path) -> None:
    kind = exporting.XLSX if file.suffix.lower() == ".xlsx" else exporting.CSV
    with app.store.transaction(app.actor) as tx:
        tracing.note_export(tx, "census", len(lines))
    file.write_bytes(census_sheet.write(kind, name, lines, app.store.office, whole=True))
    app.show({"list": name, "devices": len(lines), "file": str(file)}, f"✔ {len(lines)} renglones en {file}")


def _row(one: Line) -> dict[str, Any]:
    return {
        "mac": str(one.mac),
        "device": one.device,
        "area": one.area,
        "label": one.label,
        "holder": one.holder,
        "vendor": census_sheet.maker(one.mac),
        "places": ", ".join(one.places),
        "first": one.first.isoformat(timespec="seconds") if one.first else None,
        "last": one.last.isoformat(timespec="seconds") if one.last else None,
        "points": ", ".join(one.points),
        "asked": one.asked,
        "verdict": one.verdict,
    }
