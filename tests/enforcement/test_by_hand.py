"""On the day netreg is gone, every make of point can still be worked by a person with a sheet of paper."""

from __future__ import annotations

import pytest

from netreg.enforcement.by_hand import EXAMPLE, manual
from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from tests.enforcement.test_no_input_is_a_command import PROFILES


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_a_sheet_says_how_to_see_the_list_and_to_let_one_device_in_and_out(
    profile: ShellProfile | ConsoleProfile,
) -> None:
    said = manual(profile, profile.settled({}))
    assert said["list"] and all(said["list"])
    for what in ("add", "remove"):
        # An entry that is a numbered rule goes by its number.
        named = [*profile.words_of(EXAMPLE).values(), "rule 100"]
        assert any(word in line for line in said[what] for word in named)
        # A dollar sign may be the make's own, never a word that was left open.
        ours = {*profile.parameters, *profile.all_phrases(), *profile.words_of(EXAMPLE), "label"}
        assert not any(f"${word}" in line for line in said[what] for word in ours)
