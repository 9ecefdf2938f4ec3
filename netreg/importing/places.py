"""The areas there are, found by what a list calls them: the code, or the name with or without accents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import Refused
from netreg.importing.problems import harmless, refused
from netreg.registry import text
from netreg.registry.models import Area
from netreg.store.remembering import Memory

_CODE_AND_NAME = re.compile(r"(?P<code>[A-Za-z0-9-]{1,32}?)(?:\s+[-–—|]|:)\s+\S.*", re.ASCII)


class Place(NamedTuple):
    """What a list of devices or people has to know of an area."""

    id: int
    code: str
    name: str
    closed: date | None
    quota_unit_id: int


class Places:
    """Every area, to be found by its code, by its name as it is, and by its name as it is compared."""

    def __init__(self, areas: Sequence[Place]) -> None:
        self._areas = areas
        self._codes = {one.code.casefold(): one for one in areas}

    @classmethod
    def of(cls, session: Session) -> Places:
        """Those there are."""
        return _MEMORY.current(session, lambda: cls._read(session))

    @classmethod
    def _read(cls, session: Session) -> Places:
        columns = (getattr(Area, name) for name in Place._fields)
        return cls([Place(*row) for row in session.execute(select(*columns).order_by(Area.name))])

    @cached_property
    def _names(self) -> dict[str, Place]:
        return {one.name: one for one in self._areas}

    @cached_property
    def _folded(self) -> dict[str, Place]:
        return {_plain(one.name): one for one in self._areas}

    def coded(self, code: str) -> Place | None:
        return self._codes.get(code.casefold())

    def exactly(self, name: str) -> Place | None:
        return self._names.get(name)

    def find(self, said: str) -> Place | None:
        """The area that a cell names, also `OBRAS - Obras Públicas`."""
        both = _CODE_AND_NAME.fullmatch(said)
        return self.coded(said) or self._folded.get(_plain(said)) or (self.coded(both["code"]) if both else None)

    def named(self, said: str) -> Place:
        """The area that a cell names; raises Refused for none, and for one that is closed."""
        found = self.find(said)
        if found is None:
            raise self.unknown(said)
        if found.closed is not None:
            raise refused(
                "area_closed", "El área ya no existe.", "The area does not exist any more.",
                "Escriba el área que la sucede.", "Write the area that follows it.", field="area",
            )  # fmt: skip
        return found

    def unknown(self, said: str) -> Refused:
        """The refusal of an area that is not there, with what may have been meant."""
        if not said:
            return refused("E_EMPTY", "Falta el área.", "The area is missing.", "Escriba su clave o su nombre.",
                           "Write its code or its name.", field="area")  # fmt: skip
        near = get_close_matches(_plain(said), list(self._folded), n=1, cutoff=0.7)
        near_es = f"¿Es {self._folded[near[0]].name}? " if near else ""
        near_en = f"Is it {self._folded[near[0]].name}? " if near else ""
        return refused(
            "E_AREA", f"No existe el área «{harmless(said)}».", f"There is no area “{harmless(said)}”.",
            f"{near_es}Corríjala, o importe primero las áreas.",
            f"{near_en}Correct it, or import the areas first.", field="area",
        )  # fmt: skip


_MEMORY: Memory[Places] = Memory(Area)


def _plain(name: str) -> str:
    return " ".join(text.folded(name).replace(".", " ").split())
