"""What people filled in, read by a procedure's definition: typed values out of text, and what is still missing.

A value is kept as JSON has it: days and instants in ISO form (instants in UTC), numbers with a fraction as text, a list
as its rows. Whatever a person typed is checked here once; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Column, FormField
from netreg.registry import text

Values = dict[str, Any]
MOST_ROWS, MOST_LINE, MOST_TEXT = 60, 300, 4000
YES, NO = "yes", "no"
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[+]00:00)?)?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,4})?", re.ASCII)
_ROW_KEY = re.compile(r"(?P<list>[a-z][a-z0-9_]*)-(?P<row>[0-9]{1,3})-(?P<column>[a-z][a-z0-9_]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Around:
    """What a form is read with besides itself: the day and the zone of the office, its own lists and settings.

    `lists` are the choices that the office keeps (`catalog:portal_modules`), `settings` single values
    (`setting:mail_domain`).
    """

    today: date
    zone: tzinfo
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was understood, and a refusal for each thing that cannot be accepted. Its `field` names it."""

    values: Values
    refusals: tuple[InvalidValue, ...] = ()

    def checked(self) -> Values:
        """The values; raises the first refusal."""
        for refusal in self.refusals:
            raise refusal
        return self.values


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that has to be there and is not: `field` as the form calls it, and its name for people."""

    field: str
    said: Said


# --- reading --------------------------------------------------------------------------------------------------------


def nested(columns: Collection[Column], sent: Mapping[str, Sequence[str]]) -> Values:
    """The raw values of a form as a browser sends it: `goods-0-make` is the make in the first row of the goods."""
    raw: Values = {one.id: _sent(one, sent.get(one.id, ())) for one in columns if one.type != "list"}
    lists = {one.id: one for one in columns if isinstance(one, FormField) and one.type == "list"}
    rows: dict[str, dict[int, Values]] = {name: {} for name in lists}
    for key, values in sent.items():
        match = _ROW_KEY.fullmatch(key)
        if match and match["list"] in lists and values:
            rows[match["list"]].setdefault(int(match["row"]), {})[match["column"]] = values[0]
    return raw | {name: [found[number] for number in sorted(found)][: MOST_ROWS + 1] for name, found in rows.items()}


def _sent(one: Column, values: Sequence[str]) -> Any:
    if one.type == "multichoice":
        return list(values)
    return values[0] if values else ""


def read(columns: Collection[Column], raw: Mapping[str, Any], around: Around) -> Filled:
    """The values of these columns; what is empty is left out. Nothing is said of what is missing (`gaps`)."""
    values, refusals = _read(columns, raw, around, "")
    refusals += [] if refusals else list(_compared(columns, values, around))
    return Filled(values, tuple(refusals))


def _read(
    columns: Collection[Column], raw: Mapping[str, Any], around: Around, inside: str
) -> tuple[Values, list[InvalidValue]]:
    values: Values = {}
    refusals: list[InvalidValue] = []
    for one in columns:
        try:
            if isinstance(one, FormField) and one.type == "list":
                rows, wrong = _rows(one, raw.get(one.id) or (), around)
                values |= {one.id: rows} if rows else {}
                refusals += wrong
            elif (value := _value(one, raw.get(one.id, ""), around, inside + one.id)) is not None:
                values[one.id] = value
        except InvalidValue as refusal:
            refusals.append(refusal)
    return values, refusals


def _rows(one: FormField, raw: Any, around: Around) -> tuple[list[Values], list[InvalidValue]]:
    found, refusals = [], []
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > MOST_ROWS:
        many = (f"Son {MOST_ROWS} renglones como máximo.", f"At most {MOST_ROWS} rows.")
        return [], [_refused(one.id, "E_ROWS", *many)]
    for number, row in enumerate(raw):
        values, wrong = _read(one.columns, row if isinstance(row, Mapping) else {}, around, f"{one.id}-{number}-")
        refusals += wrong
        if values:
            found.append(values)
    return found, [*refusals, *_twice(one, found)]


def _twice(one: FormField, rows: Sequence[Values]) -> Iterator[InvalidValue]:
    """What may stand in one row only."""
    for column in one.columns:
        told = [row[column.id] for row in rows if column.id in row]
        if column.validation.get("unique") and len(set(told)) < len(told):
            yield _refused(one.id, "E_TWICE", f"{column.es}: no se repite.", f"{column.en}: each only once.")


def _value(one: Column, raw: Any, around: Around, name: str) -> Any:
    """The typed value, or None for nothing; raises InvalidValue."""
    if one.type == "multichoice":
        return _several(one, raw, around, name)
    typed = raw if isinstance(raw, str) else "" if raw is None else str(raw)
    if not typed.strip():
        return None
    value = _READERS.get(one.type, _line)(one, typed, around, name)
    _within(one, value, name)
    return value


def _line(one: Column, typed: str, _around: Around, name: str) -> str:
    return text.line(typed, name, most=one.validation.get("max_length", MOST_LINE))


def _text(one: Column, typed: str, _around: Around, name: str) -> str:
    most = one.validation.get("max_length", MOST_TEXT)
    blocks = [text.line(block, name, most=most, required=False) for block in typed.replace("\r\n", "\n").split("\n")]
    whole = "\n".join(blocks).strip("\n")
    if len(whole) > most:
        raise _refused(name, "E_TOO_LONG", f"Son {most} caracteres como máximo.", f"At most {most} characters.")
    return whole


def _day(_one: Column, typed: str, _around: Around, name: str) -> str:
    return text.day(typed, name)


def _moment(_one: Column, typed: str, around: Around, name: str) -> str:
    return moment(typed, around.zone, name).isoformat()


def moment(typed: str, zone: tzinfo, name: str) -> datetime:
    """An instant in UTC, from a date and time of the office or as it is kept; raises InvalidValue E_MOMENT."""
    try:
        if not _MOMENT.fullmatch(typed.strip()):
            raise ValueError("no date and time")
        instant = datetime.fromisoformat(typed.strip())
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(name, "E_MOMENT", "Escriba fecha y hora.", "Write date and time.") from error


def _integer(_one: Column, typed: str, _around: Around, name: str) -> int:
    if not _WHOLE.fullmatch(typed.strip()):
        raise _refused(name, "E_NUMBER", "Escriba un número entero.", "Write a whole number.")
    return int(typed)


def _decimal(_one: Column, typed: str, _around: Around, name: str) -> str:
    plain = typed.strip().removeprefix("$").strip()
    if not _NUMBER.fullmatch(plain):
        raise _refused(name, "E_NUMBER", "Escriba un número, como 1250.50.", "Write a number such as 1250.50.")
    return plain.replace(",", "")


def _bool(_one: Column, typed: str, _around: Around, name: str) -> bool:
    answer = {YES: True, NO: False, "True": True, "False": False}.get(typed.strip())
    if answer is None:
        raise _refused(name, "E_CHOICE", "Conteste sí o no.", "Answer yes or no.")
    return answer


def _choice(one: Column, typed: str, around: Around, name: str) -> str:
    if typed.strip() not in offered(one, around):
        raise _refused(name, "E_CHOICE", "Elija una de las opciones.", "Choose one of the options.")
    return typed.strip()


def _email(one: Column, typed: str, around: Around, name: str) -> str:
    address = text.email(typed, name)
    domain = around.settings.get(one.validation.get("domain_from", ""), "")
    if domain and not address.endswith(f"@{domain}"):
        raise _refused(
            name, "E_DOMAIN", f"El correo institucional termina en @{domain}.", f"Its address ends in @{domain}."
        )
    return address


def _mac(_one: Column, typed: str, _around: Around, name: str) -> str:
    return str(MacAddress.registrable(typed, allow_random=True))


def _host(_one: Column, typed: str, _around: Around, name: str) -> str:
    return text.computer_name(typed, name)


Reader = Callable[[Column, str, Around, str], Any]
_READERS: dict[str, Reader] = {
    "text": _line, "person": _line, "device_ref": _line, "file": _integer, "textarea": _text, "date": _day,
    "datetime": _moment, "integer": _integer, "decimal": _decimal, "money": _decimal, "bool": _bool,
    "choice": _choice, "email": _email, "mac": _mac, "hostname": _host,
}  # fmt: skip


def _several(one: Column, raw: Any, around: Around, name: str) -> list[str] | None:
    chosen = [raw] if isinstance(raw, str) and raw else list(raw or ())
    allowed = offered(one, around)
    if any(value not in allowed for value in chosen):
        raise _refused(name, "E_CHOICE", "Elija entre las opciones.", "Choose among the options.")
    return [value for value in allowed if value in chosen] or None


def offered(one: Column, around: Around) -> tuple[str, ...]:
    """The values that may be chosen: those of the definition, or of a list that the office keeps."""
    return tuple(choice.value for choice in one.choices) or tuple(around.lists.get(one.choices_from, ()))


def _within(one: Column, value: Any, name: str) -> None:
    least, most = one.validation.get("min"), one.validation.get("max")
    if least is None and most is None:
        return
    number = float(value)
    if (least is not None and number < least) or (most is not None and number > most):
        raise _refused(name, "E_RANGE", f"Va de {least} a {most}.", f"From {least} to {most}.")


def _compared(columns: Collection[Column], values: Values, around: Around) -> Iterator[InvalidValue]:
    """What stands against another value of the form, or against today."""
    for one in columns:
        mine = values.get(one.id)
        last = _bound(one.validation.get("not_after"), values, around)
        first = _bound(one.validation.get("after"), values, around)
        if mine is not None and last and mine > last:
            yield _refused(one.id, "E_DATE", "Esa fecha es posterior a la debida.", "That date is too late.")
        if mine is not None and first and mine <= first:
            yield _refused(one.id, "E_DATE", "Esa fecha es anterior a la debida.", "That date is too early.")


def _bound(said: str | None, values: Values, around: Around) -> str | None:
    if said is None:
        return None
    return around.today.isoformat() if said == "today" else values.get(said)


# --- what is about people -------------------------------------------------------------------------------------------


def impersonal(columns: Collection[Column], values: Mapping[str, Any]) -> Values:
    """The values without those of columns that are about a person, also in the rows of a list."""
    named = {one.id for one in columns if one.is_personal}
    lists = {one.id: one.columns for one in columns if isinstance(one, FormField) and one.type == "list"}
    return {
        name: [impersonal(lists[name], row) for row in value] if name in lists else value
        for name, value in values.items() if name not in named
    }  # fmt: skip


# --- what is missing ------------------------------------------------------------------------------------------------


def gaps(columns: Collection[Column], values: Mapping[str, Any]) -> list[Gap]:
    """What has to be filled in, given the other values, and is not; also what has to have one value and has another."""
    return [gap for one in columns for gap in _gaps(one, values, "", one)]


def _gaps(one: Column, values: Mapping[str, Any], inside: str, said: Said) -> Iterator[Gap]:
    value, wanted = values.get(one.id), is_wanted(one, values)
    least = one.validation.get("min_items", 0)
    must = one.validation.get("must_be")
    if wanted and (value is None or (must is not None and value != must) or _is_short(value, least)):
        yield Gap(inside + one.id, said)
    if isinstance(one, FormField) and one.columns and value:
        for number, row in enumerate(value):
            for column in one.columns:
                yield from _gaps(column, row, f"{one.id}-{number}-", _in_row(one, number, column))


def _is_short(value: Any, least: int) -> bool:
    return isinstance(value, list) and len(value) < least


def _in_row(one: Column, number: int, column: Column) -> Said:
    return Said(es=f"{one.es}, {number + 1}: {column.es}", en=f"{one.en}, {number + 1}: {column.en}")


def is_wanted(one: Column, values: Mapping[str, Any]) -> bool:
    """Whether it has to be filled in, given the other values."""
    if one.required_unless and is_so(one.required_unless, values):
        return False
    return one.required or (bool(one.required_if) and is_so(one.required_if, values))


def is_so(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether every field named has the value named, or one of those; of what is a choice of several, holds it."""
    return all(_is(values.get(name), wanted) for name, wanted in condition.items())


def _is(value: Any, wanted: Any) -> bool:
    any_of = wanted if isinstance(wanted, list) else [wanted]
    return any(one in value for one in any_of) if isinstance(value, list) else value in any_of


def _refused(field: str, code: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field=field)
