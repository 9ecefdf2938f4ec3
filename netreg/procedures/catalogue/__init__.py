"""The definitions: those that come with netreg, one TOML each, and those of the office's own folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from netreg.errors import ConfigError, NotFound
from netreg.procedures.procedure import Procedure, parse
from netreg.procedures.soundness import sound
from netreg.procedures.units import Units, checked

# The procedure that netreg exists for: always there, whichever else an office has adopted.
CORE = "ADJ-P03"
# What a step may do when it is left. `tickets.EFFECTS` has a function for each; a test holds the two together.
EFFECTS = frozenset(
    {
        "attend",
        "file",
        "send",
        "receive",
        "turn_over",
        "draft_letter",
        "review_letter",
        "correct_letter",
        "deliver_letter",
        "file_receipt",
    }
)


@cache
def procedures() -> dict[str, Procedure]:
    """Every definition that comes with netreg by its code, in order; raises ConfigError when one is not sound."""
    texts = {one.name: one.read_text(encoding="utf-8") for one in files(__package__).iterdir() if _is_one(one.name)}
    return _sound(texts)


def _is_one(name: str) -> bool:
    return name.endswith(".toml")


def _sound(texts: Mapping[str, str], known: Iterable[str] = ()) -> dict[str, Procedure]:
    read = {one.code: one for one in (parse(text, name) for name, text in sorted(texts.items()))}
    for one in read.values():
        sound(one, EFFECTS, {*read, *known})
    return dict(sorted(read.items(), key=lambda item: (item[1].order, item[0])))


def procedure(code: str) -> Procedure:
    """The definition that comes with netreg under this code; raises NotFound."""
    found = procedures().get(code)
    if found is None:
        raise _unknown(code)
    return found


@dataclass(frozen=True)
class Catalogue:
    """The procedures of an installation: all that it knows, and the codes of those that people may ask for.

    `units` are its own names for their units and roles, by which the known ones are called already.
    """

    known: Mapping[str, Procedure] = field(default_factory=procedures)
    enabled: tuple[str, ...] = (CORE,)
    units: Units = field(default_factory=Units)

    @classmethod
    def of(cls, chosen: Sequence[str], folder: Path | None, units: Units | None = None) -> Catalogue:
        """The catalogue of the settings: `chosen` are codes and names of manuals (`almoloya`).

        A definition of the office's own folder takes the place of ours with the same code. Raises ConfigError for a
        folder that cannot be read, a definition that is not sound, a name that is neither a code nor a manual, and for
        units that no procedure has.
        """
        known = dict(procedures()) | (_own(folder) if folder else {})
        named = checked(units or Units(), known.values())
        known = {code: named.over(one) for code, one in known.items()}
        codes = {CORE, *(code for name in chosen for code in _codes(known, name))}
        ordered = sorted(known, key=lambda one: (known[one].order, one))
        return cls(known, tuple(code for code in ordered if code in codes), named)

    def open(self) -> list[Procedure]:
        """What people may ask for, in order."""
        return [self.known[code] for code in self.enabled]

    def known_as(self, code: str) -> Procedure:
        """What there may be requests of: also what people may ask for no longer; raises NotFound."""
        found = self.known.get(code)
        if found is None:
            raise _unknown(code)
        return found

    def procedure(self, code: str) -> Procedure:
        """What people may ask for under this code; raises NotFound."""
        if code not in self.enabled:
            raise _unknown(code)
        return self.known[code]


def _own(folder: Path) -> dict[str, Procedure]:
    try:
        texts = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if _is_one(one.name)}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("netreg.P004", f"cannot read the procedures in {folder}: {error}", "correct it") from error
    return _sound(texts, procedures())


def _codes(known: Mapping[str, Procedure], name: str) -> list[str]:
    codes = [code for code, one in known.items() if name in (code, one.manual)]
    if not codes:
        offered = ", ".join([*dict.fromkeys(one.manual for one in known.values()), *known])
        raise ConfigError("netreg.P005", f"procedures.enabled: there is no {name}", f"choose among {offered}")
    return codes


def _unknown(code: str) -> NotFound:
    return NotFound(f"No hay procedimiento {code}.", f"There is no procedure {code}.", code="procedure_unknown")
