"""What is wrong with a cell of a file, in words that a person at a spreadsheet can act on."""

from __future__ import annotations

from dataclasses import dataclass

from netreg.errors import InvalidValue, Refused

MOST_SHOWN = 40
_CORRECT = ("Corrija la celda y cargue el archivo de nuevo.", "Correct the cell and load the file again.")
# What is no address may be an IMEI or a password pasted by mistake: it is told by its length alone.
_SECRET = frozenset({"E_IMEI", "E_EUI64", "E_CHARS", "E_LENGTH"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: the row as a spreadsheet numbers it, the column's header, the cell made harmless, and what to do.

    `row` is 0 for what concerns the whole file.
    """

    row: int
    column: str
    value: str
    code: str
    spanish: str
    english: str
    hint: str = ""
    hint_en: str = ""

    def text(self, language: str = "es") -> str:
        """What is wrong, in Spanish ("es") or English ("en")."""
        return self.english if language == "en" else self.spanish

    def next_step(self, language: str = "es") -> str:
        return self.hint_en if language == "en" else self.hint


def problem(refusal: Refused, row: int, column: str = "", value: str = "") -> Problem:
    """A refusal as a problem of this cell."""
    said = f"({len(value.strip())})" if refusal.field == "mac" and refusal.code in _SECRET else harmless(value)
    hint, hint_en = (refusal.hint, refusal.hint_en) if refusal.hint else _CORRECT
    return Problem(row, column, said, refusal.code, refusal.message, refusal.english, hint, hint_en)


def harmless(value: str) -> str:
    """A cell as one short line without control characters."""
    plain = "".join(char if char.isprintable() else "�" for char in value.strip())
    return plain if len(plain) <= MOST_SHOWN else plain[: MOST_SHOWN - 1] + "…"


def refused(code: str, spanish: str, english: str, hint: str = "", hint_en: str = "", field: str = "file") -> Refused:
    """A refusal about a file or one of its cells."""
    return InvalidValue(spanish, english, code=code, field=field, hint=hint, hint_en=hint_en)
