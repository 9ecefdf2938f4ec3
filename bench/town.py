"""A town of 2,000 areas, made of two that live their year by the commands of the service.

What their commands wrote, in whichever table, is written again for each further area: other names, folios, addresses
and days, and the audit log as one chain. So every row is one that the service itself writes, and only few are slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, update

from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import areas, devices, people
from netreg.registry.models import FolioSequence
from netreg.store.audit import AuditEvent
from netreg.store.base import Base
from netreg.store.folding import Searched, words_of
from netreg.store.transaction import Store
from tests.people import ACTOR, INES, PASSWORD, SOFIA, Member, mac
from tests.portal.lived_in import ANSWER, DELIVERY, a_phone, ago, approved, asked, read_back, signed, turned
from tests.procedures import walking
from tests.procedures.test_tickets import act

AREAS, BUSY = 2_000, 150
# Over how many days the requests of the quiet and of the busy areas lie.
YEAR, LATELY = timedelta(days=280), timedelta(days=9)
# What names a template in every text; an area has this many addresses of its own, from the first on.
MARK, FIRST_PHONE, EACH = "Q7Z", 0x100000, 8
# What belongs to the points, the scanner and the worker, and to no area.
APART = {"delivery", "pass", "point", "progress", "source", "sighting", "try_count"}
# What the audit log names by its number.
NUMBERED = {"request": "ticket", "device": "device", "person": "person"}
BATCH = 5_000
FOLIO = re.compile(r"(?P<before>[A-Z]+-P\d+-\d{4}-|OF/)\d+")
Row = dict[str, Any]


def build(store: Store, count: int = AREAS, busy: int = BUSY) -> None:
    """Fill a furnished store with `count` areas of five devices each; `busy` of them have a request under way."""
    quiet = _live(store, 1, under_way=False)
    _multiply_in(store, quiet, range(2, count - busy + 1), YEAR)
    loud = _live(store, count - busy + 1, under_way=True)
    _multiply_in(store, loud, range(count - busy + 2, count + 1), LATELY)


def _multiply_in(store: Store, lived: Lived, numbers: range, span: timedelta) -> None:
    """The template's rows once more for each of these areas, spread evenly over a span of time."""
    copies = [Copy(lived, nth, area, span * nth / len(numbers)) for nth, area in enumerate(numbers, 1)]
    with store.engine.begin() as connection:
        _multiply(connection, lived, copies)


# --- one area -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lived:
    """What the commands wrote for one area: its rows by table, and the highest number of each table before them."""

    number: int
    rows: Mapping[str, list[Row]]
    before: Mapping[str, int]
    told: list[Row]

    @cached_property
    def spans(self) -> dict[str, int]:
        """How far apart the numbers of one area and of the next are, by table."""
        return {name: max((row.get("id", 0) for row in rows), default=0) - self.before[name]
                for name, rows in self.rows.items()}  # fmt: skip

    @cached_property
    def folios(self) -> dict[str, int]:
        """How many folios it took, by what stands before their number."""
        taken = [row["folio"] for row in self.rows["ticket"] if row["folio"]]
        taken += [row["number"] for name in ("letter", "produced") for row in self.rows[name] if row["number"]]
        found = [FOLIO.match(one) for one in taken]
        counted = [one["before"] for one in found if one]
        return {before: counted.count(before) for before in counted}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What names this area in a text: its mark, its addresses, its folios."""
        addresses = "|".join(mac(FIRST_PHONE + EACH * self.number + one) for one in range(EACH))
        before = "|".join(map(re.escape, self.folios))
        return re.compile(
            rf"(?P<mark>{MARK}{self.number}|{MARK.lower()}{self.number})(?!\d)"
            rf"|(?P<address>{addresses})"
            rf"|(?P<before>{before})(?P<folio>\d+)"
        )

    def owns(self, table: Table, row: Row) -> bool:
        """Whether a row without a number of its own belongs to what came with the template."""
        led = [(row[column.name], _target(column)) for column in table.c]
        return any((number or 0) > self.before[target] for number, target in led if target)


def _live(store: Store, number: int, *, under_way: bool) -> Lived:
    """An area with three phones and two computers, of two requests; the second may still wait for IT."""
    code = f"{MARK}{number}"
    with store.engine.connect() as connection:
        before = {table.name: _highest(connection, table) for table in _tables()}
        said = connection.scalar(select(func.max(AuditEvent.seq))) or 0
    with ago(25):
        who = _moves_in(store, code)
    first = FIRST_PHONE + EACH * number
    one = (a_phone(first, f"Olga Ruelas {code}", "Moto G84"), a_phone(first + 1, f"Iván Cota {code}", "Samsung A54"))
    two = (a_phone(first + 2, f"Eva Paz {code}", "Redmi 12"),)
    _asks(store, who, first + 4, *one, Wanted("computer", f"Eva Paz {code}", computer_name=f"{code}-PC01"))
    last = (*two, Wanted("computer", f"Raúl Osuna {code}", computer_name=f"{code}-PC02"))
    if under_way:
        with ago(3):
            turned(store, asked(store, who, "Brigadas de campo", *last, letter=f"{code}/2"), _head(code))
    else:
        _asks(store, who, first + 5, *last)
    _calls_for_support(store, who)
    with store.engine.connect() as connection:
        rows = {table.name: _since(connection, table, before[table.name]) for table in _tables()}
        return Lived(number, rows, before, _since(connection, Base.metadata.tables["audit_event"], said, "seq"))


def _moves_in(store: Store, code: str) -> Member:
    who = Member(f"enlace.{code.lower()}@municipio.gob.mx", f"Elsa Meza {code}", ("liaison",), code)
    with store.transaction(ACTOR) as tx:
        area = people.add_area(tx, code, f"Dirección de Servicios {code}")
        people.add_person(tx, who.email, who.name, who.roles, PASSWORD, area)
        areas.name_head(tx, area, _head(code), "Directora", tx.today)
    return who


def _head(code: str) -> str:
    return f"Lorena Sáinz {code}"


def _asks(store: Store, who: Member, address: int, *wanted: Wanted) -> None:
    """From the form to the signed receipt."""
    with ago(20, 6):
        reference = asked(store, who, "Trabajo de campo en colonias", *wanted, letter=f"{who.area}/1")
        folio = approved(store, reference, _head(who.area or ""))
    with ago(20, 2):
        with store.transaction(INES.email) as tx:
            waiting = next(one for one in queries.ticket(tx.session, folio).devices if one.kind == "computer")
            devices.bind(tx, waiting, mac(address), "wifi", "Etiqueta del equipo")
        read_back(store)
    with ago(19):
        signed(store, folio, ANSWER)
        act(store, SOFIA, folio, **DELIVERY)
        act(store, SOFIA, folio, signed=True)


def _calls_for_support(store: Store, who: Member) -> None:
    """A light request beside it, from its opening to its end."""
    procedure = store.office.catalogue.procedure("ADJ-P02")
    with ago(15):
        number = walking.open_one(store, procedure, by=who, area=who.area or "")
        walking.send(store, number, by=who)
    with ago(14):
        for step, answer in walking.routes(procedure)[0][1:]:
            asker = who if procedure.step(step).role == procedure.applicant_role else None
            head = {"signed_by": _head(who.area or "")}
            walking.leave(store, procedure, number, answer, by=asker, values=head)


# --- the same for all others ----------------------------------------------------------------------------------------


def _tables() -> list[Table]:
    """Those that an area's requests may fill, in the order in which they lean on one another."""
    led = [one for one in Base.metadata.sorted_tables if "id" in one.c or any(_target(column) for column in one.c)]
    return [one for one in led if one.name not in APART]


def _target(column: Column[Any]) -> str:
    """The table whose number stands in this column, or nothing."""
    led = (key.column for key in column.foreign_keys)
    return next(filter(None, (one.table.name if one.name == "id" else _target(one) for one in led)), "")


def _highest(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.max(table.c.id))) or 0 if "id" in table.c else 0


def _since(connection: Connection, table: Table, last: int, key: str = "id") -> list[Row]:
    """The rows beyond this number; all rows of a table that has none."""
    query = select(table).where(table.c[key] > last) if key in table.c else select(table)
    return [dict(row) for row in connection.execute(query).mappings()]


def _multiply(connection: Connection, lived: Lived, copies: list[Copy]) -> None:
    for table in _tables():
        mine = [row for row in lived.rows[table.name] if "id" in table.c or lived.owns(table, row)]
        made = [copy.row(table, row) for copy in copies for row in mine]
        for start in range(0, len(made), BATCH):
            connection.execute(insert(table), made[start : start + BATCH])
    _tell(connection, lived, copies)
    _count_on(connection, lived, len(copies))


def _tell(connection: Connection, lived: Lived, copies: list[Copy]) -> None:
    """What was recorded, in the order of its days, on to the end of the chain."""
    audit = AuditEvent.__table__
    seq, previous = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one()
    told = sorted((copy.told(row) for copy in copies for row in lived.told), key=itemgetter("at"))
    for row in told:
        seq += 1
        row |= {"seq": seq, "previous": previous}
        previous = row["hash"] = AuditEvent(**{name: row[name] for name in row if name != "hash"}).digest()
    for start in range(0, len(told), BATCH):
        connection.execute(insert(AuditEvent), told[start : start + BATCH])


def _count_on(connection: Connection, lived: Lived, copies: int) -> None:
    """The next folio is one that nobody has."""
    for before, span in lived.folios.items():
        prefix = "letter" if before == "OF/" else before.rpartition("-2026-")[0]
        wanted = FolioSequence.prefix == prefix
        connection.execute(update(FolioSequence).where(wanted).values(last=FolioSequence.last + span * copies))


def _words(table: Table, row: Row) -> str:
    """What a row of the table is found by; its columns name the same attributes of its model."""
    models = (one.class_ for one in Base.registry.mappers if one.local_table is table)
    model = next(one for one in models if issubclass(one, Searched))
    return words_of(model(**{name: value for name, value in row.items() if name != "id"}))


@dataclass(frozen=True)
class Copy:
    """The template's year as that of another area: `nth` of its template, `area` of the whole town."""

    lived: Lived
    nth: int
    area: int
    earlier: timedelta

    def row(self, table: Table, row: Row) -> Row:
        made = {column.name: self._value(column, row[column.name]) for column in table.c}
        return made | ({"words": _words(table, made)} if "words" in made else {})

    def _value(self, column: Column[Any], value: Any) -> Any:
        target = column.table.name if column.name == "id" else _target(column)
        if isinstance(value, int) and not isinstance(value, bool) and target:
            return self._number(target, value)
        if column.name in ("once", "fs_uniquifier"):
            return f"{value}-{self.nth}"
        return self._said(value)

    def _number(self, table: str, number: int) -> int:
        """The same one of this area; what was there before the template is the same for all."""
        return number + self.nth * self.lived.spans[table] if number > self.lived.before[table] else number

    def _said(self, value: Any) -> Any:
        match value:
            case str():
                return self.lived.pattern.sub(self._renamed, value)
            case date():
                return value - self.earlier
            case dict():
                return {name: self._said(one) for name, one in value.items()}
            case list():
                return [self._said(one) for one in value]
        return value

    def _renamed(self, found: re.Match[str]) -> str:
        if found["folio"]:
            shifted = int(found["folio"]) + self.nth * self.lived.folios[found["before"]]
            return f"{found['before']}{shifted:0{len(found['folio'])}d}"
        if found["address"]:
            return mac(FIRST_PHONE + EACH * self.area + int(found["address"][-2:], 16) % EACH)
        return f"a{self.area:04d}" if found["mark"].islower() else f"A{self.area:04d}"

    def told(self, row: Row) -> Row:
        """What was recorded of the template, as it is recorded of this area; its place in the chain is left open."""
        what, _, number = row["subject"].rpartition(" ")
        subject = row["subject"]
        if what in NUMBERED and number.isdigit():
            subject = f"{what} {self._number(NUMBERED[what], int(number))}"
        said = json.loads(row["data"])
        facts = {name: self._fact(name, value) for name, value in said["facts"].items()}
        data = json.dumps(self._said(said | {"facts": facts}), ensure_ascii=False, sort_keys=True)
        at = datetime.fromisoformat(row["at"]) - self.earlier
        texts = {name: self._said(row[name]) for name in ("actor", "name", "request_id")}
        return texts | {"subject": self._said(subject), "data": data, "at": at.isoformat(timespec="microseconds")}

    def _fact(self, name: str, value: Any) -> Any:
        return self._number(NUMBERED[name], value) if name in NUMBERED and isinstance(value, int) else value
