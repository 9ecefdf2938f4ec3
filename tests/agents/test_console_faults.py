"""A device at a prompt may do anything: be silent, shout, lie, ask, hang up. A pass ends, and says what is left."""

from __future__ import annotations

import time
from pathlib import Path

import paramiko
import pytest

from agents.channels import Limits
from agents.ssh import Sessions, Target
from netreg.errors import HostKeyChanged, LoginRefused, PointError, UnexpectedOutput, Unreachable
from netreg.registry import profiles
from tests.agents.player import Player, user_key
from tests.agents.pushing import reconcile
from tests.enforcement.lists import of

PROFILE = profiles.profile("cisco-ios-xe-9800")
START = "== a terminal\nWLC#\n> terminal length 0\nWLC#\n> terminal width 511\nWLC#\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, paramiko.PKey]:
    return user_key(tmp_path_factory.mktemp("key"))


def refused_by(player: Player, key_file: Path, limits: Limits, known: str | None = None) -> PointError:
    """The error a pass over this player ends with."""
    target = Target("ap", "127.0.0.1", player.port, "netreg", key_file, known or player.known_key, PROFILE)
    sessions = Sessions(limits)
    try:
        with player.playing(), pytest.raises(PointError) as caught:
            reconcile(sessions, target, of(1, label="nr-1"))
    finally:
        sessions.close()
    return caught.value


@pytest.mark.parametrize(
    "recording",
    [
        "== a terminal\n!! no answer",
        "== a terminal\nWelcome. No prompt here.\n!! no answer",
        START + "> show archive config rollback timer\nDo you really want to know? [y/n]\n!! no answer",
    ],
)
def test_a_device_that_says_nothing_or_asks_what_nobody_knows_is_left_at_the_deadline(
    recording: str, key: tuple[Path, paramiko.PKey]
) -> None:
    start = time.monotonic()
    error = refused_by(Player(recording, key[1]), key[0], Limits(connect=2, login=5, command=0.5))
    assert isinstance(error, Unreachable) and "no answer in time" in error.message
    assert error.left_as == "unchanged" and time.monotonic() - start < 10


def test_ten_megabytes_of_noise_are_cut_off(key: tuple[Path, paramiko.PKey]) -> None:
    noise = "\n".join("%SYS-5-NOISE: " + "x" * 1000 for _ in range(10_000))
    recording = START + f"> show archive config rollback timer\n{noise}\n!! no answer"
    limits = Limits(connect=2, login=5, command=20, answer=1_000_000)
    error = refused_by(Player(recording, key[1]), key[0], limits)
    assert isinstance(error, UnexpectedOutput) and error.left_as == "unchanged" and len(error.message) < 300


def test_a_prompt_that_a_device_name_imitates_inside_the_list_is_a_cut_read_and_no_shorter_list(
    key: tuple[Path, paramiko.PKey],
) -> None:
    """A line that looks like a prompt ends an answer only where it stands last; what follows it is then missed."""
    recording = (
        START
        + "> show archive config rollback timer\n%No Rollback Confirmed Change pending\nWLC#\n"
        + "> show running-config | include ^username [0-9a-f]+ mac\n"
        + "username a483e7000001 mac description nr-1\nWLC#\nusername a483e7000002 mac\nWLC#\n"
        + "> show running-config | count ^username [0-9a-f]+ mac\nNumber of lines which match regexp = 2\nWLC#"
    )
    error = refused_by(Player(recording, key[1]), key[0], Limits(connect=2, login=5, command=2))
    assert isinstance(error, UnexpectedOutput) and "no entry" in error.message


def test_a_device_with_another_key_is_told_apart_from_one_that_is_off(key: tuple[Path, paramiko.PKey]) -> None:
    limits = Limits(connect=1, login=5, command=2)
    other = Player("", key[1])
    error = refused_by(Player("", key[1]), key[0], limits, known=other.known_key)
    assert isinstance(error, HostKeyChanged) and error.permanent and "nothing secret was sent" in error.message
    other._listener.close()
    gone = Target("ap", "127.0.0.1", other.port, "netreg", key[0], other.known_key, PROFILE)
    with pytest.raises(Unreachable) as caught:
        reconcile(Sessions(limits), gone, of(1, label="nr-1"))
    assert not caught.value.permanent


def test_a_login_that_is_refused_is_not_tried_again(key: tuple[Path, paramiko.PKey], tmp_path: Path) -> None:
    stranger, _ = user_key(tmp_path)
    error = refused_by(Player("", key[1]), stranger, Limits(connect=2, login=5, command=2))
    assert isinstance(error, LoginRefused) and error.permanent


def test_no_key_and_no_secret_of_ours_is_in_any_message(key: tuple[Path, paramiko.PKey]) -> None:
    secret = key[0].read_text().splitlines()[2]
    error = refused_by(Player("== a terminal\n!! no answer", key[1]), key[0], Limits(command=0.5))
    assert secret not in str(error) and secret not in repr(error)
