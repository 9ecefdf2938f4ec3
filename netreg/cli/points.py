"""point list, add, confirm. What talks to a point (trust, check, plan, push) joins from the agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.registry import queries
from netreg.registry.commands import points


def join(root: click.Group) -> None:
    root.add_command(point)


@click.group()
def point() -> None:
    """Enforcement points: firewalls and access points."""


@command(point, "list")
@pass_app
def point_list(app: App) -> None:
    """Every point with what is wanted and what was last verified there."""
    with app.store.reading() as session:
        rows = [point_row(view) for view in queries.point_views(session)]
    app.table(rows, "name", "status", "desired", "verified", "to_add", "to_remove", "verified_at", "problem")


def point_row(view: queries.PointView) -> dict[str, Any]:
    """A point's view as a document."""
    return {
        "name": view.point.name,
        "profile": view.point.profile,
        "status": view.status,
        "desired": view.desired,
        "verified": view.verified,
        "to_add": view.to_add,
        "to_remove": view.to_remove,
        "verified_at": view.point.verified_at.isoformat(timespec="seconds") if view.point.verified_at else None,
        "host_key": points.fingerprint(view.point.host_key) if view.point.host_key else None,
        "problem": view.point.problem,
    }


@command(point, "add")
@click.argument("name")
@click.argument("host")
@click.option("--profile", default="linux-nftables", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=22, show_default=True)
@click.option("--user", default="netreg", show_default=True)
@click.option("--key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--set", "parameters", multiple=True, metavar="KEY=VALUE", help="A parameter of the profile.")
@pass_app
def point_add(
    app: App, name: str, host: str, profile: str, port: int, user: str, key_file: Path, parameters: tuple[str, ...]
) -> None:
    """Add a point. Nothing is sent to it until its host key is pinned with `netreg point trust`."""
    chosen = dict(_pair(text) for text in parameters)
    with app.store.transaction(app.actor) as tx:
        points.add_point(tx, name, profile, host, port, user, str(key_file.resolve()), chosen)
    app.show({"point": name}, f"✔ {name}. Siguiente paso: netreg point trust {name}")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter("write KEY=VALUE", param_hint="--set")
    return key, value


@command(point, "confirm")
@click.argument("name")
@click.argument("checksum")
@pass_app
def point_confirm(app: App, name: str, checksum: str) -> None:
    """Confirm the very plan the guard refused, by its checksum."""
    with app.store.transaction(app.actor) as tx:
        points.confirm_plan(tx, queries.point(tx.session, name), checksum)
    app.show({"point": name, "checksum": checksum}, f"✔ {name}: plan confirmado")
