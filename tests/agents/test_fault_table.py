"""Every fault of a push at every make: how the pass ends, that what it says is true, and that the next one mends it.

The points are simulated (`prompts.py`, `boxes.py`) under netreg's own sessions (`wires.py`); time is the test's.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.channels import Limits
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ConsoleProfile
from netreg.errors import LoginRefused, PointError
from netreg.registry import profiles
from tests.agents.boxes import Box, box
from tests.agents.faults import COLUMNS, FAULTS, VERIFIED
from tests.agents.player import password_file, user_key
from tests.agents.prompts import Prompt
from tests.agents.pushing import reconcile
from tests.agents.troubled import TroubledPoint
from tests.agents.wires import HOST_KEY
from tests.enforcement.lists import mac

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
NAMES = sorted(file.stem for file in (ROOT / "device_profiles").glob("*.toml"))
PROFILES = {name: profiles.profile(name) for name in NAMES}
CELLS = [(fault, name) for fault in FAULTS for name in NAMES if FAULTS[fault].is_for(PROFILES[name])]
EVERYTHING = GuardLimits(percent=100, removals=10_000)
LIMITS = Limits(answer=1_000_000)

# What each state of the table means, as netreg says it to people.
SAID = {
    "unchanged": r"unchanged",
    "restored": r"restored",
    "by itself": r"undo armed, restores itself within \d+ s|its own undo \([a-z-]+\) restores it within \d+ min",
    "applied": r"applied and verified(, not saved(: a restart brings an older list)?)?",
    "applied or by itself": r"applied and verified, or restored by its own undo( \([a-z-]+\))? within \d+ (s|min); .+",
    "in part": r"changed in part; another pass mends it",
    "unknown": r"unknown: this make has no undo of its own; another pass mends it",
}


def listed(*numbers: int) -> Allowlist:
    return Allowlist.of(Entry(mac(number), f"nr-{number}") for number in numbers)


BEFORE, WANTED = listed(1, 2), listed(1, 3)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return user_key(tmp_path_factory.mktemp("key"))[0]


@pytest.fixture
def point_of(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], TroubledPoint]]:
    """A simulated point of a make, with its wire under netreg's feet."""
    boxes: list[Box] = []

    def made(name: str) -> TroubledPoint:
        profile = PROFILES[name]
        by_key = profile.session.login == "key"
        target = Target("ap", "192.0.2.1", 22, "netreg", key if by_key else None, HOST_KEY, profile)
        if not by_key:
            target = dataclasses.replace(target, password_file=password_file(tmp_path))
        point: TroubledPoint
        if isinstance(profile, ConsoleProfile):
            point = Prompt(target, BEFORE, WANTED)
        else:
            point = box(target, BEFORE, WANTED, tmp_path / "box")
            boxes.append(point)
        point.wire.install(monkeypatch)
        return point

    yield made
    for one in boxes:
        one.remove()


def push(point: TroubledPoint, *, unsaved: bool = False, runs_out_after: str = "") -> tuple[str, str]:
    """One pass, as the worker makes it: how it ends, and what it says the point is left as."""
    sessions = Sessions(LIMITS)

    def on_step(step: str) -> None:
        if step == runs_out_after:
            point.run_out()

    try:
        reconcile(sessions, point.target, WANTED, limits=EVERYTHING, unsaved=unsaved, on_step=on_step)
    except PointError as error:
        assert len(error.message) < 600 and "xxxx" not in error.message
        assert error.permanent == isinstance(error, LoginRefused), "only a person can mend a login"
        return error.code, error.left_as
    finally:
        sessions.close()
    return VERIFIED, ""


def check_true(point: TroubledPoint, left: str, said: str) -> None:
    """That the point is as netreg said, and as its administrator would find it."""
    if left == VERIFIED:
        assert (point.held(), point.is_armed()) == (point.wanted, False)
        return
    assert re.fullmatch(SAID[left], said)
    if found := re.search(r"within (\d+) (s|min)", said):
        point.wait(int(found[1]) * {"s": 1, "min": 60}[found[2]])
    assert not point.is_armed()
    if left in ("unchanged", "restored", "by itself"):
        assert (point.held(), point.saved()) == (point.before, point.before)
    if left == "applied":
        assert point.held() == point.wanted
    if left == "in part":
        assert point.held() not in (point.before, point.wanted)
    if left == "unknown":
        assert point.target.profile.undo.kind == "none"


def longest(point: TroubledPoint) -> float:
    """Seconds that a pass may take at most with one fault: it waits for one answer, then once more to set it right."""
    session = point.target.profile.session
    patience = session.patience if hasattr(session, "patience") else 0.0
    return 2 * max(LIMITS.command, patience) + LIMITS.connect + 1


@pytest.mark.parametrize(("fault", "name"), CELLS, ids=[f"{fault}-{name}" for fault, name in CELLS])
def test_a_fault_ends_as_the_table_says_what_it_says_is_true_and_the_next_pass_mends_it(
    fault: str, name: str, point_of: Callable[[str], TroubledPoint]
) -> None:
    row, point = FAULTS[fault], point_of(name)
    code, left = row.ends(point.target.profile)
    row.befall(point)
    began = point.clock.now
    ended, said = push(point, runs_out_after=row.runs_out_after)
    assert (ended, point.trouble) == (code, None), said
    assert point.clock.now - began <= longest(point)
    check_true(point, left, said)
    row.then(point)
    point.heal()
    if point.is_as_new() or (ended == VERIFIED and point.saved() == point.wanted):
        return  # the next pass finds what the first one found, or nothing to do
    assert push(point, unsaved=ended != VERIFIED) == (VERIFIED, "")
    assert (point.held(), point.saved(), point.is_armed()) == (point.wanted, point.wanted, False)


def test_every_make_is_in_one_column_of_the_table() -> None:
    assert sorted(name for makes in COLUMNS.values() for name in makes) == NAMES, "put the new make into a column"


def test_the_page_for_administrators_says_what_the_tests_say() -> None:
    lines = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| [a-z`]", line)]
    shown = [tuple(cell.strip(" `") for cell in line) for line in lines]
    rows = [(fault.says, fault.code, *fault.left) for fault in FAULTS.values()]
    assert [row for row in shown if len(row) == 2 + len(COLUMNS)] == rows
    assert {row[0] for row in shown if len(row) == 3} >= {*SAID}, "each state needs its line on what to do"
    for name in NAMES:
        assert f"`{name}`" in PAGE
