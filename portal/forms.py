"""The request form: as many devices as wanted, every field checked, and what was typed kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from netreg.errors import Refused
from netreg.mac import MacAddress
from netreg.procedures.asking import MOST_DEVICES, Form, Wanted
from netreg.registry import text
from netreg.registry.models import Device, Ticket

_ROW = re.compile(r"kind-([0-9]{1,3})", re.ASCII)
# What stands above the devices: name -> the most letters it takes.
ABOVE = {"purpose": 500, "letter_number": 80, "letter_date": 10}
_ROW_FIELDS = ("holder", "mac", "computer_name", "model", "inventory_no", "until")


@dataclass
class RequestForm:
    """What a person typed, and what is wrong with it: field name -> refusal."""

    once: str
    said: dict[str, str] = field(default_factory=dict)
    rows: list[Wanted] = field(default_factory=lambda: [Wanted("phone", "")])
    errors: dict[str, Refused] = field(default_factory=dict)
    # Of an area that a desk asks for, its code.
    area: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> RequestForm:
        """The form as it was sent. Nothing is checked yet; rows beyond the limit are dropped."""
        numbers = sorted({int(match[1]) for name in sent if (match := _ROW.fullmatch(name))})[:MOST_DEVICES]
        rows = [_row(sent, number) for number in numbers]
        said = {name: sent.get(name, "") for name in ABOVE}
        return cls(sent.get("once", ""), said, rows or [Wanted("phone", "")], area=sent.get("area", ""))

    @classmethod
    def from_ticket(cls, ticket: Ticket, once: str) -> RequestForm:
        """The form of a request that is corrected."""
        said = {name: str(ticket.form.get(name, "")) for name in ABOVE}
        return cls(once, said, [_written(device) for device in ticket.devices] or [Wanted("phone", "")])

    @property
    def contents(self) -> Form:
        """What it asks for, as the core takes it."""
        return Form(self.said.get("purpose", ""), wanted=self.rows, letter=self.said)

    def reshape(self, action: str) -> bool:
        """Give the form one row more or less, where that is what was pressed; False when it is to be kept."""
        if action == "add":
            self.add_row()
        elif action.startswith("drop-") and action[5:].isdecimal():
            self.drop_row(int(action[5:]))
        return action == "add" or action.startswith("drop-")

    def add_row(self) -> None:
        """One more device, while there is room."""
        if len(self.rows) < MOST_DEVICES:
            self.rows.append(Wanted(self.rows[-1].kind, ""))

    def drop_row(self, number: int) -> None:
        """One device less; the last one stays."""
        if len(self.rows) > 1 and 0 <= number < len(self.rows):
            del self.rows[number]

    def check(self) -> bool:
        """Check every field with the core's own parsers, so that all mistakes are shown at once."""
        self._try("purpose", lambda name: text.line(self.said["purpose"], name, most=500))
        self._try("letter_number", lambda name: text.line(self.said["letter_number"], name, most=80, required=False))
        self._try("letter_date", lambda name: text.day(self.said["letter_date"], name))
        for number, row in enumerate(self.rows):
            self._check_row(number, row)
        return not self.errors

    def refuse(self, refusal: Refused) -> None:
        """Note a refusal of the core at the field it names; one that concerns the rows goes to the first."""
        name = refusal.field or "purpose"
        self.errors[name if name in (*ABOVE, "area") else f"{name}-0"] = refusal

    def _check_row(self, number: int, row: Wanted) -> None:
        self._try(f"holder-{number}", lambda name: text.line(row.holder, name))
        self._try(f"model-{number}", lambda name: text.line(row.model, name, most=80))
        # What belongs to the town hall has its number in the inventory (ADJ-P03, field inventory_no).
        municipal = row.ownership == "municipal"
        self._try(f"inventory_no-{number}", lambda name: text.line(row.inventory_no, name, most=40, required=municipal))
        self._try(f"until-{number}", lambda name: text.day(row.until, name))
        if row.kind == "computer":
            self._try(f"computer_name-{number}", lambda name: text.computer_name(row.computer_name, name))
        if row.kind != "computer" or row.mac.strip():
            self._try(f"mac-{number}", lambda name: MacAddress.registrable(row.mac, name))

    def _try(self, name: str, parse: Callable[[str], object]) -> None:
        try:
            parse(name)
        except Refused as refusal:
            self.errors[name] = refusal


def _row(sent: Mapping[str, str], number: int) -> Wanted:
    typed = {name: sent.get(f"{name}-{number}", "") for name in _ROW_FIELDS}
    row = Wanted(sent.get(f"kind-{number}", ""), **typed)
    replaced = sent.get(f"replaces-{number}", "") if row.kind == "phone" else ""
    ownership, connection = sent.get(f"ownership-{number}", "municipal"), sent.get(f"connection-{number}", "wifi")
    return replace(row, replaces=replaced, ownership=ownership, connection=connection)


def _written(device: Device) -> Wanted:
    """A device of a request as it was asked for."""
    right = device.authorisation
    return Wanted(
        device.kind,
        device.holder,
        mac=device.interfaces[0].mac if device.interfaces else device.claimed_mac,
        computer_name=device.computer_name or "",
        model=device.model,
        ownership=device.ownership,
        replaces=str(right.replaces_id or ""),
        connection=device.connection,
        inventory_no=device.inventory_no,
        until=right.ends_on.isoformat() if right.ends_on else "",
    )
