"""The request form: as many devices as wanted, every field checked, and what was typed kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from netreg.errors import Refused
from netreg.mac import MacAddress
from netreg.procedures.device_access import MOST_DEVICES, Wanted
from netreg.registry import text

_ROW = re.compile(r"kind-([0-9]{1,3})", re.ASCII)


@dataclass
class RequestForm:
    """What a person typed, and what is wrong with it: field name -> refusal."""

    once: str
    purpose: str = ""
    letter_number: str = ""
    rows: list[Wanted] = field(default_factory=lambda: [Wanted("phone", "")])
    errors: dict[str, Refused] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> RequestForm:
        """The form as it was sent. Nothing is checked yet; rows beyond the limit are dropped."""
        numbers = sorted({int(match[1]) for name in sent if (match := _ROW.fullmatch(name))})[:MOST_DEVICES]
        rows = [_row(sent, number) for number in numbers]
        typed = (sent.get("once", ""), sent.get("purpose", ""), sent.get("letter_number", ""))
        return cls(*typed, rows or [Wanted("phone", "")])

    def reshape(self, action: str) -> bool:
        """Give the form one row more or less, where that is what was pressed; False when it is to be sent."""
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
        self._try("purpose", lambda name: text.line(self.purpose, name, most=500))
        self._try("letter_number", lambda name: text.line(self.letter_number, name, most=80, required=False))
        for number, row in enumerate(self.rows):
            self._check_row(number, row)
        return not self.errors

    def refuse(self, refusal: Refused) -> None:
        """Note a refusal of the core at the field it names; one that concerns the rows goes to the first."""
        name = refusal.field or "purpose"
        self.errors[name if name in ("purpose", "letter_number") else f"{name}-0"] = refusal

    def _check_row(self, number: int, row: Wanted) -> None:
        self._try(f"holder-{number}", lambda name: text.line(row.holder, name))
        self._try(f"model-{number}", lambda name: text.line(row.model, name, most=80, required=False))
        if row.kind == "computer":
            self._try(f"computer_name-{number}", lambda name: text.computer_name(row.computer_name, name))
        else:
            self._try(f"mac-{number}", lambda name: MacAddress.registrable(row.mac, name))

    def _try(self, name: str, parse: Callable[[str], object]) -> None:
        try:
            parse(name)
        except Refused as refusal:
            self.errors[name] = refusal


def _row(sent: Mapping[str, str], number: int) -> Wanted:
    typed = {name: sent.get(f"{name}-{number}", "") for name in ("holder", "mac", "computer_name", "model")}
    row = Wanted(sent.get(f"kind-{number}", ""), **typed)
    replaced = sent.get(f"replaces-{number}", "") if row.kind == "phone" else ""
    return replace(row, ownership=sent.get(f"ownership-{number}", "municipal"), replaces=replaced)
