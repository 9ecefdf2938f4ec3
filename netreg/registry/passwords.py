"""Passwords: argon2id, in the form the portal's sign-in checks."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from netreg.errors import InvalidValue

SHORTEST = 12
LONGEST = 1000  # a longer one is no password, but work for the server


def hash_password(password: str, field: str = "password") -> str:
    """Argon2id of a password of 12 to 1000 characters; raises InvalidValue."""
    normal = _normal(password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise InvalidValue(
            f"La contraseña lleva al menos {SHORTEST} caracteres, y {LONGEST} como máximo.",
            f"A password has at least {SHORTEST} characters, and at most {LONGEST}.",
            code="E_PASSWORD",
            field=field,
        )
    return PasswordHasher().hash(normal)


def matches(stored: str | None, typed: str) -> bool:
    """Whether this is the password that was stored; an account without one matches nothing."""
    try:
        return len(typed) <= LONGEST and PasswordHasher().verify(stored or "", _normal(typed))
    except (InvalidHashError, VerificationError):
        return False


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
