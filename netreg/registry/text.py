"""Text that people type: checked once, at the edge, so that the rest may trust it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from netreg.errors import InvalidValue
from netreg.store.folding import fold

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII)
# NetBIOS: 1 to 15 letters, digits and hyphens, not only digits (core workflow, section 9).
_COMPUTER = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?", re.ASCII)
_POINT = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)

_DAY = re.compile(r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})", re.ASCII)

# Control and format characters hide text or turn it round; none belongs in a name.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def line(raw: str, field: str, *, most: int = 120, required: bool = True) -> str:
    """One line of text, blanks folded, normalised (NFC). Refuses hidden characters, and empty where required."""
    if any(unicodedata.category(char) in _HIDDEN for char in raw.strip()):
        raise _refused(
            field,
            "E_HIDDEN",
            "El texto tiene caracteres invisibles; escríbalo de nuevo.",
            "The text has invisible characters; type it again.",
        )
    text = unicodedata.normalize("NFC", " ".join(raw.split()))
    if required and not text:
        raise _refused(field, "E_EMPTY", "Falta este dato.", "This is missing.")
    if len(text) > most:
        raise _refused(field, "E_TOO_LONG", f"Son {most} caracteres como máximo.", f"At most {most} characters.")
    return text


def code(raw: str, field: str = "code") -> str:
    """The short code of an area: letters, digits and hyphens, at most 32."""
    return _matching(
        _CODE,
        raw,
        field,
        "Sólo letras, números y guion, 32 como máximo.",
        "Only letters, digits and hyphen, at most 32.",
    )


def email(raw: str, field: str = "email") -> str:
    """An e-mail address in lower case."""
    return _matching(
        _EMAIL,
        raw,
        field,
        "Escriba un correo como nombre@municipio.gob.mx.",
        "Write an e-mail address such as name@municipio.gob.mx.",
    ).lower()


def computer_name(raw: str, field: str = "computer_name") -> str:
    """A computer's name, in upper case: names are compared without regard to case."""
    return _matching(
        _COMPUTER,
        raw,
        field,
        "El nombre lleva de 1 a 15 letras, números o guiones, y no sólo números.",
        "A name has 1 to 15 letters, digits or hyphens, and not only digits.",
    ).upper()


def day(raw: str, field: str) -> str:
    """A day as 2026-11-20, also from 20/11/2026; empty stays empty."""
    typed = raw.strip()
    found = _DAY.fullmatch(typed)
    if not typed:
        return ""
    try:
        iso = f"{found['y']}-{found['m']}-{found['d']}" if found else typed
        return date.fromisoformat(iso).isoformat()
    except ValueError as error:
        raise _refused(field, "E_DATE", "Escriba una fecha.", "Write a date.") from error


def required_day(raw: str, field: str) -> date:
    """A day that must be there; raises InvalidValue."""
    iso = day(raw, field)
    if not iso:
        raise _refused(field, "E_EMPTY", "Falta este dato.", "This is missing.")
    return date.fromisoformat(iso)


def folded(raw: str) -> str:
    """A text as it is compared in a search: no case, no diacritics ("Prevención" is "prevencion")."""
    return fold(raw)


def point_name(raw: str, field: str = "name") -> str:
    """A point's name: lower case letters, digits and hyphens."""
    return _matching(_POINT, raw, field, "Sólo minúsculas, números y guion.", "Only lower case, digits and hyphen.")


def _matching(pattern: re.Pattern[str], raw: str, field: str, spanish: str, english: str) -> str:
    text = raw.strip(" \t")
    if not text:
        raise _refused(field, "E_EMPTY", "Falta este dato.", "This is missing.")
    if not pattern.fullmatch(text):
        raise _refused(field, "E_FORM", spanish, english)
    return text


def _refused(field: str, code: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field=field)
