"""Where a push stands: whatever a pass says, a person reads the steps that are done, one that goes on, and the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netreg.enforcement.steps import CURRENT, DONE, LATER, STEPS, finished, standing

WHOLE = ["read", "plan", "guard", "backup", "arm", "stage", "check", "apply", "read back", "disarm", "save", "kick"]
SAID = st.lists(st.sampled_from([*WHOLE, "undo of an earlier pass", "kick refused", "stage, check", "claimed", "x"]))


def marks(*said: str) -> dict[str, str]:
    return {one.name: one.mark for one in standing(said)}


@given(SAID)
def test_what_is_done_comes_first_then_one_that_goes_on_then_those_to_come_in_their_order(said: list[str]) -> None:
    steps = standing(said)
    names, order = [one.name for one in steps], [one.mark for one in steps]
    assert names == sorted(names, key=STEPS.index) and len(set(names)) == len(names)
    assert order == sorted(order, key=[DONE, CURRENT, LATER].index)
    assert order.count(CURRENT) == (0 if "kick" in names and order[-1] == DONE else 1)
    assert {one.name for one in steps if one.mark == DONE} <= set(finished(said))


def test_a_whole_push_does_every_step_but_the_undo_of_another() -> None:
    assert finished(WHOLE) == list(STEPS[1:])
    assert marks(*WHOLE) == dict.fromkeys(STEPS[1:], DONE)


def test_before_anything_is_said_it_reads() -> None:
    steps = standing([])
    assert (steps[0].name, steps[0].mark) == ("read", CURRENT) and {one.mark for one in steps[1:]} == {LATER}


def test_a_step_that_this_make_does_not_take_is_left_out_once_it_was_passed_over() -> None:
    assert "backup" not in marks("read", "guard", "arm") and marks("read", "guard", "arm")["apply"] == CURRENT


def test_the_undo_of_an_earlier_push_is_shown_where_there_was_one() -> None:
    assert marks("undo of an earlier pass")["undo"] == DONE and "undo" not in marks("read")


def test_of_several_rounds_the_one_under_way_counts() -> None:
    second = marks("read", "guard", "arm", "apply", "read back", "disarm", "arm")
    assert (second["arm"], second["apply"], second["disarm"]) == (DONE, CURRENT, LATER)


def test_names_that_are_finer_than_the_steps_harm_nothing() -> None:
    assert marks("read", "plan", "guard", "stage 3 of 9")["backup"] == CURRENT
