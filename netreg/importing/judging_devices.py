"""The dry run of a list of devices, with the three-phones rule: what would be too many is shown, and nothing is cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, Refused
from netreg.importing.places import Place, Places
from netreg.importing.plan import Cells, Excess, Importer, NewDevice, Options, Plan, already_at, check_width
from netreg.importing.problems import Problem, harmless, problem, refused
from netreg.importing.table import Row
from netreg.importing.values import (
    CONNECTIONS,
    INFRASTRUCTURE,
    KINDS,
    OWNERSHIP,
    addresses,
    code_of,
    is_out,
    is_yes,
)
from netreg.policy import quota
from netreg.procedures.asking import Wanted
from netreg.registry import text, verdicts
from netreg.registry.models import Authorisation, Device, Interface
from netreg.store.chunks import chunks

Standing = Mapping[str, int]
_OVER = (quota.REJECTED, quota.REMOVED)


@dataclass(frozen=True, slots=True)
class Register:
    """What the register says of the devices of a list: by address and by computer's name the area it is of, of those
    that are live and of those that are asked for; and how many phones a quota unit has.
    """

    live: Standing
    asked: Standing
    live_names: Standing
    asked_names: Standing
    blocked: frozenset[str]
    slots: Mapping[int, int]

    @classmethod
    def of(cls, session: Session, listed: Iterable[NewDevice]) -> Register:
        macs = sorted({mac for device in listed for mac in device.macs})
        names = sorted({device.wanted.computer_name for device in listed if device.wanted.computer_name})
        right = Authorisation.device_id == Device.id
        bears = select(Interface.mac, Device.area_id).join(Device, Device.id == Interface.device_id)
        asked = bears.join(Authorisation, right).where(Authorisation.state.not_in(_OVER))
        claims = select(Device.claimed_mac, Device.area_id).join(Authorisation, right)
        claims = claims.where(Authorisation.state.not_in(_OVER))
        bound = select(Authorisation.live_name, Device.area_id).join(Device, right)
        hoped = select(Device.computer_name, Device.area_id).join(Authorisation, right)
        slots = select(Authorisation.quota_unit_id, func.count()).where(Authorisation.slot.is_not(None))
        return cls(
            _table(session, bears.where(Interface.live), macs),
            _table(session, claims, macs) | _table(session, asked, macs),
            _table(session, bound, names),
            _table(session, hoped.where(Authorisation.state.not_in(_OVER)), names),
            frozenset(str(mac) for mac in verdicts.blocked(session)),
            {unit: number for unit, number in session.execute(slots.group_by(Authorisation.quota_unit_id))},
        )


def _table(session: Session, query: Select[Any, int], keys: Sequence[str]) -> dict[str, int]:
    """What a query of two columns has of these keys, which its first one holds."""
    asked = (query.where(query.selected_columns[0].in_(some)) for some in chunks(keys))
    return {key: value for one in asked for key, value in session.execute(one)}


def judge(session: Session, plan: Plan, rows: list[Row], options: Options, who: Importer | None) -> None:
    """Judge every row, then the areas that would have more than three phones."""
    if options.approve and who is not None and not who.may("requests.decide"):
        plan.problems.append(_not_yours())
        return
    listed = [*_listed(plan, rows, Places.of(session), options)]
    register, seen = Register.of(session, [device for _cells, device, _area in listed]), _Seen()
    for cells, device, area in listed:
        if _is_there(device, area, register):
            plan.same.append(cells.number)
            seen.note(cells, device)
            continue
        _check_free(cells, device, register, options)
        _check_person(cells, device, options, who)
        seen.check(cells, device)
        if cells.is_sound:
            plan.new.append(device)
    plan.excess.extend(_excess(plan, {area.code: area for _cells, _device, area in listed}, register))


# --- one row --------------------------------------------------------------------------------------------------------


def _listed(
    plan: Plan, rows: Iterable[Row], places: Places, options: Options
) -> Iterator[tuple[Cells, NewDevice, Place]]:
    """The rows that say a device as they should, with its area. Those of what is gone are noted, and left out."""
    for row in rows:
        cells = Cells(plan, row)
        if is_out(cells["state"]):
            plan.out.append(cells.number)
            continue
        device, area = _device(cells, places, options)
        if device is not None and area is not None:
            yield cells, device, area


def _device(cells: Cells, places: Places, options: Options) -> tuple[NewDevice | None, Place | None]:
    area: Place | None = None
    with cells.at("area"):
        area = places.named(cells["area"])
    kind = _kind(cells)
    macs = _macs(cells, kind)
    said = _said(cells, kind)
    location, ask_only = "", cells.number in options.ask_only
    if kind == INFRASTRUCTURE:
        location = _infrastructure(cells, options)
    with cells.at("ask_only"):
        ask_only = is_yes(cells["ask_only"], "ask_only") or ask_only
    check_width(cells)
    if area is None or not cells.is_sound:
        return None, None
    wanted = Wanted(kind, mac=macs[0] if macs else "", **said)
    return NewDevice(cells.number, area.code, wanted, macs, ask_only, location), area


def _kind(cells: Cells) -> str:
    """What the row says it is; where no column says it, what has a computer's name is a computer."""
    if not cells["kind"]:
        return "computer" if cells["computer_name"] else "phone"
    with cells.at("kind"):
        return code_of(KINDS, cells["kind"], "kind")
    return "phone"


def _macs(cells: Cells, kind: str) -> tuple[str, ...]:
    if not cells["mac"] and kind == "computer":
        return ()
    with cells.at("mac"):
        found = addresses(cells["mac"])
        if len(found) > 1 and kind != "computer":
            raise refused(
                "E_ONE_MAC", "La celda tiene varias direcciones y el equipo usa una.",
                "The cell has several addresses and the device uses one.",
                "Deje sólo la de WiFi.", "Leave only the one for WiFi.", field="mac",
            )  # fmt: skip
        return found
    return ()


def _said(cells: Cells, kind: str) -> dict[str, str]:
    said = {"holder": "", "ownership": "municipal", "connection": "wifi", "computer_name": ""}
    with cells.at("holder"):
        # Nobody holds a printer: what it is called is enough.
        said["holder"] = text.line(cells["holder"], "holder", required=kind != INFRASTRUCTURE)
    for name, most in (("model", 80), ("inventory_no", 40)):
        with cells.at(name):
            said[name] = text.line(cells[name], name, most=most, required=False)
    if kind == "computer":
        with cells.at("computer_name"):
            said["computer_name"] = text.computer_name(cells["computer_name"])
    for name, table in (("ownership", OWNERSHIP), ("connection", CONNECTIONS)):
        if cells[name]:
            with cells.at(name):
                said[name] = code_of(table, cells[name], name)
    return said


def _infrastructure(cells: Cells, options: Options) -> str:
    """Where it stands. It is registered, and nobody asks for it."""
    if not options.approve:
        cells.blame("kind", refused(
            "E_KIND", "La infraestructura no se pide: se registra.",
            "Infrastructure is not asked for: it is registered.",
            "Elija aprobar los equipos, o quite el renglón.", "Choose to approve the devices, or take the row out.",
        ))  # fmt: skip
    if not (cells["model"] or cells["holder"]):
        cells.blame("holder", refused("E_EMPTY", "Falta qué equipo es.", "What device it is, is missing.",
                                     "Escriba, por ejemplo, impresora del pasillo.",
                                     "Write, for example, printer of the corridor."))  # fmt: skip
    with cells.at("location"):
        return text.line(cells["location"], "location")
    return ""


# --- beside what is there -------------------------------------------------------------------------------------------


def _is_there(device: NewDevice, area: Place, register: Register) -> bool:
    """Whether the same device is in, or asked for, by the same area: to import a list again makes nothing twice."""
    if device.wanted.kind == "computer":
        name = device.wanted.computer_name
        return area.id in (register.live_names.get(name), register.asked_names.get(name))
    return area.id in (register.live.get(device.macs[0]), register.asked.get(device.macs[0]))


def _check_free(cells: Cells, device: NewDevice, register: Register, options: Options) -> None:
    if set(device.macs) & register.blocked:
        cells.blame("mac", refused(
            "address_blocked", "Esa dirección está bloqueada.", "That address is blocked.",
            "Levante el bloqueo en las alertas decididas, o quite el renglón.",
            "Lift the block among the decided alerts, or take the row out.", field="mac",
        ))  # fmt: skip
    takes = device.wanted.kind != "computer" or options.bind
    if takes and not register.live.keys().isdisjoint(device.macs):
        cells.blame("mac", refused(
            "mac_active_elsewhere", "Esa dirección ya está autorizada en otro equipo.",
            "That address is already authorised for another device.",
            "Dé de baja el otro equipo, o quite el renglón.", "Remove the other device, or take the row out.",
            field="mac",
        ))  # fmt: skip
    if device.wanted.computer_name in register.live_names:
        cells.blame("computer_name", refused(
            "name_active_elsewhere", "Otra área tiene una computadora autorizada con ese nombre.",
            "Another area has an authorised computer with that name.",
            "Cambie el nombre de una de las dos.", "Rename one of the two.", field="computer_name",
        ))  # fmt: skip


def _check_person(cells: Cells, device: NewDevice, options: Options, who: Importer | None) -> None:
    """Nobody lets in what they will use."""
    if not options.approve or device.ask_only or who is None:
        return
    if device.wanted.holder and who.name.casefold() == device.wanted.holder.casefold():
        cells.blame("holder", refused(
            "not_allowed", "Nadie aprueba lo que va a usar.", "Nobody approves what they will use.",
            "Marque el renglón como sólo solicitud: decide otra persona.",
            "Mark the row as request only: somebody else decides.",
        ))  # fmt: skip


class _Seen:
    """Addresses and names of the rows above."""

    def __init__(self) -> None:
        self._macs: dict[str, int] = {}
        self._names: dict[str, int] = {}

    def check(self, cells: Cells, device: NewDevice) -> None:
        """A second row with the same address or computer's name is a problem."""
        for mac in device.macs:
            if mac in self._macs:
                cells.blame("mac", already_at(self._macs[mac], "This address", "Esa dirección", "E_SAME_MAC"))
        name = device.wanted.computer_name
        if name and name in self._names:
            cells.blame("computer_name", already_at(self._names[name], "This name", "Ese nombre", "E_SAME_NAME"))
        self.note(cells, device)

    def note(self, cells: Cells, device: NewDevice) -> None:
        for mac in device.macs:
            self._macs.setdefault(mac, cells.number)
        if device.wanted.computer_name:
            self._names.setdefault(device.wanted.computer_name, cells.number)


# --- the three phones -----------------------------------------------------------------------------------------------


def _excess(plan: Plan, areas: Mapping[str, Place], register: Register) -> list[Excess]:
    by_unit: dict[int, list[NewDevice]] = defaultdict(list)
    for device in plan.new:
        if isinstance(device, NewDevice) and device.is_phone and not device.ask_only:
            by_unit[areas[device.area].quota_unit_id].append(device)
    found = []
    for unit, phones in by_unit.items():
        in_use = register.slots.get(unit, 0)
        free = max(0, quota.PHONES_PER_AREA - in_use)
        if len(phones) > free:
            rows, area = tuple(one.row for one in phones), areas[phones[0].area]
            found.append(Excess(area.code, area.name, in_use, rows, rows[free:]))
    return found


def _not_yours() -> Problem:
    refusal: Refused = InvalidValue(
        "Aprobar le toca a Informática.", "To approve is for IT.", code="not_your_step",
        hint="Importe sin aprobar: los equipos quedan como solicitudes.",
        hint_en="Import without approving: the devices stay requests.",
    )  # fmt: skip
    return problem(refusal, 0, "", harmless(""))
