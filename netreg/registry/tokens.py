"""Tokens of programs: how one looks, and whose a shown one is.

`netreg_PREFIX_SECRET`: the prefix finds the row and may be shown to anybody, the secret is 256 bits of chance. The
whole of it is kept as SHA-256: a slow hash defends guessable passwords, and this is none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.registry.models import ApiToken

_SHOWN = re.compile(r"netreg_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Minted(NamedTuple):
    """A new token: what is shown once, what it is known by, and what is kept of it."""

    shown: str
    prefix: str
    sha256: str


def mint() -> Minted:
    """A token that nobody has seen yet."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    shown = f"netreg_{prefix}_{secrets.token_urlsafe(32)}"
    return Minted(shown, prefix, digest(shown))


def digest(shown: str) -> str:
    return hashlib.sha256(shown.encode("ascii")).hexdigest()


def bearer(session: Session, shown: str, at: datetime) -> ApiToken | None:
    """The token that was shown, if it is one, is not revoked or past its day, and its person's account is open."""
    parts = _SHOWN.fullmatch(shown)
    if parts is None:
        return None
    row = session.scalar(select(ApiToken).where(ApiToken.prefix == parts[1]))
    if row is None or not hmac.compare_digest(row.sha256, digest(shown)):
        return None
    return row if row.revoked is None and at < row.expires and row.person.active else None


def listed(session: Session, person_id: int | None = None) -> list[ApiToken]:
    """Every token that was not revoked, or those of one person, the newest first."""
    query = select(ApiToken).where(ApiToken.revoked.is_(None)).order_by(ApiToken.id.desc())
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    return list(session.scalars(query))
