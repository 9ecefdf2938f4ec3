"""The areas there are, found by what a list calls them: the code, or the name with or without accents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy.orm import Session

from netreg.errors import Refused
from netreg.importing.problems import harmless, refused
from netreg.registry import queries, text
from netreg.registry.models import Area

_CODE_AND_NAME = re.compile(r"(?P<code>[A-Za-z0-9-]{1,32}?)(?:\s+[-–—|]|:)\s+\S.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Places:
    """Every area by its code, by its name as it is, and by its name as it is compared."""

    codes: Mapping[str, Area]
    names: Mapping[str, Area]
    folded: Mapping[str, Area]

    @classmethod
    def of(cls, session: Session) -> Places:
        areas: Sequence[Area] = queries.areas(session)
        return cls(
            {one.code.casefold(): one for one in areas},
            {one.name: one for one in areas},
            {_plain(one.name): one for one in areas},
        )

    def coded(self, code: str) -> Area | None:
        return self.codes.get(code.casefold())

    def exactly(self, name: str) -> Area | None:
        return self.names.get(name)

    def find(self, said: str) -> Area | None:
        """The area that a cell names, also `OBRAS - Obras Públicas`."""
        both = _CODE_AND_NAME.fullmatch(said)
        return self.coded(said) or self.folded.get(_plain(said)) or (self.coded(both["code"]) if both else None)

    def named(self, said: str) -> Area:
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
        near = get_close_matches(_plain(said), list(self.folded), n=1, cutoff=0.7)
        near_es = f"¿Es {self.folded[near[0]].name}? " if near else ""
        near_en = f"Is it {self.folded[near[0]].name}? " if near else ""
        return refused(
            "E_AREA", f"No existe el área «{harmless(said)}».", f"There is no area “{harmless(said)}”.",
            f"{near_es}Corríjala, o importe primero las áreas.",
            f"{near_en}Correct it, or import the areas first.", field="area",
        )  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(text.folded(name).replace(".", " ").split())
