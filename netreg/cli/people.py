"""person add, list, password, close, open, roles, substitute."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.policy.roles import ROLES, SUBSTITUTED
from netreg.registry import queries
from netreg.registry.commands import people


def join(root: click.Group) -> None:
    root.add_command(person)


@click.group()
def person() -> None:
    """People: who signs in."""


@command(person, "add")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--area", "area_code", help="Code of the area of a liaison.")
@click.option(
    "--password-file", type=click.File(), help="Read the password from a file (- for stdin); else it is asked."
)
@pass_app
def person_add(
    app: App, email: str, name: str, roles: tuple[str, ...], area_code: str | None, password_file: Any
) -> None:
    """Add a person."""
    password = password_file.readline().rstrip("\n") if password_file else _ask_password()
    with app.store.transaction(app.actor) as tx:
        place = queries.area(tx.session, area_code) if area_code else None
        people.add_person(tx, email, name, roles, password, place)
    app.show({"email": email, "roles": roles}, f"✔ {email}: {', '.join(roles)}")


def _ask_password() -> str:
    text: str = click.prompt("Contraseña", hide_input=True, confirmation_prompt=True, err=True)
    return text


@command(person, "substitute")
@click.argument("email")
@click.option("--for", "absent", required=True, help="Who is absent.")
@click.option("--role", required=True, type=click.Choice(SUBSTITUTED))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--until", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day.")
@pass_app
def person_substitute(app: App, email: str, absent: str, role: str, first: datetime, last: datetime) -> None:
    """Name EMAIL as the substitute of somebody, in one role and for some days."""
    with app.store.transaction(app.actor) as tx:
        one, other = (queries.known_person(tx.session, who) for who in (email, absent))
        people.substitute(tx, one, role, other, first.date(), last.date())
    days = {"from": first.date().isoformat(), "until": last.date().isoformat()}
    spoken = f"✔ {email}: {role}, {days['from']} – {days['until']}"
    app.show({"email": email, "for": absent, "role": role, **days}, spoken)


@command(person, "list")
@pass_app
def person_list(app: App) -> None:
    """Every person, with roles and area."""
    with app.store.reading() as session:
        rows = [
            {
                "email": one.email,
                "name": one.name,
                "roles": ", ".join(role.name for role in one.roles),
                "area": one.area.code if one.area else None,
                "active": one.active,
            }
            for one in queries.people(session)
        ]
    app.table(rows, "email", "name", "roles", "area", "active")


@command(person, "password")
@click.argument("email")
@click.option("--password-file", type=click.File(), help="Read it from a file (- for stdin); else it is asked.")
@pass_app
def person_password(app: App, email: str, password_file: Any) -> None:
    """Give EMAIL another password; they are signed out everywhere."""
    password = password_file.readline().rstrip("\n") if password_file else _ask_password()
    with app.store.transaction(app.actor) as tx:
        people.set_password(tx, queries.known_person(tx.session, email), password)
    app.show({"email": email}, f"✔ {email}")


@command(person, "close")
@click.argument("email")
@pass_app
def person_close(app: App, email: str) -> None:
    """Close the account of EMAIL; they are signed out everywhere."""
    _set_active(app, email, False)


@command(person, "open")
@click.argument("email")
@pass_app
def person_open(app: App, email: str) -> None:
    """Open the account of EMAIL again."""
    _set_active(app, email, True)


def _set_active(app: App, email: str, active: bool) -> None:
    with app.store.transaction(app.actor) as tx:
        people.set_active(tx, queries.known_person(tx.session, email), active)
    app.show({"email": email, "active": active}, f"✔ {email}")


@command(person, "roles")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@pass_app
def person_roles(app: App, email: str, roles: tuple[str, ...]) -> None:
    """Give EMAIL exactly these roles."""
    with app.store.transaction(app.actor) as tx:
        people.set_roles(tx, queries.known_person(tx.session, email), roles)
    app.show({"email": email, "roles": sorted(set(roles))}, f"✔ {email}: {', '.join(sorted(set(roles)))}")
