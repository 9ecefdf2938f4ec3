"""What an import would do: every row judged, nothing done yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from netreg.errors import Refused
from netreg.importing.columns import Columns
from netreg.importing.problems import Problem, problem, refused
from netreg.importing.table import Row
from netreg.policy import roles
from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures.asking import Wanted

PURPOSE = "Importación del registro anterior"


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with what is read: devices are asked for, and with `approve` let in as well; `bind` gives computers
    the addresses of the file, with that as the evidence; rows of `ask_only` stay requests. People are invited or not.
    `instruction` is by whose order devices are let in without a letter each."""

    approve: bool = False
    bind: bool = False
    ask_only: frozenset[int] = frozenset()
    invite: bool = False
    purpose: str = PURPOSE
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Importer:
    """Somebody who imports at the portal: the name, and the roles they may act in today."""

    name: str
    roles: Mapping[str, str]

    def may(self, permission: str) -> bool:
        return roles.may(self.roles, permission)


@dataclass(frozen=True, slots=True)
class NewArea:
    row: int
    code: str
    name: str
    parent: str = ""
    site: str = ""
    head: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class NewPerson:
    row: int
    email: str
    name: str
    roles: tuple[str, ...]
    area: str = ""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to be asked for; `macs` are all its addresses. Infrastructure is registered, and asked for by nobody."""

    row: int
    area: str
    wanted: Wanted
    macs: tuple[str, ...] = ()
    ask_only: bool = False
    location: str = ""

    @property
    def is_phone(self) -> bool:
        return self.wanted.kind == "phone"


New = NewArea | NewPerson | NewDevice


@dataclass(frozen=True, slots=True)
class Excess:
    """An area, with those it counts with, that would have more than three phones: how many are in, the rows of the
    file that would come in, and those of them that come after the third."""

    code: str
    name: str
    in_use: int
    rows: tuple[int, ...]
    beyond: tuple[int, ...]

    @property
    def free(self) -> int:
        return max(0, PHONES_PER_AREA - self.in_use)


@dataclass(slots=True)
class Plan:
    """The outcome of a dry run. `same` are rows that are in already, `out` those that the list says are out."""

    columns: Columns
    sha256: str
    format: str
    approve: bool = False
    rows: int = 0
    new: list[New] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    excess: list[Excess] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.columns.kind

    @property
    def is_barred(self) -> bool:
        """Whether more than three phones of an area would be let in. Nothing is cut: a person marks which rows wait."""
        return self.approve and bool(self.excess)

    @property
    def may_apply(self) -> bool:
        return not self.problems and not self.is_barred and bool(self.new)


class Cells:
    """One row under judgement: its cells by field, and where its problems go."""

    def __init__(self, plan: Plan, row: Row) -> None:
        self.plan, self.row = plan, row
        # Whether nothing was found wrong with this row so far.
        self.is_sound = True

    def __getitem__(self, name: str) -> str:
        at = self.plan.columns.column(name)
        return "" if at is None else self.row.cell(at)

    @property
    def number(self) -> int:
        return self.row.number

    def blame(self, name: str, refusal: Refused) -> None:
        """Note a problem with the cell of this field."""
        self.note(problem(refusal, self.number, self.plan.columns.title(name), self[name]))

    def note(self, one: Problem) -> None:
        """Note a problem of this row."""
        self.is_sound = False
        self.plan.problems.append(one)

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """What is refused in this block is a problem of this field's cell; the block ends there."""
        try:
            yield
        except Refused as refusal:
            self.blame(name, refusal)


def check_columns(plan: Plan) -> bool:
    """Whether every required field has a column; notes those that have none."""
    for one in plan.columns.missing:
        missing = refused(
            "E_COLUMN", f"Ninguna columna es «{one.spanish}».", f"No column is “{one.english}”.",
            f"Diga cuál es: --map COLUMNA={one.name}, o elíjala en la página.",
            f"Say which it is: --map COLUMN={one.name}, or choose it on the page.",
        )  # fmt: skip
        plan.problems.append(problem(missing, plan.columns.header, one.spanish))
    return not plan.columns.missing


def check_width(cells: Cells) -> None:
    """A cell beyond the last header belongs to no column: mostly a separator inside a name."""
    plan, row = cells.plan, cells.row
    last = max(plan.columns.titles, default=len(row.cells) - 1)
    if any(row.cells[last + 1 :]):
        extra = refused(
            "E_CSV_CELLS", "El renglón tiene más celdas que el encabezado.", "The row has more cells than the header.",
            "Revise si un nombre lleva el separador: va entre comillas.",
            "See whether a name holds the separator: it goes between quotes.",
        )  # fmt: skip
        cells.note(problem(extra, row.number, "", next(cell for cell in row.cells[last + 1 :] if cell)))


def already_at(row: int, english_what: str, spanish_what: str, code: str) -> Refused:
    """The refusal of what stands in an earlier row too."""
    return refused(
        code, f"{spanish_what} ya está en el renglón {row}.", f"{english_what} is in row {row} already.",
        "Deje uno de los dos renglones.", "Leave one of the two rows.",
    )  # fmt: skip
