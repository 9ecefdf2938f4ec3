"""A definition as it was stored with a request: readable for as long as the request is, whatever files have to say now.

A new file is read strictly (`procedure.parse`). What is stored cannot be corrected any more, so that its schema is
brought up to today's step by step, and a key that went out of use is passed over. Who makes a key required or takes a
value away raises SCHEMA and adds the step from the one before to UPGRADES; `tests/procedures/stored` keeps definitions
of old.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from netreg.errors import ConfigError
from netreg.procedures.procedure import SCHEMA, Procedure, first_finding

Document = dict[str, Any]
# The schema of a stored document -> what makes it one of the next.
Upgrades = Mapping[str, Callable[[Document], Document]]
UPGRADES: Upgrades = {}


def restore(text: str, origin: str) -> Procedure:
    """The definition of a stored text. Raises ConfigError for one that this version cannot read at all."""
    document = upgraded(tomllib.loads(text), origin)
    kept = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "source_text": text, "manual_words": None}
    while True:
        try:
            return Procedure.model_validate({**document, **kept})
        except ValidationError as error:
            if not _drop_unknown(document, error):
                raise first_finding(error, f"{origin} (stored)") from error


def upgraded(document: Document, origin: str, upgrades: Upgrades = UPGRADES, schema: str = SCHEMA) -> Document:
    """The document at this schema. Raises ConfigError where no step leads there, as from a later version's."""
    while document.get("schema") != schema:
        step = upgrades.get(str(document.get("schema")))
        if step is None:
            raise ConfigError(
                "netreg.P007",
                f"{origin}: stored with schema {document.get('schema')}, which this version cannot read",
                "a later version of netreg stored it: go back to that one",
            )
        document = step(document)
    return document


def _drop_unknown(document: Document, error: ValidationError) -> bool:
    """Take out the keys that there are none of any more; False where there are none to take out."""
    unknown = [one["loc"] for one in error.errors(include_url=False) if one["type"] == "extra_forbidden"]
    for loc in unknown:
        parent: Any = document
        for part in loc[:-1]:
            parent = parent[part]
        del parent[loc[-1]]
    return bool(unknown)
