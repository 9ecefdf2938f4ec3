"""What a backup says of itself: the head it begins with, and the manifest it ends with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from netreg.backup import refusals
from netreg.backup.rows import Shape
from netreg.store.audit import ChainCheck

FORMAT = 1
HEAD, MANIFEST = "backup.json", "manifest.json"
_REVISION = re.compile(r"[0-9]{4}", re.ASCII)
CONF, TABLES, FILES, PENDING = "conf/", "tables/", "files/", "pending/"


@dataclass(frozen=True, slots=True)
class Head:
    """What the reader has to know before the first row."""

    version: str
    revision: str
    made: str
    database: str
    tables: tuple[Shape, ...]

    def document(self) -> bytes:
        tables = [{"name": one.name, "columns": one.columns, "key": one.key} for one in self.tables]
        said = {"format": FORMAT, "netreg": self.version, "revision": self.revision, "made": self.made}
        return _json(said | {"database": self.database, "tables": tables})

    @classmethod
    def read(cls, content: bytes) -> Head:
        """Raises Refused for what is no head of ours."""
        try:
            said = json.loads(content)
            if said["format"] != FORMAT:
                raise refusals.newer(f"formato {said['format']}", str(FORMAT))
            tables = tuple(
                Shape(str(one["name"]), tuple((str(a), str(b)) for a, b in one["columns"]), tuple(map(str, one["key"])))
                for one in said["tables"]
            )
            datetime.fromisoformat(said["made"])
            if not _REVISION.fullmatch(said["revision"]):
                raise ValueError("no revision is called so")
            return cls(str(said["netreg"]), str(said["revision"]), str(said["made"]), str(said["database"]), tables)
        except (ValueError, KeyError, TypeError) as error:
            raise refusals.damaged("no empieza como un respaldo", "it does not begin like a backup") from error


@dataclass
class Manifest:
    """Every part with its hash and size, the rows of each table, and the audit chain as it was then."""

    parts: dict[str, tuple[str, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    chain: ChainCheck = field(default_factory=lambda: ChainCheck(0, ""))

    def document(self) -> bytes:
        chain = {name: getattr(self.chain, name) for name in ("rows", "head", "broken_at", "problem")}
        return _json({"parts": self.parts, "rows": self.rows, "chain": chain})

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """Raises Refused for what is no manifest of ours."""
        try:
            said = json.loads(content)
            parts = {str(name): (str(sha256), int(size)) for name, (sha256, size) in said["parts"].items()}
            rows = {str(name): int(count) for name, count in said["rows"].items()}
            return cls(parts, rows, ChainCheck(**said["chain"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise refusals.damaged("su manifiesto no se puede leer", "its manifest cannot be read") from error

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(size for _, size in self.parts.values())

    @property
    def files(self) -> int:
        """How many letters and files of people are in it."""
        return sum(name.startswith((FILES, PENDING)) for name in self.parts)


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True).encode("ascii")
