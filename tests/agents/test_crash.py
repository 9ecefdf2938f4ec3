"""kill -9 at any moment loses nothing: not the order, not the list, not the slot, not a line of the audit log."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.agents.doomed import Doomed
from tests.agents.town import Town

QUICK = {"claimed", "plan", "guard", "stage", "arm", "apply", "read back", "disarm", "save", "verified",
         "recorded"}  # fmt: skip
CHANGES = {
    "small": (Town.replace_printer, QUICK),
    "large": (Town.replace_printer_and_add_many, {"read", "backup", "check"} | QUICK),
}
MOST_MILLISECONDS = 25  # longer than most steps take


@pytest.fixture
def doomed(town: Town) -> Iterator[Doomed]:
    """Workers to be killed, before a point that was verified with one printer."""
    town.add_printer()
    town.recover()
    with Doomed(town.place.config) as doomed:
        yield doomed


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> str:
    """A change that adds and removes; a small one is made on the word of the pass before."""
    return str(request.param)


@pytest.fixture
def steps(town: Town, doomed: Doomed, change: str) -> list[str]:
    """The steps of a push that makes such a change and saves."""
    make, expected = CHANGES[change]
    make(town)
    steps = doomed.steps()
    assert set(", ".join(steps).split(", ")) == expected, steps
    check(town)
    return steps


def check(town: Town) -> None:
    town.check_verified()
    town.check_nothing_armed()
    assert not town.alerts(), "our own unrecorded work is no drift"


@pytest.mark.lab
def test_a_worker_killed_after_any_step_of_a_push_loses_nothing(
    town: Town, doomed: Doomed, steps: list[str], change: str
) -> None:
    for step in steps:
        before = town.let_in()
        CHANGES[change][0](town)
        doomed.run_to(step)
        doomed.kill()
        assert town.let_in() in (before, town.wanted()), f"after {step} the list was neither the old nor the new one"
        town.recover()
        check(town)


@pytest.mark.lab
def test_a_worker_killed_in_the_middle_of_a_step_loses_nothing(
    town: Town, doomed: Doomed, steps: list[str], change: str
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for step in steps:
        before = town.let_in()
        CHANGES[change][0](town)
        doomed.run_to(step)
        doomed.go_on()
        time.sleep(chance.uniform(0, MOST_MILLISECONDS) / 1000)
        doomed.kill()
        # What the dead one had sent may still be under way on the point while the next one looks.
        town.recover()
        assert town.let_in() in (before, town.wanted())
        check(town)
