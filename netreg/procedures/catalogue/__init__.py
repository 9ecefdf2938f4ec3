"""The definitions that come with netreg, one TOML each, and the only place that reads them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from netreg.errors import NotFound
from netreg.procedures.procedure import Procedure, parse
from netreg.procedures.soundness import sound

# What a step may do when it is left. `tickets.EFFECTS` has a function for each; a test holds the two together.
EFFECTS = frozenset(
    {
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
    """Every definition by its code, in the manual's order; raises ConfigError when one of them is not sound."""
    read = {}
    for file in files(__package__).iterdir():
        if file.name.endswith(".toml"):
            one = parse(file.read_text(encoding="utf-8"), file.name)
            read[one.code] = one
    for one in read.values():
        sound(one, EFFECTS, read)
    return dict(sorted(read.items(), key=lambda item: item[1].order))


def procedure(code: str) -> Procedure:
    """The definition with this code; raises NotFound."""
    found = procedures().get(code)
    if found is None:
        raise NotFound(f"No hay procedimiento {code}.", f"There is no procedure {code}.", code="procedure_unknown")
    return found
