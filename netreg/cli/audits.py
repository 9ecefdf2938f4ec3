"""audit list, show, verify, export, key."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress
from sqlalchemy.orm import Session

from netreg.cli.base import App, command, pass_app
from netreg.cli.devices import traced
from netreg.errors import InvalidValue
from netreg.registry import anchoring, audit_search
from netreg.registry.audit_search import Sought
from netreg.registry.commands import tracing
from netreg.store import audit, audit_export
from netreg.store.audit import AuditEvent, ChainCheck

FILE = click.Path(path_type=Path, dir_okay=False)
EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("audit")
def audit_group() -> None:
    """The audit log."""


@command(audit_group, "list")
@click.option(
    "--subject", default="", help="Only about this: “device 3”, “request ADJ-P03-2026-00001”, “point palacio”."
)
@click.option("--actor", default="", help="Only what this one did: an e-mail, “schedule”, “cli:root”.")
@click.option("--name", default="", help="Only this event, or those that begin so: “device.”.")
@click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="From this day on.")
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="Up to this day, it included.")
@click.option("--text", default="", help="Only where this stands in the facts.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--csv", "file", type=FILE, help="All of them into this CSV, however many.")
@pass_app
def audit_list(app: App, subject: str, actor: str, name: str, since: datetime | None, until: datetime | None,
               text: str, limit: int, file: Path | None) -> None:  # fmt: skip
    """The newest events, in words."""
    sought = Sought(subject, actor, name, since.date() if since else None, until.date() if until else None, text)
    if file is not None:
        _to_csv(app, sought, file)
        return
    with app.store.reading() as session:
        found = audit_search.find(session, sought, app.settings.zone, whole=True)
        rows = [row for row, _ in zip(found, range(limit), strict=False)]
        documents = [_document(row) for row in rows]
        addresses = audit_search.addresses(rows)
    traced(app, "audit", addresses)
    app.table(documents, "seq", "at", "says")


def _document(row: AuditEvent) -> dict[str, Any]:
    return {"seq": row.seq, "at": row.at, "actor": row.actor, "name": row.name, "subject": row.subject,
            "says": row.sentence(), "facts": row.facts}  # fmt: skip


def _to_csv(app: App, sought: Sought, file: Path) -> None:
    """Counted first, so that it is on record before anything is handed out."""
    zone = app.settings.zone
    with app.store.reading() as session:
        addresses = audit_search.addresses(audit_search.find(session, sought, zone, whole=True))
    _note_export(app, "audit-csv", addresses)
    count = -1  # the heading is no row
    with app.store.reading() as session, _private(file) as out:
        rows = audit_search.find(session, sought, zone, whole=True)
        for line in audit_search.to_csv(rows, zone, app.language, whole=True):
            out.write(line)
            count += 1
    app.show({"file": str(file), "rows": count}, f"✔ {file}: {count}")


def _note_export(app: App, what: str, addresses: int) -> None:
    with app.store.transaction(app.actor) as tx:
        tracing.note_export(tx, what, addresses)


def _private(file: Path) -> Any:
    """A new file that only this account reads."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@command(audit_group, "show")
@click.argument("seq", type=click.IntRange(1, 2**31 - 1))
@pass_app
def audit_show(app: App, seq: int) -> None:
    """One event with everything it holds: before, after, reason, and its place in the chain."""
    with app.store.reading() as session:
        row = audit_search.one(session, seq)
        document = _document(row) | {
            "request_id": row.request_id,
            "previous": row.previous,
            "hash": row.hash,
            "matches": row.digest() == row.hash,
        }
        text = "\n".join(_lines(row))
    app.show(document, text)


def _lines(row: AuditEvent) -> list[str]:
    """One event for a person."""
    reason = row.facts["reason"]
    lines = [f"{row.seq}  {row.at}  {row.name}", row.sentence(), f"  de: {row.subject}"]
    lines += [f"  motivo: {reason}"] if reason else []
    lines += [f"  {one.name}: {_or_dash(one.before)} → {_or_dash(one.after)}" for one in audit_search.differences(row)]
    lines += [f"  petición: {row.request_id}", f"  anterior: {row.previous}", f"  huella: {row.hash}"]
    if row.digest() != row.hash:
        lines.append("  ✘ la huella no corresponde al contenido: alguien lo cambió")
    return lines


def _or_dash(said: str | None) -> str:
    return "—" if said is None else said


@command(audit_group, "verify")
@click.option("--export", "export", type=EXISTING, help="Check this export and not the database.")
@click.option("--public-key", default="", metavar="HEX", help="Whose signature the export has to have.")
@click.option("--anchors", type=EXISTING, help="Compare with the lines of this file, noted outside before.")
@pass_app
def audit_verify(app: App, export: Path | None, public_key: str, anchors: Path | None) -> None:
    """Walk the whole hash chain; exit 1 and name the first broken row if there is one."""
    if export is not None:
        _verify_export(app, export, public_key)
        return
    with app.store.reading() as session:
        check = _walked(app, session)
        lines = anchors.read_text(encoding="utf-8", errors="replace").splitlines() if anchors else None
        noted = anchoring.compare(session, lines) if lines is not None else None
    document: dict[str, Any] = {"rows": check.rows, "head": check.head, "broken_at": check.broken_at,
                                "problem": check.problem}  # fmt: skip
    said = f"✘ {check.problem}" if check.problem else f"✔ {check.rows} eventos, cadena íntegra {check.head}"
    if noted is not None:
        document["anchors"] = {"compared": noted.compared, "problem": noted.problem,
                               "contradicted": str(noted.contradicted) if noted.contradicted else None}  # fmt: skip
        said += f"\n✘ {noted.problem} ({noted.contradicted})" if noted.problem else (
            f"\n✔ {noted.compared} apuntes de fuera coinciden"
        )  # fmt: skip
    app.show(document, said)
    if check.broken_at is not None or (noted and noted.problem):
        sys.exit(1)


def _walked(app: App, session: Session) -> ChainCheck:
    """The check of the whole chain; whoever waits for it at a terminal sees how far it is."""
    check, watched = audit.NOT_BEGUN, app.err.is_terminal and not app.as_json
    with Progress(console=app.err, transient=True, disable=not watched) as bar:
        task = bar.add_task("Comprobando la cadena", total=audit.newest(session))
        for check in audit.verify_in_pieces(session, audit.PIECE):
            bar.update(task, completed=check.rows)
    return check


def _verify_export(app: App, file: Path, public_key: str) -> None:
    if public_key and not audit_export.is_public_key(public_key):
        raise InvalidValue("Una llave pública lleva 64 cifras hexadecimales.",
                           "A public key has 64 hexadecimal digits.", field="public_key")  # fmt: skip
    with file.open("rb") as opened:
        found = audit_export.check(opened, public_key)
    by = f"firmada por {found.signed_by}" if found.signed_by else "sin firma"
    chain = {"rows": found.chain.rows, "head": found.chain.head}
    app.show(chain | {"made": found.made, "signed_by": found.signed_by or None},
             f"✔ {found.chain.rows} eventos hasta {found.chain.head}, del {found.made}, {by}")  # fmt: skip
    if found.signed_by and not public_key:
        app.say("  Compare esa llave con la de la oficina, o dígala: --public-key")


@command(audit_group, "export")
@click.argument("file", type=FILE)
@pass_app
def audit_export_to(app: App, file: Path) -> None:
    """Every row with its hash into FILE, sealed, and signed where there is a key (`netreg audit key`)."""
    key = audit_export.read_key(app.settings.seal_key_file)
    with app.store.reading() as session:
        found = audit_search.find(session, Sought(), app.settings.zone, whole=True)
        addresses = audit_search.addresses(found)
    _note_export(app, "audit-export", addresses)
    with app.store.reading() as session, _private(file) as out:
        check = audit_export.write(session, out, key)
    document = {"file": str(file), "rows": check.rows, "head": check.head, "signed": key is not None,
                "broken_at": check.broken_at}  # fmt: skip
    app.show(document, f"✔ {file}: {check.rows} eventos hasta {check.head}, {'firmada' if key else 'sin firma'}")
    if check.broken_at is not None:
        app.say(f"  ✘ La cadena ya está rota: {check.problem}")


@command(audit_group, "key")
@pass_app
def audit_key(app: App) -> None:
    """Make the key that exports are signed with; hand its public half to whoever will check them."""
    public = audit_export.make_key(app.settings.seal_key_file)
    app.show({"public_key": public, "file": str(app.settings.seal_key_file)}, public)
