"""revalidation start, list, prolong."""

from __future__ import annotations

from datetime import datetime

import click

from netreg.cli.base import App, command, pass_app
from netreg.procedures import revalidation as lists
from netreg.registry import queries


@click.group()
def revalidation() -> None:
    """Revalidation: areas say which of their devices they still need."""


@command(revalidation, "start")
@click.option("--area", "codes", multiple=True, help="Code of an area; may be repeated.")
@click.option("--all", "everybody", is_flag=True, help="Every area, for example when the administration changes.")
@click.option("--note", required=True, help="Why the areas are asked; they read it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day to answer; 45 days from today without it.")
@pass_app
def start(app: App, codes: tuple[str, ...], everybody: bool, note: str, until: datetime | None) -> None:
    """Ask areas for their devices. Nothing is removed by this, nor by itself later."""
    if everybody == bool(codes):
        raise click.UsageError("say either --all or --area CODE")
    with app.store.transaction(app.actor) as tx:
        asked = queries.areas(tx.session) if everybody else [queries.area(tx.session, code) for code in codes]
        made = lists.start(tx, asked, note, until.date() if until else None).id
    with app.store.reading() as session:
        found = [row.id for row in lists.lists(session, open_only=True) if row.campaign_id == made]
    app.show({"campaign": made, "lists": found}, f"✔ {made}: {len(found)} áreas")


@command(revalidation, "list")
@pass_app
def list_all(app: App) -> None:
    """Every list: its area, its last day, and how it stands."""
    with app.store.reading() as session:
        rows = [
            {
                "list": row.id,
                "area": row.area.code,
                "due": row.due.isoformat(),
                "state": row.state,
                "devices": len(row.marks),
                "marked": sum(bool(mark.choice) for mark in row.marks),
            }
            for row in lists.lists(session)
        ]
    app.table(rows, "list", "area", "due", "state", "devices", "marked")


@command(revalidation, "prolong")
@click.argument("number", type=int)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True)
@pass_app
def prolong(app: App, number: int, until: datetime) -> None:
    """Give an area more time."""
    with app.store.transaction(app.actor) as tx:
        lists.prolong(tx, lists.one(tx.session, number), until.date())
    app.show({"list": number, "due": until.date().isoformat()}, f"✔ R{number}: {until.date().isoformat()}")
