"""backup, backup keygen, backup verify, restore."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from netreg.backup import keeping, sealing, verified
from netreg.backup.manifest import Head, Manifest
from netreg.backup.restoring import restore as put_back
from netreg.cli.admin import prepare, private_files
from netreg.cli.base import App, NetregCommand, command, pass_app
from netreg.config import load
from netreg.store.base import now

FILE = click.Path(path_type=Path, dir_okay=False)
EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)
MAKE = "make"


class BackupGroup(click.Group):
    """`netreg backup FILE` makes one; `keygen` and `verify` are words beside it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = [MAKE, *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=BackupGroup)
def backup() -> None:
    """Make a backup: `netreg backup FILE`, with the service running or not."""


@command(backup, MAKE)
@click.argument("file", type=FILE)
@click.option(
    "--recipient", "keys", multiple=True, metavar="age1...", help="Seal it for this key too; may be repeated."
)
@click.option("--plain", is_flag=True, help="Do not seal it: whoever has the file can read everything.")
@pass_app
def backup_make(app: App, file: Path, keys: tuple[str, ...], plain: bool) -> None:
    """Write FILE, sealed for backup.recipients, and verify it by restoring it aside."""
    made = verified.make(file, app.store.engine, app.settings, (*app.settings.backup.recipients, *keys), plain=plain)
    with app.store.transaction(app.actor) as tx:
        keeping.note(tx, file.name, made)
    document = {"file": str(file), "bytes": made.size, "sha256": made.sha256, **_contents(made.manifest)}
    app.show(
        document, f"✔ {file}: {made.rows} renglones, {made.manifest.files} archivos; comprobado restaurándolo aparte"
    )
    if plain:
        app.say("  Sin cifrar: guárdelo como la base de datos.")


@command(backup, "keygen")
@click.argument("file", type=FILE)
@pass_app
def backup_keygen(app: App, file: Path) -> None:
    """Make a key pair: FILE opens backups and is kept elsewhere; what is shown goes into backup.recipients."""
    public = sealing.keygen(file, now())
    app.show({"recipient": public, "identity": str(file)}, f'recipients = ["{public}"]')
    app.say(f"  {file} abre los respaldos: guárdelo en dos lugares, ninguno en este servidor. Sin él no se restauran.")


@command(backup, "verify")
@click.argument("file", type=EXISTING)
@click.option("--identity", type=EXISTING, help="The file that opens it.")
@pass_app
def backup_verify(app: App, file: Path, identity: Path | None) -> None:
    """Restore FILE into an empty place, compare it with what it says of itself, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="netreg-") as folder:
        head, manifest = verified.verify(file, identity, Path(folder))
    app.show(_said(head, manifest), f"✔ {file}: del {head.made}, {sum(manifest.rows.values())} renglones, "
             f"{manifest.files} archivos, bitácora hasta {manifest.chain.rows}")  # fmt: skip
    _warn(app, manifest)


@click.command("restore", cls=NetregCommand)
@click.argument("file", type=EXISTING)
@click.option("--identity", type=EXISTING, help="The file that opens it.")
@click.option("--replace", is_flag=True, help="Set what is here aside; nothing of it is deleted.")
@pass_app
def restore(app: App, file: Path, identity: Path | None, replace: bool) -> None:
    """Put FILE back into an empty installation; stop the service first."""
    with private_files():
        done = put_back(file, app.path, identity, replace=replace, actor=app.actor, at=now())
        prepare(load(app.path))
    document = _said(done.head, done.manifest) | {
        "held": done.held,
        "aside": str(done.aside) if done.aside else None,
        "schema_aside": done.schema_aside or None,
        "left": done.left,
    }
    app.show(document, f"✔ {file}, del {done.head.made}: {sum(done.manifest.rows.values())} renglones, "
             f"{done.manifest.files} archivos; comprobado")  # fmt: skip
    _warn(app, done.manifest)
    if done.aside or done.schema_aside:
        where = " y ".join(str(one) for one in (done.aside, done.schema_aside) if one)
        app.say(f"  Lo que había está en {where}; bórrelo cuando ya no haga falta.")
    if done.left:
        app.say(f"  Para comparar quedaron aparte: {', '.join(done.left)}")
    if done.held:
        app.say(f"  Fuera de servicio hasta que alguien vea su plan en la página «Puntos»: {', '.join(done.held)}")
    app.say(
        "  Llaves y contraseñas de los puntos, del correo y de la e.firma no vienen en el respaldo: póngalas de nuevo."
    )


def _contents(manifest: Manifest) -> dict[str, Any]:
    chain = {"rows": manifest.chain.rows, "head": manifest.chain.head, "broken_at": manifest.chain.broken_at}
    return {"tables": manifest.rows, "files": manifest.files, "chain": chain}


def _said(head: Head, manifest: Manifest) -> dict[str, Any]:
    said = {"netreg": head.version, "revision": head.revision, "made": head.made, "from": head.database}
    return said | _contents(manifest)


def _warn(app: App, manifest: Manifest) -> None:
    if manifest.chain.broken_at is not None:
        app.say(f"  ¡Atención! La bitácora ya estaba rota al respaldar: {manifest.chain.problem}")
