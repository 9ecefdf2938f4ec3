"""mac, area, person, request."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, command, pass_app, printable
from netreg.errors import DuplicateMac, InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.commands import devices as deciding_commands
from netreg.registry.commands import people, requests
from netreg.registry.deciding import approve
from netreg.registry.models import Request
from netreg.store.transaction import Transaction


def join(root: click.Group) -> None:
    root.add_command(mac)
    root.add_command(area)
    root.add_command(person)
    root.add_command(request)


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
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(people.ROLES))
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


# --- request --------------------------------------------------------------------------------------------------------


@click.group()
def request() -> None:
    """Requests: ask, approve, reject, show."""


@command(request, "submit")
@click.option("--area", "area_code", required=True)
@click.option("--purpose", required=True)
@click.option("--holder", required=True, help="Who uses the device.")
@click.option("--phone", "phones", multiple=True, metavar="MAC", help="A phone by its WiFi MAC; may be repeated.")
@click.option("--computer", "computers", multiple=True, metavar="NAME", help="A computer by its name; may be repeated.")
@click.option("--model", default="")
@click.option("--as", "email", help="The person who asks.")
@pass_app
def request_submit(
    app: App, area_code: str, purpose: str, holder: str, phones: tuple[str, ...], computers: tuple[str, ...],
    model: str, email: str | None,
) -> None:  # fmt: skip
    """Ask for devices of an area."""
    wanted = [requests.Wanted("phone", holder, mac=text, model=model) for text in phones]
    wanted += [requests.Wanted("computer", holder, computer_name=text, model=model) for text in computers]
    office = app.settings.office
    with app.store.transaction(email or app.actor) as tx:
        applicant = acting(tx, email)
        made = requests.submit(
            tx, queries.area(tx.session, area_code), applicant, purpose, wanted,
            prefix=office.folio_prefix, timezone=office.timezone,
        )  # fmt: skip
        document = described(made)
    app.show(document, f"✔ {document['folio']}: " + ", ".join(f"#{one['device']}" for one in document["devices"]))


@command(request, "approve")
@click.argument("device", type=int)
@click.option("--as", "email", help="The officer who decides.")
@pass_app
def request_approve(app: App, device: int, email: str | None) -> None:
    """Approve DEVICE (its number); its address goes to every point."""
    if email:
        with app.store.reading() as session:
            known_person(session, email)
    state = approve(app.store, email or app.actor, device)
    app.show({"device": device, "state": state}, f"✔ #{device}: {state}")


@command(request, "reject")
@click.argument("device", type=int)
@click.option("--reason", "code", required=True, type=click.Choice(tuple(deciding_commands.REASONS)))
@click.option("--words", default="", help="Needed for the reason `other`.")
@click.option("--as", "email", help="The officer who decides.")
@pass_app
def request_reject(app: App, device: int, code: str, words: str, email: str | None) -> None:
    """Reject DEVICE (its number) for a reason."""
    with app.store.transaction(email or app.actor) as tx:
        officer = acting(tx, email)
        deciding_commands.reject(tx, queries.device(tx.session, device), officer, code, words)
    app.show({"device": device, "state": "rejected"}, f"✔ #{device}: rejected")


@command(request, "list")
@click.option("--area", "area_code")
@click.option("--state")
@pass_app
def request_list(app: App, area_code: str | None, state: str | None) -> None:
    """Requests, the undecided first."""
    with app.store.reading() as session:
        place = queries.area(session, area_code).id if area_code else None
        rows = [described(one) for one in queries.requests(session, place, state)]
    app.table(rows, "folio", "area", "state", "submitted", "purpose")


@command(request, "show")
@click.argument("folio")
@pass_app
def request_show(app: App, folio: str) -> None:
    """One request with its devices."""
    with app.store.reading() as session:
        document = described(queries.request(session, folio))
    if app.as_json:
        app.show(document)
        return
    app.say(f"{document['folio']} · {document['area']} · {document['state']}\n{printable(document['purpose'])}\n")
    app.table(document["devices"], "device", "kind", "name", "macs", "holder", "state", "slot", "reason")


def described(one: Request) -> dict[str, Any]:
    """A request as a document."""
    return {
        "folio": one.folio,
        "area": one.area.code,
        "state": one.state,
        "submitted": one.submitted.isoformat(timespec="seconds"),
        "applicant": one.applicant.email if one.applicant else None,
        "purpose": one.purpose,
        "devices": [
            {
                "device": device.id,
                "kind": device.kind,
                "name": device.label,
                "macs": ", ".join(interface.mac for interface in device.interfaces),
                "holder": device.holder,
                "state": device.authorisation.state,
                "slot": device.authorisation.slot,
                "reason": device.authorisation.reason_code,
            }
            for device in one.devices
        ],
    }


def acting(tx: Transaction, email: str | None) -> Any:
    """The person named with --as, or None; refuses a person there is not."""
    return known_person(tx.session, email) if email else None


def known_person(session: Any, email: str) -> Any:
    found = queries.person(session, email)
    if found is None:
        raise NotFound("No existe esa persona.", "There is no such person.", field="as")
    return found


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
