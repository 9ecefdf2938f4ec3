"""What each procedure is, from its own definition: who does what, its rules, and where we depart from the manual."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from netreg.procedures import diagram
from netreg.procedures.particulars import Quirk
from netreg.procedures.procedure import Procedure, Step
from portal.access import permitted
from portal.languages import language
from portal.rows import store

pages = Blueprint("procedures", __name__, url_prefix="/procedures")


class Row(NamedTuple):
    """One step: where it leads as it is run and as the manual prints it, and what is said where the two differ."""

    step: Step
    run: str
    printed: str
    quirks: tuple[Quirk, ...]

    @property
    def differs(self) -> bool:
        return self.run != self.printed


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
        rows=[_row(procedure, step) for step in procedure.steps],
        quirks=[one for one in procedure.quirks if not one.step],
        flow=drawing,
    )


def _row(procedure: Procedure, step: Step) -> Row:
    run, printed = procedure.ways(step.n), procedure.ways(step.n, printed=True)
    return Row(step, _ways(run), _ways(printed), tuple(one for one in procedure.quirks if one.step == step.n))


def _ways(targets: tuple[int, ...]) -> str:
    return ", ".join(f"→ {to}" for to in targets) or "—"
