"""area add, list, rename, site, head, merge, split, close, prolong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from netreg.cli.base import App, command, pass_app
from netreg.policy.quota import PHONES_PER_AREA
from netreg.registry import queries, slots
from netreg.registry.commands import areas, people
from netreg.registry.models import Area

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def area() -> None:
    """Areas: who asks, who signs for them, and what becomes of them."""


@command(area, "add")
@click.argument("code")
@click.argument("name")
@click.option("--parent", help="Code of the area whose three phones it shares.")
@pass_app
def area_add(app: App, code: str, name: str, parent: str | None) -> None:
    """Add an area."""
    with app.store.transaction(app.actor) as tx:
        added = people.add_area(tx, code, name, queries.area(tx.session, parent) if parent else None)
    app.show({"code": added.code, "name": added.name}, f"✔ {added.code}: {added.name}")


@command(area, "list")
@pass_app
def area_list(app: App) -> None:
    """Every area, with who signs for it today and its phones in use."""
    today = app.store.office.today
    with app.store.reading() as session:
        rows = [_row(session, one, today) for one in queries.areas(session)]
    app.table(rows, "code", "name", "site", "head", "phones", "excess", "closed")


def _row(session: Session, one: Area, today: date) -> dict[str, Any]:
    head = areas.head_on(session, one, today)
    return {
        "code": one.code,
        "name": one.name,
        "head": head.name if head else "",
        "site": one.site,
        "phones": f"{slots.phones_in_use(session, one.quota_unit_id)}/{PHONES_PER_AREA}",
        "excess": len(areas.excess(session, one.quota_unit_id)),
        "closed": one.closed.isoformat() if one.closed else None,
    }


@command(area, "rename")
@click.argument("code")
@click.argument("name")
@pass_app
def area_rename(app: App, code: str, name: str) -> None:
    """Give an area another name; signed letters keep the one of their date."""
    with app.store.transaction(app.actor) as tx:
        renamed = areas.rename(tx, queries.area(tx.session, code), name)
    app.show({"code": renamed.code, "name": renamed.name}, f"✔ {renamed.code}: {renamed.name}")


@command(area, "site")
@click.argument("code")
@click.argument("site", default="")
@pass_app
def area_site(app: App, code: str, site: str) -> None:
    """Say where an area works; without a SITE, everywhere. Points of other sites do not take its devices."""
    with app.store.transaction(app.actor) as tx:
        sited = areas.set_site(tx, queries.area(tx.session, code), site)
    app.show({"code": sited.code, "site": sited.site}, f"✔ {sited.code}: {sited.site or '*'}")


@command(area, "head")
@click.argument("code")
@click.argument("name")
@click.option("--post", required=True, help="As it stands under a signature, such as “Directora de Obras”.")
@click.option("--from", "first", type=DAY, required=True, metavar="YYYY-MM-DD")
@click.option("--acting", is_flag=True, help="Acts as head while there is none.")
@pass_app
def area_head(app: App, code: str, name: str, post: str, first: datetime, acting: bool) -> None:
    """Record who signs for an area from a day on; letters are checked against it."""
    with app.store.transaction(app.actor) as tx:
        made = areas.name_head(tx, queries.area(tx.session, code), name, post, first.date(), acting=acting)
        document = {"area": code, "head": made.name, "post": made.post, "from": made.first.isoformat()}
    app.show(document, f"✔ {code}: {document['head']}, {document['post']}, desde {document['from']}")


@command(area, "merge")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@click.option("--into", required=True, metavar="CODE")
@pass_app
def area_merge(app: App, codes: tuple[str, ...], into: str) -> None:
    """Make areas part of another. Nothing is cut: phones beyond the three stay thirty days."""
    with app.store.transaction(app.actor) as tx:
        absorbed = [queries.area(tx.session, code) for code in codes]
        found = areas.merge(tx, absorbed, queries.area(tx.session, into))
        excess = [{"device": one.id, "until": str(one.authorisation.grandfathered_until)} for one in found]
    said = f"; de más: {', '.join('#{device} hasta {until}'.format_map(one) for one in excess)}" if excess else ""
    app.show({"into": into, "excess": excess}, f"✔ {', '.join(codes)} → {into}{said}")


@command(area, "split")
@click.argument("code")
@click.argument("new_code")
@click.argument("name")
@click.option("--device", "devices", type=int, multiple=True, help="A device that goes along; may be repeated.")
@pass_app
def area_split(app: App, code: str, new_code: str, name: str, devices: tuple[int, ...]) -> None:
    """Make a part of an area one of its own, with its own three phones."""
    with app.store.transaction(app.actor) as tx:
        moved = [queries.device(tx.session, number) for number in devices]
        made = areas.split(tx, queries.area(tx.session, code), new_code, name, moved)
    app.show({"code": made.code, "devices": list(devices)}, f"✔ {made.code}: {len(devices)} equipos")


@command(area, "close")
@click.argument("code")
@pass_app
def area_close(app: App, code: str) -> None:
    """The area exists no more; its devices stay until somebody decides about each."""
    with app.store.transaction(app.actor) as tx:
        waiting = [device.id for device in areas.close(tx, queries.area(tx.session, code))]
    app.show({"code": code, "waiting": waiting}, f"✔ {code}; esperan decisión: {len(waiting)}")


@command(area, "prolong")
@click.argument("code")
@click.option("--until", type=DAY, required=True, metavar="YYYY-MM-DD")
@pass_app
def area_prolong(app: App, code: str, until: datetime) -> None:
    """Let an area's phones beyond the three stay until a later day."""
    with app.store.transaction(app.actor) as tx:
        areas.prolong(tx, queries.area(tx.session, code), until.date())
    app.show({"code": code, "until": until.date().isoformat()}, f"✔ {code}: hasta {until.date().isoformat()}")
