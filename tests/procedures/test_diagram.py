"""The picture of a procedure shows what the list says: done, current, next."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from netreg.procedures.catalogue import procedure
from netreg.procedures.diagram import Progress, svg

CORE = procedure("ADJ-P03")
STEPS = [step.n for step in CORE.steps]


def classes(picture: str) -> list[str]:
    found = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}g")
    return [group.attrib["class"].removeprefix("flow-step is-") for group in found]


def test_w_07_a_ticket_at_step_8_marks_what_was_done_and_what_may_follow() -> None:
    approved = Progress.at(CORE, {1, 2, 3, 4, 5, 7, 8}, 8)
    marks = ["done"] * 5 + ["later", "done", "current", "next", "next", "later"]
    assert classes(svg(CORE, approved)) == marks == [approved.mark(n) for n in STEPS]


def test_a_ticket_that_is_closed_has_no_current_step() -> None:
    closed = Progress.at(CORE, set(STEPS), 0)
    assert {closed.mark(n) for n in STEPS} == {"done"}


def test_a_plain_picture_marks_nothing_and_speaks_both_languages() -> None:
    assert set(classes(svg(CORE))) == {"later"}
    assert "Área de Informática" in svg(CORE) and "Área de Informática" not in svg(CORE, language="en")


@given(st.sets(st.sampled_from(STEPS)), st.sampled_from([0, *STEPS]))
def test_every_step_has_one_mark_and_the_picture_is_well_formed(visited: set[int], current: int) -> None:
    progress = Progress.at(CORE, visited, current)
    marks = classes(svg(CORE, progress))
    assert len(marks) == len(STEPS) and marks.count("current") == (current != 0)


def test_text_of_a_definition_cannot_become_markup() -> None:
    evil = CORE.model_copy(update={"steps": tuple(s.model_copy(update={"es": "<script>&"}) for s in CORE.steps)})
    assert "<script>" not in svg(evil) and "&lt;script&gt;&amp;" in svg(evil)
