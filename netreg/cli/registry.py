"""mac, area, person."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, command, pass_app
from netreg.errors import DuplicateMac, InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.policy.roles import ROLES, SUBSTITUTED
from netreg.registry import queries
from netreg.registry.commands import people


def join(root: click.Group) -> None:
    root.add_command(mac)
    root.add_command(area)
    root.add_command(person)


# --- mac ------------------------------------------------------------------------------------------------------------


@click.command("mac", cls=NetregCommand)
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@pass_app
def mac(app: App, texts: tuple[str, ...]) -> None:
    """Say of each TEXT which address it is and whether it can be registered; exit 1 if any is refused."""
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


# --- area and person ------------------------------------------------------------------------------------------------


@click.group()
def area() -> None:
    """Areas: who asks."""


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
    """Every area, with its phones in use."""
    with app.store.reading() as session:
        rows = [
            {"code": one.code, "name": one.name, "phones": f"{queries.phones_in_use(session, one.quota_unit_id)}/3"}
            for one in queries.areas(session)
        ]
    app.table(rows, "code", "name", "phones")


@command(area, "import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_app
def area_import(app: App, file: Path) -> None:
    """Add the areas of a CSV with columns code,name,parent: all of them, or none."""
    rows = read_csv(file, {"code", "name"})
    with app.store.transaction(app.actor) as tx:
        for line, row in rows:
            with at_line(line):
                parent = row.get("parent")
                people.add_area(tx, row["code"], row["name"], queries.area(tx.session, parent) if parent else None)
    app.show({"added": len(rows)}, f"✔ {len(rows)} áreas")


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


# --- CSV ------------------------------------------------------------------------------------------------------------


def read_csv(file: Path, needed: set[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV in UTF-8 with their lines (a byte order mark is fine); refuses one that lacks a column."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = needed - set(reader.fieldnames or ())
            rows = [
                (reader.line_num, {key: value or "" for key, value in row.items() if isinstance(key, str)})
                for row in reader
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidValue(f"{file.name} no es un CSV en UTF-8.", f"{file.name} is not a CSV in UTF-8.", code="E_CSV",
                           field="file") from error  # fmt: skip
    if missing:
        names = ", ".join(sorted(missing))
        raise InvalidValue(f"Faltan columnas: {names}.", f"Missing columns: {names}.", code="E_CSV", field="file")
    return rows


class at_line:
    """Name the line of an import in any refusal from the block."""

    def __init__(self, line: int) -> None:
        self.line = line

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, InvalidValue | NotFound | DuplicateMac):
            error.message = f"renglón {self.line}: {error.message}"
            error.english = f"line {self.line}: {error.english}"
