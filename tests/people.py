"""The cast: Ana asks for Obras, Beto for the DIF; Sofía receives, Carla signs, Inés decides, León writes.

Tomás is the head of Obras, Nora administers, Alma audits, Nadia keeps the backups, Irma makes images, Diego systems.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from netreg.procedures import asking, device_access
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.deciding import approve
from netreg.store.transaction import Store

T = TypeVar("T")

PASSWORD = "una clave bien larga"
ACTOR = "schedule"


class Member(NamedTuple):
    """One of the cast; everybody has the same password."""

    email: str
    name: str
    roles: tuple[str, ...]
    area: str | None = None


ANA = Member("ana@municipio.gob.mx", "Ana López", ("liaison",), "OBRAS")
BETO = Member("beto@municipio.gob.mx", "Beto Ruiz", ("liaison",), "DIF")
INES = Member("ines@municipio.gob.mx", "Inés Mora", ("it",))
NORA = Member("nora@municipio.gob.mx", "Nora Díaz", ("administrator",))
TOMAS = Member("tomas@municipio.gob.mx", "Tomás Gil", ("head",), "OBRAS")
SOFIA = Member("sofia@municipio.gob.mx", "Sofía Cano", ("secretarial",))
CARLA = Member("carla@municipio.gob.mx", "Carla Ríos", ("coordinator",))
LEON = Member("leon@municipio.gob.mx", "León Paz", ("legal",))
NADIA = Member("nadia@municipio.gob.mx", "Nadia Luna", ("newtech",))
IRMA = Member("irma@municipio.gob.mx", "Irma Soto", ("image",))
DIEGO = Member("diego@municipio.gob.mx", "Diego Luna", ("digital",))
ALMA = Member("alma@municipio.gob.mx", "Alma Ortiz", ("auditor",))
# Both asks and decides, so that the rule "nobody decides what they asked for" has somebody to stop.
SARA = Member("sara@municipio.gob.mx", "Sara Vega", ("liaison", "it"), "OBRAS")
CAST = (ANA, BETO, INES, NORA, SARA, TOMAS, SOFIA, CARLA, LEON, NADIA, IRMA, DIEGO, ALMA)

AREAS = {"OBRAS": "Obras Públicas", "DIF": "Sistema DIF"}


def move_in(store: Store) -> None:
    """Give an empty installation its areas and its cast."""
    for code, name in AREAS.items():
        with store.transaction(ACTOR) as tx:
            people.add_area(tx, code, name)
    for member in CAST:
        with store.transaction(ACTOR) as tx:
            area = queries.area(tx.session, member.area) if member.area else None
            people.add_person(tx, member.email, member.name, member.roles, PASSWORD, area)


def mac(number: int) -> str:
    """The address of phone `number`: of a real maker, and not random."""
    digits = f"{0xA483E7000000 + number:012x}"
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def phone(number: int, holder: str = "Luis Peña") -> Wanted:
    return Wanted("phone", holder, mac=mac(number))


def computer(name: str, holder: str = "Luis Peña") -> Wanted:
    return Wanted("computer", holder, computer_name=name)


def ask(store: Store, *wanted: Wanted, by: Member = ANA) -> list[int]:
    """`by` asks for these devices for their area, and it is turned over to IT; the devices' numbers."""
    with store.transaction(by.email) as tx:
        area = queries.area(tx.session, by.area or "OBRAS")
        applicant = queries.person(tx.session, by.email)
        ticket = asking.submit(tx, area, applicant, "Trabajo de campo", wanted)
        device_access.put_through(tx, ticket)
        return [device.id for device in ticket.devices]


def phones(store: Store, count: int, by: Member = ANA, first: int = 1) -> list[int]:
    """Ask for phones `first` ... and approve them; the devices' numbers."""
    asked = ask(store, *(phone(first + i) for i in range(count)), by=by)
    for device in asked:
        approve(store, INES.email, device)
    return asked


def do(store: Store, command: Callable[..., T], device: int, *arguments: object, by: Member = INES) -> T:
    """Have `by` carry out a command on one device."""
    with store.transaction(by.email) as tx:
        return command(tx, queries.device(tx.session, device), *arguments)


def state(store: Store, device: int) -> tuple[str, int | None]:
    """A device's state and slot, as stored."""
    with store.reading() as session:
        authorisation = queries.device(session, device).authorisation
        return authorisation.state, authorisation.slot
