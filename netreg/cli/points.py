"""point list, add, scope, confirm, strays, remove, adopt. What talks to a point joins from the agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.cli.devices import traced
from netreg.registry import allowlists, logins, point_views, queries, strays
from netreg.registry.commands import passes, points
from netreg.registry.commands import strays as deciding
from netreg.registry.models import Pass


@click.group()
def point() -> None:
    """Enforcement points: firewalls and access points."""


@command(point, "list")
@pass_app
def point_list(app: App) -> None:
    """Every point with what is wanted and what was last verified there."""
    with app.store.reading() as session:
        rows = [point_row(view) for view in point_views.every(session)]
    shown = ("name", "status", "desired", "verified", "to_add", "to_remove", "verified_at", "retry_at", "problem")
    app.table(rows, *shown)


def point_row(view: point_views.PointView) -> dict[str, Any]:
    """A point's view as a document."""
    return {
        "name": view.point.name,
        "profile": view.point.profile,
        "network": view.point.network,
        "sites": view.point.sites,
        "status": view.status,
        "desired": view.desired,
        "verified": view.verified,
        "to_add": view.to_add,
        "to_remove": view.to_remove,
        "verified_at": view.point.verified_at.isoformat(timespec="seconds") if view.point.verified_at else None,
        "host_key": points.fingerprint(view.point.host_key) if view.point.host_key else None,
        "problem": view.point.problem,
        "failures": view.point.failures,
        "retry_at": view.point.retry_at.isoformat(timespec="seconds") if view.point.retry_at else None,
    }


@command(point, "add")
@click.argument("name")
@click.argument("host")
@click.option("--profile", default="linux-nftables", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=22, show_default=True)
@click.option("--user", default="netreg", show_default=True)
@click.option("--key-file", default="", metavar="FILE", help="The login key; “agent” for those of the ssh-agent.")
@click.option("--passphrase-file", default="", metavar="FILE", help="What the login key is locked with.")
@click.option("--password-file", default="", metavar="FILE", help="For makes that take no key; or credential:NAME.")
@click.option("--set", "parameters", multiple=True, metavar="KEY=VALUE", help="A parameter of the profile.")
@pass_app
def point_add(
    app: App,
    name: str,
    host: str,
    profile: str,
    port: int,
    user: str,
    key_file: str,
    passphrase_file: str,
    password_file: str,
    parameters: tuple[str, ...],
) -> None:
    """Add a point. Nothing is sent to it until its host key is pinned with `netreg point trust`."""
    chosen = dict(_pair(text) for text in parameters)
    key = key_file if key_file == logins.AGENT else _file(key_file)
    passphrase, password = _secret(passphrase_file), _secret(password_file)
    with app.store.transaction(app.actor) as tx:
        points.add_point(
            tx, name, profile, host, port, user, key, chosen, passphrase_file=passphrase, password_file=password
        )
    app.show({"point": name}, f"✔ {name}. Siguiente paso: netreg point trust {name}")


def _secret(where: str) -> str:
    return where if where.startswith(logins.CREDENTIAL) else _file(where)


def _file(typed: str) -> str:
    """The whole path of a file that is there; nothing if none was named."""
    if typed and not Path(typed).is_file():
        raise click.BadParameter(f"there is no file {typed}")
    return str(Path(typed).resolve()) if typed else ""


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter("write KEY=VALUE", param_hint="--set")
    return key, value


@command(point, "scope")
@click.argument("name")
@click.option("--network", type=click.Choice(["wifi", "wired", "both"]), default="both", show_default=True)
@click.option("--site", "sites", multiple=True, help="A site whose areas' devices it takes; without any, those of all.")
@pass_app
def point_scope(app: App, name: str, network: str, sites: tuple[str, ...]) -> None:
    """Say which part of the allowlist is a point's: of which network, and of which sites."""
    with app.store.transaction(app.actor) as tx:
        points.set_scope(tx, queries.point(tx.session, name), network, sites)
        wanted = len(allowlists.desired(tx.session, queries.point(tx.session, name)))
    document = {"point": name, "network": network, "sites": sorted(set(sites)), "desired": wanted}
    app.show(document, f"✔ {name}: {network}, {', '.join(sites) or '*'}: {wanted}")


@command(point, "confirm")
@click.argument("name")
@click.argument("checksum")
@click.option("--reason", default="", help="Why you confirm what you ordered yourself, where nobody else may.")
@pass_app
def point_confirm(app: App, name: str, checksum: str, reason: str) -> None:
    """Confirm the very plan the guard refused, by its checksum; whoever ordered its removals asks somebody else to."""
    with app.store.transaction(app.actor) as tx:
        points.confirm_plan(tx, queries.point(tx.session, name), checksum, reason)
    app.show({"point": name, "checksum": checksum}, f"✔ {name}: plan confirmado")


@command(point, "history")
@click.argument("name")
@pass_app
def point_history(app: App, name: str) -> None:
    """The last pushes to a point, with their plans and how they ended."""
    with app.store.reading() as session:
        rows = [_pass_row(one) for one in passes.history(session, queries.point(session, name))]
    traced(app, "points", len(rows))
    app.table(rows, "at", "outcome", "add", "remove", "seconds", "times", "problem")


def _pass_row(one: Pass) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(timespec="seconds"),
        "outcome": one.outcome,
        "add": [mac for mac, _label in one.added],
        "remove": [mac for mac, _label in one.removed],
        "plan": one.plan or None,
        "seconds": one.seconds,
        "steps": one.steps,
        "times": one.times,
        "problem": one.problem,
    }


@command(point, "strays")
@click.argument("name")
@pass_app
def point_strays(app: App, name: str) -> None:
    """Entries that somebody put on a point by hand, and what was decided about them."""
    with app.store.reading() as session:
        rows = [
            {
                "mac": row.mac,
                "label": row.label,
                "state": row.state,
                "first_seen": row.first_seen.isoformat(timespec="seconds"),
                "decided_by": row.decided_by,
            }
            for row in strays.on_point(session, queries.point(session, name))
        ]
    app.table(rows, "mac", "label", "state", "first_seen", "decided_by")


@command(point, "remove")
@click.argument("name")
@click.argument("macs", nargs=-1, required=True)
@click.option("--reason", required=True)
@pass_app
def point_remove(app: App, name: str, macs: tuple[str, ...], reason: str) -> None:
    """Have entries made by hand taken out of a point."""
    with app.store.transaction(app.actor) as tx:
        removed = deciding.remove(tx, queries.point(tx.session, name), macs, reason)
    app.show({"point": name, "removing": removed}, f"✔ {name}: se quitan {len(removed)} entradas hechas a mano")


@command(point, "adopt")
@click.argument("name")
@click.argument("mac")
@click.option("--area", "area_code", required=True)
@click.option("--name", "called", required=True, help="What it is, for example: printer.")
@click.option("--location", required=True, help="Where it stands, for example: ground floor.")
@pass_app
def point_adopt(app: App, name: str, mac: str, area_code: str, called: str, location: str) -> None:
    """Keep an entry made by hand: register the device as infrastructure of an area."""
    with app.store.transaction(app.actor) as tx:
        area = queries.area(tx.session, area_code)
        made = deciding.adopt(tx, queries.point(tx.session, name), mac, area, called, location)
    app.show({"point": name, "device": made.id}, f"✔ {name}: equipo {made.id}")
