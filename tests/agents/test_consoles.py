"""Every make that has only a prompt, against its recordings: what it shows is read, and what it is told is every key.

A case is a folder under tests/profiles/<profile>/: `case.toml` says what is wanted and how it ends, `dialog.txt` is the
conversation (see player.py). A case is found by its name; a make without one fails.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import paramiko
import pytest

from agents import push
from agents.channels import Limits, Screen
from agents.console import Console
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ConsoleProfile
from netreg.errors import PointError, Refused
from netreg.mac import MacAddress
from netreg.registry import profiles
from tests.agents.player import STYLES, Player, password_file, user_key
from tests.agents.pushing import reconcile

FOLDER = Path(__file__).parents[1] / "profiles"
CONSOLES = [
    file.stem
    for file in sorted((Path(__file__).parents[2] / "device_profiles").glob("*.toml"))
    if isinstance(profiles.profile(file.stem), ConsoleProfile)
]
CASES = [case.parent for name in CONSOLES for case in sorted((FOLDER / name).glob("*/case.toml"))]
EVERYTHING = GuardLimits(percent=100, removals=10_000)
QUICK = Limits(connect=2, login=10, command=10)
BRIEF = Limits(connect=2, login=10, command=1.0)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, paramiko.PKey]:
    return user_key(tmp_path_factory.mktemp("key"))


def listed(lines: list[str]) -> Allowlist:
    pairs = [line.partition(" ") for line in lines]
    return Allowlist.of(Entry(MacAddress.parse(mac), label) for mac, _, label in pairs)


def target_of(player: Player, key_file: Path, profile: str, case: dict[str, Any]) -> Target:
    made = profiles.profile(profile)
    assert isinstance(made, ConsoleProfile)
    if "most" in case:
        made = made.model_copy(update={"apply": made.apply.model_copy(update={"most": case["most"]})})
    user, words = "netreg" + made.session.login_suffix, case.get("parameters", {})
    password = password_file(key_file.parent) if made.session.login != "key" else ""
    where = ("ap", "127.0.0.1", player.port, user, key_file, player.known_key, made, words)
    return Target(*where, password_file=password)


# How a device of a make that logs in like this is played: what is asked at the screen is asked of whoever comes by.
WAYS = {"key": "key", "password": "password", "asked": "nothing"}
Verdict = tuple[str, str, Allowlist | None]


def played(folder: Path, key: tuple[Path, paramiko.PKey], style: str) -> tuple[Player, Verdict]:
    """The conversation held with the player, and how it ended: "verified" or the error, what is left, what was read."""
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    recording = (folder / "dialog.txt").read_text("utf-8")
    with Player(
        recording, key[1], style, way=WAYS[profiles.profile(folder.parent.name).session.login]
    ).playing() as player:
        sessions = Sessions(BRIEF if "!! no answer" in recording else QUICK)
        target = target_of(player, key[0], folder.parent.name, case)
        verdict = ended(
            lambda: reconcile(
                sessions, target, listed(case["desired"]), limits=EVERYTHING, unsaved=case.get("unsaved", False)
            )
        )
        sessions.close()
    return player, verdict


def ended(reconcile: Callable[[], push.PushResult]) -> Verdict:
    try:
        result = reconcile()
    except PointError as error:
        return type(error).__name__, error.left_as, None
    except Refused as error:
        return error.code, "", None
    return "verified", "", result.before


# Byte by byte is slow to play; one whole change of each make is enough of it.
PLAYED = [(case, style) for case in CASES for style in STYLES if style != "bytes" or case.name == "change"]


@pytest.mark.parametrize(
    ("folder", "style"), PLAYED, ids=[f"{one.parent.name}-{one.name}-{style}" for one, style in PLAYED]
)
def test_a_conversation_goes_as_it_was_recorded(folder: Path, style: str, key: tuple[Path, paramiko.PKey]) -> None:
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    player, (outcome, left_as, before) = played(folder, key, style)
    assert player.problems == []
    assert (outcome, left_as) == (case.get("ends", "verified"), case.get("left_as", ""))
    if before is not None:
        assert before == listed(case["observed"])


@pytest.mark.parametrize("name", CONSOLES)
def test_a_make_has_recordings_of_a_change_a_quiet_pass_a_refusal_and_an_empty_list(name: str) -> None:
    found = {case.name for case in CASES if case.parent.name == name}
    assert {"change", "nothing-to-do", "add-refused", "empty"} <= found
    assert all(tomllib.loads((FOLDER / name / one / "case.toml").read_text())["source"] for one in found)


class Slow:
    """A screen that only notes until when it was listened to."""

    limits = Limits(command=1)
    until = 0.0

    def hide(self, said: str) -> str:
        return said

    def receive(self, deadline: float) -> str:
        self.until = deadline
        return "(Cisco Controller) >"


def test_an_answer_may_take_as_long_as_the_make_is_slow(key: tuple[Path, paramiko.PKey]) -> None:
    made, screen, began = profiles.profile("cisco-aireos"), Slow(), time.monotonic()
    assert isinstance(made, ConsoleProfile)
    Console(cast(Screen, screen), Target("ap", "", 22, "netreg", key[0], None, made), made)
    assert screen.until >= began + made.session.patience > began + screen.limits.command
