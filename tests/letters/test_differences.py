"""Two versions of a text give back both, run by run, and show exactly what a person changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netreg.letters.differences import Change, Run, differences

WORDS = st.lists(st.sampled_from(["uno", "dos", "tres", "{folio}", " ", "  ", "\n", ",", "año"]), max_size=12)
TEXTS = st.lists(WORDS.map("".join) | st.text(max_size=20), max_size=6)


def spelled(change: Change, *kinds: str) -> str:
    return "".join(run.text for run in change.runs if run.kind in kinds)


@given(TEXTS, TEXTS)
def test_both_versions_can_be_read_back(old: list[str], new: list[str]) -> None:
    changes = differences(old, new)
    assert [change.old for change in changes if change.old is not None] == old
    assert [change.new for change in changes if change.new is not None] == new
    for change in changes:
        assert spelled(change, "kept", "removed") == (change.old or "")
        assert spelled(change, "kept", "added") == (change.new or "")


@given(TEXTS, TEXTS)
def test_runs_are_as_long_as_they_can_be_and_none_is_empty(old: list[str], new: list[str]) -> None:
    for change in differences(old, new):
        assert all(run.text for run in change.runs)
        assert all(a.kind != b.kind for a, b in zip(change.runs, change.runs[1:], strict=False))


@given(TEXTS)
def test_nothing_changed_is_all_kept(text: list[str]) -> None:
    assert all(run.kind == "kept" for change in differences(text, text) for run in change.runs)


@given(TEXTS, TEXTS)
def test_words_are_never_cut(old: list[str], new: list[str]) -> None:
    for change in differences(old, new):
        known = {*(change.old or "").split(), *(change.new or "").split()}
        assert {word for run in change.runs for word in run.text.split()} <= known


def test_a_changed_word_is_shown_alone() -> None:
    (change,) = differences(["Le informo que procede."], ["Le comunico que procede."])
    assert change.runs == (
        Run("kept", "Le "),
        Run("removed", "informo"),
        Run("added", "comunico"),
        Run("kept", " que procede."),
    )


def test_a_new_paragraph_is_added_whole_and_its_neighbours_are_kept() -> None:
    first, second, third = differences(["a", "c"], ["a", "b", "c"])
    assert (first.old, second.old, second.new, third.new) == ("a", None, "b", "c")
    assert second.runs == (Run("added", "b"),)


def test_a_paragraph_that_is_gone_is_removed_whole() -> None:
    assert differences(["a b"], []) == [Change("a b", None, (Run("removed", "a b"),))]
