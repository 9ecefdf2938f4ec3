"""person add, invite, list, password, close, open, roles, area, substitute, reset-factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from netreg.cli.base import App, command, pass_app
from netreg.errors import InvalidValue
from netreg.policy.roles import ROLES, SUBSTITUTED
from netreg.registry import links, queries
from netreg.registry.commands import factors, people
from netreg.registry.models import Person
from netreg.store.transaction import Transaction


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
@click.option("--invite", is_flag=True, help="No password: the person gets a link with which to choose one.")
@pass_app
def person_add(
    app: App, email: str, name: str, roles: tuple[str, ...], area_code: str | None, password_file: Any, invite: bool
) -> None:
    """Add a person."""
    if invite and password_file:
        raise InvalidValue(
            "Con --invite la persona elige su contraseña; quite --password-file.",
            "With --invite the person chooses the password; leave out --password-file.",
            code="password_chosen_by_person", field="invite",
        )  # fmt: skip
    password = None if invite else _password(password_file)
    with app.store.transaction(app.actor) as tx:
        place = queries.area(tx.session, area_code) if area_code else None
        added = people.add_person(tx, email, name, roles, password, place)
        link = _invited(app, tx, added) if invite else {}
    app.show({"email": email, "roles": roles, **link}, f"✔ {email}: {', '.join(roles)}" + _spoken(link))


@command(person, "invite")
@click.argument("email")
@pass_app
def person_invite(app: App, email: str) -> None:
    """Send EMAIL a link with which to choose a password; where no mail is set up, show it here, once."""
    with app.store.transaction(app.actor) as tx:
        link = _invited(app, tx, queries.known_person(tx.session, email))
    app.show({"email": email, **link}, f"✔ {email}" + _spoken(link))


def _invited(app: App, tx: Transaction, one: Person) -> dict[str, str]:
    """Invite, and the link itself where no mail carries it."""
    purpose = people.invite(tx, one)
    if app.store.office.mail:
        return {"sent": "mail"}
    return {"link": links.address(app.store.office.address, app.settings.secret_key, one, purpose)}


def _spoken(link: dict[str, str]) -> str:
    if "link" in link:
        return "\nEntregue este enlace; sirve una vez y no se muestra de nuevo:\n" + link["link"]
    return "\nSe le envía un enlace por correo." if link else ""


def _password(file: Any) -> str:
    text: str = file.readline().rstrip("\n") if file else _ask_password()
    return text


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
    password = _password(password_file)
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


@command(person, "area")
@click.argument("email")
@click.argument("code", required=False)
@pass_app
def person_area(app: App, email: str, code: str | None) -> None:
    """Put EMAIL in the area CODE; without it, in none."""
    with app.store.transaction(app.actor) as tx:
        place = queries.area(tx.session, code) if code else None
        people.set_area(tx, queries.known_person(tx.session, email), place)
    app.show({"email": email, "area": code}, f"✔ {email}: {code or '—'}")


@command(person, "reset-factor")
@click.argument("email")
@pass_app
def person_reset_factor(app: App, email: str) -> None:
    """Take away the second factor of EMAIL, who lost it; they are signed out everywhere and told by mail."""
    with app.store.transaction(app.actor) as tx:
        factors.reset(tx, queries.known_person(tx.session, email))
    app.show({"email": email}, f"✔ {email}")
