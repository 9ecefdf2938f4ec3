"""The data of a letter held against what its kind needs: what is missing, and what the template will print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from netreg.errors import InvalidValue
from netreg.letters import values
from netreg.letters.kinds import VERIFY, Field, Kind, kind_of
from netreg.letters.printable import clean, masked
from netreg.letters.values import Json

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)


def missing(kind: str, data: Mapping[str, object]) -> tuple[str, ...]:
    """Every placeholder without a value, in the order of the form; rows count from 1: "equipos_aprobados.2.modelo".

    Raises ValueError for a kind that does not exist.
    """
    form = kind_of(kind)
    found = [*_empty(form.fields, data), *_unexplained(data), *_unfilled(form, data), *_unstated(form, data)]
    return tuple(dict.fromkeys(found))


def fill(kind: str, data: Mapping[str, object], zone: ZoneInfo) -> dict[str, Json]:
    """The values of a letter as its template prints them; {"falta": name} stands where one is missing.

    Raises InvalidValue naming the field whose value has not the right shape, or that this kind does not have.
    """
    form = kind_of(kind)
    filled = _read(form.fields, data, zone)
    names = {field.key: field.name for field in form.fields}
    usable = {key: filled[key] for key in _usable(form)}
    for field in form.fields:
        paragraphs = filled[field.key]
        if field.shape is values.PARAGRAPHS and isinstance(paragraphs, list):
            filled[field.key] = [_paragraph(str(text), usable, names) for text in paragraphs]
    _state(filled, [names[key] for key in _unstated(form, data)])
    unmasked = {field.key for field in VERIFY} if form.masks else set(filled)
    return {key: value if key in unmasked else _mask(value) for key, value in filled.items()}


# --- what is missing ------------------------------------------------------------------------------------------------


def _is_empty(value: object) -> bool:
    """Nothing that leaves ink: also text of invisible characters, and lists of nothing else."""
    if isinstance(value, str):
        return not clean(value).strip()
    if isinstance(value, Mapping):
        return all(_is_empty(inner) for inner in value.values())
    return value is None or (isinstance(value, Sequence) and all(_is_empty(inner) for inner in value))


def _empty(fields: Sequence[Field], data: Mapping[str, object], path: str = "") -> Iterator[str]:
    for field in fields:
        value = data.get(field.key)
        if _is_empty(value):
            yield from [path + field.key] if field.required else []
        elif field.columns and isinstance(value, Sequence):
            for number, row in enumerate(value, 1):
                yield from _empty(field.columns, _row(row, path + field.key), f"{path}{field.key}.{number}.")


def _unexplained(data: Mapping[str, object]) -> Iterator[str]:
    """In a partial answer each refused device has its own reason; elsewhere the letter gives one for all."""
    refused = data.get("equipos_rechazados")
    if data.get("sentido") == values.PARTIAL and isinstance(refused, Sequence):
        for number, row in enumerate(refused, 1):
            if _is_empty(_row(row, "equipos_rechazados").get("motivo")):
                yield f"equipos_rechazados.{number}.motivo"


def _unfilled(form: Kind, data: Mapping[str, object]) -> Iterator[str]:
    """Placeholders of the text that have no value, or that this kind does not know."""
    known = _usable(form)
    for key in _used(form, data):
        if key not in known or _is_empty(data.get(key)):
            yield key


def _usable(form: Kind) -> set[str]:
    """The placeholders a text may use: what prints as words, or as a table."""
    wordless = (values.PARAGRAPHS, values.FLAG, values.GRID, values.PICTURE)
    return {field.key for field in form.fields if field.shape not in wordless}


def _unstated(form: Kind, data: Mapping[str, object]) -> list[str]:
    """Lists that hold something and that the text leaves out. A letter without text misses its text, not these."""
    if not _texts(form, data):
        return []
    used = set(_used(form, data))
    return [key for key in form.stated if key not in used and not _is_empty(data.get(key))]


def _used(form: Kind, data: Mapping[str, object]) -> list[str]:
    return [key for text in _texts(form, data) for key in _PLACEHOLDER.findall(text)]


def _texts(form: Kind, data: Mapping[str, object]) -> list[str]:
    """The paragraphs of a letter as the drafting desk wrote them."""
    found: list[str] = []
    for field in form.fields:
        value = data.get(field.key)
        if field.shape is values.PARAGRAPHS and isinstance(value, Sequence) and not isinstance(value, str):
            found += [text for text in value if isinstance(text, str) and not _is_empty(text)]
    return found


# --- reading --------------------------------------------------------------------------------------------------------


def _read(fields: Sequence[Field], data: Mapping[str, object], zone: ZoneInfo, path: str = "") -> dict[str, Json]:
    unknown = sorted(set(data) - {field.key for field in fields})
    if unknown:
        raise InvalidValue(
            f"Este documento no tiene el dato «{path}{unknown[0]}».",
            f"This letter has no such value: {path}{unknown[0]}.",
            code="letter_unknown_field",
            field=path + unknown[0],
        )
    read = {field.key: _value(field, data.get(field.key), zone, path + field.key) for field in fields}
    _even(read.get("columnas"), read.get("filas"), path)
    return read


def _even(columns: Json, rows: Json, path: str) -> None:
    """Every row of a table has a cell for each column: a shifted row would say something else."""
    if not isinstance(columns, list) or not isinstance(rows, list):
        return
    for number, row in enumerate(rows, 1):
        if isinstance(row, list) and len(row) != len(columns):
            raise InvalidValue(
                f"El renglón {number} tiene {len(row)} celdas y la tabla {len(columns)} columnas.",
                f"Row {number} has {len(row)} cells and the table {len(columns)} columns.",
                code="letter_value",
                field=f"{path}filas.{number}",
            )


def _value(field: Field, value: object, zone: ZoneInfo, path: str) -> Json:
    if _is_empty(value):
        return {"falta": field.name} if field.required else None
    if field.columns:
        rows = value if isinstance(value, Sequence) else [value]
        return [_read(field.columns, _row(row, path), zone, f"{path}.{n}.") for n, row in enumerate(rows, 1)]
    try:
        return field.shape.read(value, zone)
    except ValueError as error:
        raise InvalidValue(
            f"«{field.name}» debe ser {field.shape.es}.",
            f"{path} must be {field.shape.en}.",
            code="letter_value",
            field=path,
        ) from error


def _row(row: object, path: str) -> Mapping[str, object]:
    if not isinstance(row, Mapping):
        raise InvalidValue(
            f"Cada renglón de «{path}» lleva sus datos con nombre.",
            f"Each row of {path} holds named values.",
            code="letter_value",
            field=path,
        )
    return row


def _paragraph(text: str, filled: Mapping[str, Json], names: Mapping[str, str]) -> Json:
    """A table for a paragraph that is the placeholder of a list alone; otherwise its runs of text and blanks.

    Every placeholder is replaced once: braces inside a value are somebody's text, and so is `{x.__class__}`.
    """
    alone = _PLACEHOLDER.fullmatch(text.strip())
    rows = filled.get(alone[1]) if alone else None
    if alone and isinstance(rows, list) and isinstance(rows[0], dict):
        return {"tabla": alone[1]}
    parts = _PLACEHOLDER.split(text)
    return [_run(part, filled, names) if odd % 2 else part for odd, part in enumerate(parts) if part]


def _run(key: str, filled: Mapping[str, Json], names: Mapping[str, str]) -> Json:
    value = filled.get(key)
    if isinstance(value, list):
        return "; ".join(_in_line(row) for row in value)
    return {"falta": names.get(key, key)} if value is None else value


def _in_line(row: Json) -> str:
    """A device inside a sentence: "Teléfono, Moto de Luis, Motorola G84, 12:34"."""
    cells = row.values() if isinstance(row, Mapping) else [row]
    return ", ".join(str(cell) for cell in cells if isinstance(cell, str) and cell)


def _state(filled: dict[str, Json], names: Sequence[str]) -> None:
    """Show in the draft's text which lists it leaves out."""
    paragraphs = filled.get("cuerpo")
    if isinstance(paragraphs, list):
        filled["cuerpo"] = [*paragraphs, *([{"falta": name}] for name in names)]


def _mask(value: Json) -> Json:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: _mask(inner) for key, inner in value.items()}
    return [_mask(inner) for inner in value] if isinstance(value, Sequence) else value
