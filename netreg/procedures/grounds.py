"""Why a request goes back or is refused: which ways ask for a reason of the catalogue, and which one was given.

No definition names those ways one by one: what leads back to the first step, or from a decision to a step that returns,
is a return; what leads to a refusal is a rejection. The reason stays with the move as `reason_code`, its words are the
move's note or the letter that follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netreg.errors import InvalidValue
from netreg.procedures.procedure import Extension, Procedure
from netreg.procedures.timing import Left
from netreg.registry import reasons
from netreg.registry.models import Ticket
from netreg.registry.models.requests import REASON
from netreg.registry.reasons import Kind, Reason

# What is counted of a return or a refusal that came with words alone; no reason of the catalogue is called so.
UNCODED = "none"
_BY_STATUS: dict[str, Kind] = {"prevenida": "return", "rechazada": "rejection"}


def kind_of(procedure: Procedure, left: int, answer: str) -> Kind | None:
    """Which reasons go with leaving step `left` on this answer or by this way beside the table; None: none do."""
    beside = procedure.extension(answer)
    if beside is not None:
        return _kind_beside(beside)
    step = procedure.by_number.get(left)
    way = step.way(answer) if step and step.kind == "decision" and not step.by_itself else None
    return _BY_STATUS.get(procedure.step(way.to).status) if way else None


def _kind_beside(one: Extension) -> Kind | None:
    if one.to == 1:
        return "return"
    return "rejection" if one.to == "end:rejected" or one.id.startswith("reject") else None


def offered(procedure: Procedure, kind: Kind) -> tuple[str, ...]:
    """The codes to choose from in a procedure: some are about devices alone, some about anything but devices."""
    return reasons.offered(kind, devices=procedure.core)


def check(procedure: Procedure, left: int, answer: str, code: str) -> dict[str, str]:
    """What the move keeps of the reason chosen: nothing where none was. Raises InvalidValue E_REASON for one that the
    catalogue does not offer there."""
    if not code:
        return {}
    kind = kind_of(procedure, left, answer)
    if kind is None or code not in offered(procedure, kind):
        raise InvalidValue(
            "Elija un motivo de la lista.", "Choose a reason from the list.", code="E_REASON", field=REASON
        )
    return {REASON: code}


def given(moves: Iterable[Left], procedure: Procedure, kind: Kind) -> Iterator[tuple[Left, str]]:
    """Those of the moves by which a request was returned, or refused, each with its reason or UNCODED; in order."""
    for move in moves:
        if kind_of(procedure, move.left, move.answer) == kind:
            yield move, move.reason_code or UNCODED


def current(ticket: Ticket, procedure: Procedure) -> Reason | None:
    """The reason for which a request is back with its area, or was refused, where one was given."""
    if ticket.status not in _BY_STATUS:
        return None
    kind = _BY_STATUS[ticket.status]
    codes = [code for _move, code in given(ticket.moves, procedure, kind)]
    return reasons.CATALOGUE[kind].get(codes[-1]) if codes else None
