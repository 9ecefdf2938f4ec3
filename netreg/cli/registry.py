"""mac: what an address is, and whether it can be registered."""

from __future__ import annotations

import sys
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.errors import InvalidValue
from netreg.mac import MacAddress


@click.command("mac", cls=NetregCommand)
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@pass_app
def mac(app: App, texts: tuple[str, ...]) -> None:
    """Say of each TEXT which address it is and whether it can be registered; exit 1 if any is refused."""
    app.use_own_vendors()
    rows = [_classified(text) for text in texts]
    app.table(rows, "mac", "verdict", "vendor", "says")
    if any(row["verdict"] != "ok" for row in rows):
        sys.exit(1)


def _classified(text: str) -> dict[str, Any]:
    try:
        address = MacAddress.parse(text)
        MacAddress.registrable(text)
    except InvalidValue as error:
        known = str(address) if "address" in locals() else ""
        return {"mac": known, "verdict": error.code, "vendor": None, "says": error.message, "english": error.english}
    return {"mac": str(address), "verdict": "ok", "vendor": address.vendor, "says": "", "english": ""}
