"""What each procedure is, from its own definition: who does what, its rules, and where we depart from the manual."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from netreg.procedures import diagram, units
from netreg.procedures.particulars import Quirk
from netreg.procedures.procedure import Procedure, Step
from portal.access import permitted
from portal.languages import language
from portal.rows import store

pages = Blueprint("procedures", __name__, url_prefix="/procedures")


class Row(NamedTuple):
    """One step: who does it and where it leads as it is run and as the manual prints it, and why the two differ.

    `printed` is empty where the manual prints the same; `renamed` says that it calls the unit otherwise.
    """

    step: Step
    who: str
    run: str
    printed: str
    renamed: bool
    quirks: tuple[Quirk, ...]


@pages.get("")
@permitted("procedures.see")
def listing() -> ResponseReturnValue:
    """The procedures that the office has adopted."""
    return render_template("pages/procedure_list.html", procedures=store().office.catalogue.open())


@pages.get("/<code>")
@permitted("procedures.see")
def show(code: str) -> ResponseReturnValue:
    """One procedure as its definition has it."""
    procedure = store().office.catalogue.procedure(code)
    drawing = Markup(diagram.svg(procedure, language=language()))  # noqa: S704  (every text in it is escaped)
    return render_template(
        "pages/procedure.html",
        procedure=procedure,
        executing_as_printed=_executing_as_printed(procedure),
        rows=[_row(procedure, step) for step in procedure.steps],
        quirks=[one for one in procedure.quirks if not one.step],
        flow=drawing,
    )


def _executing_as_printed(procedure: Procedure) -> str:
    """What the manual calls the unit that attends to it, where that is another name."""
    said = units.printed(procedure).owner.executing(language())
    return "" if said == procedure.owner.executing(language()) else said


def _row(procedure: Procedure, step: Step) -> Row:
    role, on_paper = step.role_as_printed or step.role, units.printed(procedure)
    who, printed_who = procedure.role(step.role).text(language()), on_paper.role(role).text(language())
    run, printed = procedure.ways(step.n), procedure.ways(step.n, printed=True)
    differing = [_ways(printed)] * (run != printed) + [printed_who] * (who != printed_who)
    quirks = tuple(one for one in procedure.quirks if one.step == step.n)
    return Row(step, who, _ways(run), "; ".join(differing), who != printed_who, quirks)


def _ways(targets: tuple[int, ...]) -> str:
    return ", ".join(f"→ {to}" for to in targets) or "—"
