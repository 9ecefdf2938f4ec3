"""A text as it is compared in a search, in Python and in both databases: no case, no diacritics."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement, coalesce

# What SQLite calls our own function by; every connection of an engine of ours knows it.
SQLITE_NAME = "netreg_folded"
_APART = "\n"
# PostgreSQL has no function of ours: the letters of Europe are replaced one by one, marks that stand alone taken out.
_LETTERS = [chr(number) for number in range(0xC0, 0x250)]
_MARKS = "".join(chr(number) for number in range(0x300, 0x370))


def fold(raw: str | None) -> str:
    """The text without case and diacritics: of Prevención, prevencion."""
    if raw is None or raw.isascii():
        return (raw or "").lower()
    plain = unicodedata.normalize("NFKD", raw)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


class folded(FunctionElement[str]):
    """The same of a column, worked out by the database."""

    type = Text()
    inherit_cache = True
    name = "folded"


def bears(sought: str, *columns: Any) -> ColumnElement[bool]:
    """Whether one of these columns bears the words; of a row that has none of the columns, it does not."""
    every: Any = coalesce(columns[0], "")
    for column in columns[1:]:
        every = every + _APART + coalesce(column, "")
    return folded(every).contains(fold(sought), autoescape=True)


@compiles(folded, "sqlite")
def _on_sqlite(element: folded, compiler: Any, **how: Any) -> str:
    return f"{SQLITE_NAME}({compiler.process(element.clauses, **how)})"


@compiles(folded, "postgresql")
def _on_postgresql(element: folded, compiler: Any, **how: Any) -> str:
    pairs = [(letter, fold(letter)) for letter in _LETTERS if len(fold(letter)) == 1]
    letters, plain = "".join(one for one, _plain in pairs), "".join(one for _letter, one in pairs)
    # What has no counterpart in the third text is taken out.
    return f"lower(translate({compiler.process(element.clauses, **how)}, '{letters}{_MARKS}', '{plain}'))"
