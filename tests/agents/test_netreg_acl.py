"""netreg-acl on recorded answers of hostapd 2.10: the list in force, or why it is not known.

A case is a folder: what `accept_acl SHOW` and `all_sta` answered (shown.txt, stations.txt), what hostapd was given last
(given.txt) or was started with (file.txt), and what netreg-acl says (expected.txt).
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from agents.channels import Answer
from agents.hand import Talks
from agents.shell import ShellHand
from agents.ssh import Target
from netreg.enforcement import shell
from netreg.enforcement.profile import ShellProfile
from netreg.errors import CommandRefused, IncompleteRead
from netreg.registry import profiles

ROOT = Path(__file__).parents[2]
SCRIPT = (ROOT / "docs" / "points" / "linux-hostapd" / "netreg-acl").read_text("utf-8")
# What hostapd said; a folder with an answer.txt too, or alone, is what the script made of it (test_shells.py).
CASES = sorted(file.parent for file in (ROOT / "tests" / "profiles" / "linux-hostapd").glob("*/shown.txt"))
PLACES = ("/run/hostapd", "/run/netreg", "/etc/netreg")
CLI = """#!/bin/sh
case "$*" in
*"accept_acl SHOW") cat {folder}/shown.txt ;;
*all_sta) cat {folder}/stations.txt 2>/dev/null || : ;;
*) echo FAIL ;;
esac
"""


class AccessPoint:
    """A folder with netreg-acl in it, and a hostapd_cli that answers as it was recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.script = folder, SCRIPT.replace("PATH=", f"PATH={folder}:")
        for place in PLACES:
            (folder / place[1:]).mkdir(parents=True)
            self.script = self.script.replace(place, f"{folder}{place}")
        for name, text in (("netreg-acl", self.script), ("hostapd_cli", CLI.format(folder=folder))):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.state, self.accept = folder / "run/netreg/wlan0", folder / "etc/netreg/wlan0.accept"
        self.play({})

    def play(self, files: dict[str, str]) -> None:
        """The recorded answers, and what netreg-acl knows beside them."""
        (self.folder / "shown.txt").write_text(files.get("shown", ""))
        (self.folder / "stations.txt").write_text(files.get("stations", ""))
        if "file" in files:
            self.accept.write_text(files["file"])
        self.start()
        if "given" in files:
            self.state.mkdir()
            (self.state / "given").write_text(files["given"])
            defined = self.script[: self.script.index("\ncase $verb in")]
            written = subprocess.run(["sh", "-c", f"{defined}\nreceipt", "x", "wlan0", "show"], capture_output=True)
            (self.state / "receipt").write_bytes(written.stdout)

    def start(self) -> None:
        """Make the control socket, later than the accept file: hostapd reads its file before."""
        socket = self.folder / "run/hostapd/wlan0"
        socket.touch()
        while self.accept.exists() and socket.stat().st_ctime_ns <= self.accept.stat().st_ctime_ns:
            socket.touch()

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "netreg-acl"), "wlan0", *words], input=stdin, capture_output=True, text=True
        )


@pytest.fixture
def access_point(tmp_path: Path) -> AccessPoint:
    return AccessPoint(tmp_path)


def recorded(case: Path) -> dict[str, str]:
    return {file.stem: file.read_text("utf-8") for file in case.iterdir()}


def case(name: str) -> dict[str, str]:
    return recorded(next(one for one in CASES if one.name == name))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_recorded_answer_is_the_list_in_force_or_says_what_is_not_known(
    access_point: AccessPoint, folder: Path
) -> None:
    files = recorded(folder)
    access_point.play(files)
    shown, digest = access_point.run("show"), access_point.run("digest")
    assert shown.stdout + shown.stderr == files["expected"]
    if shown.returncode == 0:
        assert digest.stdout == hashlib.sha256(files["expected"].encode()).hexdigest() + "\n"
    else:
        assert (shown.stdout, digest.stdout, digest.stderr) == ("", "", files["expected"])


@pytest.mark.parametrize("spoil", ["given", "receipt", "socket"])
def test_a_receipt_that_does_not_fit_its_list_or_its_hostapd_proves_nothing(
    access_point: AccessPoint, spoil: str
) -> None:
    access_point.play(case("cut-after-a-change"))
    if spoil == "socket":
        (access_point.folder / "run/hostapd/wlan0").chmod(0o600)
    else:
        (access_point.state / spoil).write_text("02:bb:00:00:00:00\n")
    said = access_point.run("show")
    assert (said.returncode, said.stdout) == (1, "") and "restart hostapd" in said.stderr


def test_a_file_with_more_than_addresses_witnesses_nothing(access_point: AccessPoint) -> None:
    files = case("cut-as-started")
    access_point.play({**files, "file": files["file"] + "-02:bb:00:00:00:00\n"})
    assert "line 162 of its file is no plain address" in access_point.run("show").stderr


def test_a_list_is_saved_whole_or_not_at_all(access_point: AccessPoint) -> None:
    text = "02:bb:00:00:00:00\n"
    access_point.accept.write_text("before\n")
    assert "arrived cut" in access_point.run("save", hashlib.sha256(text.encode()).hexdigest(), stdin=text[:9]).stderr
    assert access_point.accept.read_text() == "before\n"
    assert access_point.run("save", hashlib.sha256(text.encode()).hexdigest(), stdin=text).returncode == 0
    assert access_point.accept.read_text() == text
    assert list(access_point.accept.parent.iterdir()) == [access_point.accept]


def test_an_answer_other_than_ok_is_a_change_that_failed(access_point: AccessPoint) -> None:
    work = access_point.state / "work"
    work.mkdir(parents=True)
    assert access_point.run("keep", str(work), hashlib.sha256(b"").hexdigest()).returncode == 0
    (work / "new").write_text("02:bb:00:00:00:00\n")
    assert access_point.run("check", str(work)).returncode == 0
    assert "did not take all of the change: FAIL" in access_point.run("change", str(work)).stderr
    mark, new = "00:00:00:00:00:00", "02:bb:00:00:00:00"
    assert (work / "delta").read_text() == f"-{mark}\n{mark}\n-{new}\n{new}\n"
    assert not (access_point.state / "receipt").exists()
    (work / "new").write_text("02:bb:00:00:00:00\n02:bb\n")
    assert "no address" in access_point.run("check", str(work)).stderr


class Says:
    """A session on which every command fails and says the same."""

    def __init__(self, err: str) -> None:
        self.err = err

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer:
        return Answer(1, "", self.err)


@pytest.mark.parametrize(
    ("err", "error"), [("Incomplete: restart hostapd\n", IncompleteRead), ("Error: no such thing\n", CommandRefused)]
)
def test_a_point_may_say_itself_that_its_list_is_not_whole(err: str, error: type[Exception]) -> None:
    profile = profiles.profile("linux-hostapd")
    assert isinstance(profile, ShellProfile)
    session: Talks = Says(err)  # type: ignore[assignment]
    with pytest.raises(error, match=err.partition(": ")[2].strip()):
        ShellHand(session, Target("ap", "host", 22, "netreg", Path("key"), "key", profile)).look()


def test_the_lock_of_netreg_acl_is_the_one_of_the_timer() -> None:
    profile = profiles.profile("linux-hostapd")
    assert isinstance(profile, ShellProfile)
    speaker = shell.Speaker(profile, profile.settled({}), "0" * 16)
    assert "flock -w 20 /run/netreg/wlan0/lock" in speaker.apply()
    assert "state=/run/netreg/$interface" in SCRIPT and '9>"$state/lock"' in SCRIPT
