"""Text as it is compared in a search: no case, no diacritics. Rows that people search for keep what they say so."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text, event
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

# Between what a row says and what else it says.
APART = "\n"


def fold(raw: str | None) -> str:
    """The text without case and diacritics: of Prevención, prevencion."""
    if raw is None or raw.isascii():
        return (raw or "").lower()
    plain = unicodedata.normalize("NFKD", raw)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


class Searched:
    """Part of a model whose rows are found by words: `words` is what its row `says`, folded, a line for each."""

    words: Mapped[str] = mapped_column(Text, default="")

    def says(self) -> Iterable[str | None]:
        """What the row is found by."""
        raise NotImplementedError

    @classmethod
    def bears(cls, sought: str) -> ColumnElement[bool]:
        """Whether a row bears these words."""
        return cls.words.contains(fold(sought), autoescape=True)


@event.listens_for(Searched, "before_insert", propagate=True)
@event.listens_for(Searched, "before_update", propagate=True)
def _keep_words(_mapper: Any, _connection: Any, row: Searched) -> None:
    row.words = words_of(row)


def words_of(row: Searched) -> str:
    """What a row is found by, as it is kept."""
    return APART.join(fold(one) for one in row.says())
