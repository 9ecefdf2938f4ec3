"""The definition that a request was opened with, whatever the files say now."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from netreg.procedures import catalogue
from netreg.procedures.procedure import Procedure
from netreg.procedures.stored import restore
from netreg.registry.models import Definition


def opened_with(session: Session, code: str, sha256: str) -> Procedure:
    """The definition of this procedure whose text has this hash: today's, or as it was stored."""
    today = catalogue.procedures().get(code)
    if today is not None and today.sha256 == sha256:
        return today
    row = session.get_one(Definition, sha256)
    return _read(row.text, row.code)


@lru_cache(maxsize=64)
def _read(source: str, code: str) -> Procedure:
    return restore(source, code)
