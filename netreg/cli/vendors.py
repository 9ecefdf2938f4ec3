"""vendor: whom a block of addresses belongs to, and a newer table of that from the lists of the IEEE, offline."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from netreg import vendors
from netreg.cli.base import App, NetregCommand, command, pass_app
from netreg.errors import InvalidValue, Refused
from netreg.mac import MacAddress

# A list that has less than this share of what is known is not a newer one.
_LEAST = 0.8


class Vendor(click.Group):
    """`vendor refresh FILE...`, and `vendor MAC...` for everything else."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


@click.group(cls=Vendor)
def vendor() -> None:
    """Who made a device, by its address: vendor MAC...; and a newer table: vendor refresh FILE..."""


@vendor.command("show", cls=NetregCommand, hidden=True)
@click.argument("texts", nargs=-1, required=True, metavar="MAC...")
@pass_app
def show(app: App, texts: tuple[str, ...]) -> None:
    """Whom the block of each address belongs to; a private or group address is nobody's."""
    app.use_own_vendors()
    rows = [{"mac": str(mac), "vendor": mac.vendor} for mac in map(MacAddress.parse, texts)]
    app.table(rows, "mac", "vendor")


@command(vendor, "refresh")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@pass_app
def refresh(app: App, files: tuple[Path, ...]) -> None:
    """Make this installation's table from the IEEE's lists: oui, mam and oui36 (iab too), as .txt or .csv.

    All of them at once: the new table takes the place of the old one. A running service takes it up when it restarts.
    """
    app.use_own_vendors()
    table = _read(files)
    sizes, file = vendors.sizes(table), app.settings.vendors_file
    for bits, known in vendors.in_use().sizes().items():
        _check_grown(bits, known, sizes[bits])
    _write(file, vendors.packed(table))
    document = {"file": str(file), "blocks": {str(bits): sizes[bits] for bits in sorted(sizes)}}
    app.show(document, f"✔ {len(table)} bloques en {file}")


def _check_grown(bits: int, known: int, new: int) -> None:
    if new < known * _LEAST:
        raise Refused(
            f"La lista nueva tiene {new} bloques de {bits} bits y la actual {known}; no se cambió nada.",
            f"The new list has {new} blocks of {bits} bits and the present one {known}; nothing was changed.",
            code="vendors_shrunk",
            field="files",
            hint="Dé juntas las listas completas: oui, mam, oui36 e iab.",
            hint_en="Give the whole lists together: oui, mam, oui36 and iab.",
        )


def _read(files: tuple[Path, ...]) -> dict[str, str]:
    try:
        return vendors.read_lists(file.read_text(encoding="utf-8", errors="replace") for file in files)
    except ValueError as error:
        name = files[error.args[0]].name
        raise InvalidValue(
            f"{name} no es una lista de fabricantes del IEEE; no se cambió nada.",
            f"{name} is no list of vendors of the IEEE; nothing was changed.",
            code="E_VENDORS",
            field="files",
        ) from error


def _write(file: Path, content: bytes) -> None:
    """In one step: a table is the old one or the new one, never a part."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as new:
        new.write(content)
        new.flush()
        os.fsync(new.fileno())
    os.chmod(new.name, 0o644)
    os.replace(new.name, file)
