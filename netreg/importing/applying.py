"""Do what a plan says, through the commands that the forms use: in one transaction, all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from netreg import events
from netreg.errors import NetregError, Refused
from netreg.importing.columns import DEVICES
from netreg.importing.plan import New, NewArea, NewDevice, NewPerson, Options, Plan
from netreg.importing.problems import refused
from netreg.importing.values import INFRASTRUCTURE
from netreg.policy import binding
from netreg.procedures import asking, device_access
from netreg.registry import queries, text
from netreg.registry.commands import areas, devices, people
from netreg.registry.models import Area, Device, Person
from netreg.store.transaction import Transaction

SAID = {
    "areas": ("áreas", "areas"),
    "people": ("personas", "people"),
    "devices": ("equipos", "devices"),
}
CENSUS = "Censo inicial"


def check_options(plan_kind: str, options: Options, *, at_the_portal: bool) -> None:
    """Refuse options that lack words: what devices are for, and at the portal by whose order they are let in."""
    if plan_kind != DEVICES:
        return
    text.line(options.purpose, "purpose", most=500)
    if options.approve:
        text.line(options.instruction, "instruction", most=300, required=at_the_portal)


def apply(tx: Transaction, plan: Plan, options: Options) -> int:
    """Make what the plan says is new; returns how many. The audit log has the file's hash and the counts.

    Raises Refused for a plan with problems or with phones beyond the three, and for what somebody changed since it was
    judged; nothing is stored then.
    """
    officer = queries.person(tx.session, tx.actor)
    check_options(plan.kind, options, at_the_portal=officer is not None)
    _check(plan)
    make: dict[str, Callable[[Transaction, Sequence[New], Options, Person | None], None]]
    make = {"areas": _areas, "people": _people, DEVICES: _devices}
    make[plan.kind](tx, plan.new, options, officer)
    said, said_en = SAID[plan.kind]
    tx.record(
        events.FileImported(
            kind=plan.kind,
            said=said,
            said_en=said_en,
            sha256=plan.sha256,
            rows=plan.rows,
            made=len(plan.new),
            same=len(plan.same),
            out=len(plan.out),
            approved=sum(isinstance(one, NewDevice) and options.approve and not one.ask_only for one in plan.new),
            reason=options.instruction,
        )
    )
    return len(plan.new)


def _check(plan: Plan) -> None:
    if plan.problems:
        raise refused(
            "import_refused", f"El archivo tiene {len(plan.problems)} problemas; no se importó nada.",
            f"The file has {len(plan.problems)} problems; nothing was imported.",
            "Corríjalos y cargue el archivo de nuevo.", "Correct them and load the file again.",
        )  # fmt: skip
    if plan.is_barred:
        listed = ", ".join(f"{one.code} ({', '.join(map(str, one.beyond))})" for one in plan.excess)
        raise refused(
            "quota_full", f"Hay áreas con más de tres teléfonos: {listed}. No se importó nada.",
            f"Areas would have more than three phones: {listed}. Nothing was imported.",
            "Marque qué renglones quedan sólo como solicitud.", "Mark which rows stay requests only.",
        )  # fmt: skip
    if not plan.new:
        raise refused(
            "nothing_new", "El archivo no trae nada nuevo.", "The file holds nothing new.",
            "Todo lo que dice ya está registrado.", "All it says is registered already.",
        )  # fmt: skip


@contextmanager
def _at(first: int, last: int) -> Iterator[None]:
    """Name the rows in any refusal from the block: something changed since the file was judged."""
    rows, rows_en = (f"renglón {first}", f"row {first}") if first == last else (
        f"renglones {first} a {last}", f"rows {first} to {last}",
    )  # fmt: skip
    try:
        yield
    except Refused as error:
        error.message, error.english = f"{rows}: {error.message}", f"{rows_en}: {error.english}"
        raise
    except NetregError as error:
        error.message = f"{rows}: {error.message}"
        raise


# --- areas and people -----------------------------------------------------------------------------------------------


def _areas(tx: Transaction, new: Sequence[New], _options: Options, _officer: Person | None) -> None:
    for one in new:
        if isinstance(one, NewArea):
            with _at(one.row, one.row):
                _area(tx, one)


def _area(tx: Transaction, one: NewArea) -> None:
    parent = queries.area(tx.session, one.parent) if one.parent else None
    made = people.add_area(tx, one.code, one.name, parent)
    if one.site:
        areas.set_site(tx, made, one.site)
    if one.head:
        areas.name_head(tx, made, one.head, one.post, tx.today)


def _people(tx: Transaction, new: Sequence[New], options: Options, _officer: Person | None) -> None:
    for one in new:
        if isinstance(one, NewPerson):
            with _at(one.row, one.row):
                area = queries.area(tx.session, one.area) if one.area else None
                made = people.add_person(tx, one.email, one.name, one.roles, None, area)
                if options.invite:
                    people.invite(tx, made)


# --- devices --------------------------------------------------------------------------------------------------------


def _devices(tx: Transaction, new: Sequence[New], options: Options, officer: Person | None) -> None:
    by_area: dict[str, list[NewDevice]] = defaultdict(list)
    for one in new:
        if isinstance(one, NewDevice) and one.wanted.kind == INFRASTRUCTURE:
            with _at(one.row, one.row):
                _register(tx, one, options)
        elif isinstance(one, NewDevice):
            by_area[one.area].append(one)
    for code, those in by_area.items():
        area = queries.area(tx.session, code)
        for start in range(0, len(those), asking.MOST_DEVICES):
            _ask(tx, area, those[start : start + asking.MOST_DEVICES], options, officer)


def _register(tx: Transaction, one: NewDevice, options: Options) -> None:
    called = one.wanted.model or one.wanted.holder
    area = queries.area(tx.session, one.area)
    devices.register_infrastructure(tx, area, one.macs[0], called, one.location, instruction=_instruction(options))


def _ask(tx: Transaction, area: Area, those: list[NewDevice], options: Options, officer: Person | None) -> None:
    """One request of an area; what is to be let in is received, turned over and approved."""
    with _at(those[0].row, those[-1].row):
        ticket = asking.submit(tx, area, None, options.purpose, [one.wanted for one in those])
        if options.approve:
            device_access.put_through(tx, ticket, _instruction(options))
        made = list(ticket.devices)
    for one, device in zip(those, made, strict=True):
        if options.approve and not one.ask_only:
            with _at(one.row, one.row):
                devices.approve(tx, device, officer)
                _bind(tx, device, one, options)


def _bind(tx: Transaction, device: Device, one: NewDevice, options: Options) -> None:
    """A computer has the addresses that the office's own list gives it."""
    if options.bind and one.wanted.kind == "computer":
        medium = "wifi" if one.wanted.connection == "wifi" else "ethernet"
        for mac in one.macs:
            devices.bind(tx, device, mac, medium, _instruction(options), binding.INVENTORY)


def _instruction(options: Options) -> str:
    return text.line(options.instruction, "instruction", most=200, required=False) or CENSUS
