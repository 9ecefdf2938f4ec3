"""retention run; device history; person export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netreg.cli.admin import private_files
from netreg.cli.base import App, NetregCommand, command, pass_app
from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.procedures import forgetting, personal
from netreg.procedures.outside import forgetting as forgetting_outside
from netreg.registry import queries, retaining
from netreg.registry.commands import retention as keeping
from netreg.registry.models import Device
from netreg.store.base import now


@click.group()
def retention() -> None:
    """How long data are kept."""


@command(retention, "run")
@click.option("--dry-run", is_flag=True, help="Only count what a run would forget.")
@pass_app
def retention_run(app: App, dry_run: bool) -> None:
    """Forget what is past its term: addresses become hashes, old alerts lose theirs, old sightings go, and closed
    requests of other procedures lose what they hold on people."""
    if dry_run:
        with app.store.reading() as session:
            found = keeping.due(session, app.store.office, now())
            requests = forgetting.due(session, app.store.office, now())
            forms, contacts = forgetting_outside.due(session, app.store.office, now())
    else:
        found = retaining.run(app.store, app.actor, now())
        requests = forgetting.run(app.store, app.actor, now()).requests
        forms, contacts = forgetting_outside.run(app.store, app.actor, now())
    document = {"devices": found.devices, "addresses": found.addresses, "alerts": found.alerts,
                "sightings": found.sightings, "requests": requests, "forms": forms, "contacts": contacts,
                "dry_run": dry_run}  # fmt: skip
    did = "se borrarían" if dry_run else "✔"
    app.show(
        document,
        f"{did} {found.addresses} direcciones de {found.devices} equipos, las de {found.alerts} alertas, "
        f"{found.sightings} avistamientos y los datos personales de {requests} solicitudes; {forms} formularios "
        f"públicos sin confirmar y los datos de {contacts} solicitantes de fuera",
    )


@click.command("history", cls=NetregCommand)
@click.argument("mac")
@pass_app
def device_history(app: App, mac: str) -> None:
    """Was MAC ever registered? Every device that bears or bore it, also once its address is a hash."""
    address = MacAddress.parse(mac)
    with app.store.reading() as session:
        rows = [_past(one) for one in queries.bearers(session, address, app.store.office.retention_key)]
    app.table(rows, "device", "kind", "area", "folio", "state", "decided", "removed", "forgotten")


def _past(one: Device) -> dict[str, Any]:
    right = one.authorisation
    instants = {"decided": right.decided, "removed": right.removed, "forgotten": right.forgotten}
    return {
        "device": one.id,
        "kind": one.kind,
        "area": one.area.code,
        "folio": one.ticket.reference if one.ticket else None,
        "state": right.state,
        **{key: at.isoformat(timespec="seconds") if at else None for key, at in instants.items()},
    }


@click.command("export", cls=NetregCommand)
@click.argument("who", metavar="EMAIL_OR_NAME")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
              help="FILE.json for the data, FILE.zip for the data and a readable PDF.")  # fmt: skip
@pass_app
def person_export(app: App, who: str, output: Path) -> None:
    """Everything held on one person, to hand over on request. The export is in the audit log."""
    if output.suffix not in (".json", ".zip"):
        raise InvalidValue("El archivo termina en .json o .zip.", "The file ends in .json or .zip.", code="E_FILE",
                           field="output")  # fmt: skip
    office, at = app.store.office, now()
    # On record before anything leaves; the file is written with no transaction open.
    with app.store.transaction(app.actor) as tx:
        document = personal.export(tx, who, at)
    readable = output.suffix == ".zip"
    content = personal.bundle(document, office, at) if readable else personal.as_json(document).encode()
    with private_files():
        output.write_bytes(content)
    app.show({"person": document["persona"], "file": str(output)}, f"✔ {document['persona']}: {output}")
