"""device export: every device as CSV or XLSX."""

from __future__ import annotations

from pathlib import Path

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.cli.devices import COLUMNS, addresses_in, device_rows
from netreg.importing import exporting
from netreg.registry.commands import tracing


@click.command("export", cls=NetregCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@pass_app
def device_export(app: App, file: Path | None) -> None:
    """Every device as CSV, or as XLSX where FILE ends so; without FILE to stdout. Each is in the audit log."""
    with app.store.transaction(app.actor) as tx:
        found = device_rows(tx.session)
        tracing.note_export(tx, "device-csv", addresses_in(found))
    kind = exporting.XLSX if file is not None and file.suffix.lower() == ".xlsx" else exporting.CSV
    content = exporting.write(kind, "Equipos", COLUMNS, ([one[name] for name in COLUMNS] for one in found))
    if file is None:
        click.echo(content.decode("utf-8-sig"), nl=False)
        return
    file.write_bytes(content)
    app.show({"devices": len(found), "file": str(file)}, f"✔ {len(found)} equipos en {file}")
