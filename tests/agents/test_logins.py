"""A make that takes no key is given its password once, after its host key was proved; nothing ever tells it again."""

from __future__ import annotations

import dataclasses
import logging
import os
import traceback
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import paramiko
import pytest

from agents.channels import Limits
from agents.schedule import owe_reconcile
from agents.ssh import Sessions, Target
from agents.worker import Worker
from netreg.config import Settings
from netreg.errors import HostKeyChanged, LoginRefused, PointError, Unreachable
from netreg.office import Office
from netreg.opening import open_store
from netreg.registry import profiles, queries
from netreg.registry.commands import points
from netreg.store.base import Base, now
from netreg.store.transaction import Store
from tests.agents.player import PASSWORD, Player, password_file, user_key
from tests.agents.pushing import reconcile
from tests.agents.test_consoles import FOLDER, listed
from tests.databases import furnished_database

QUICK = Limits(connect=2, login=5, command=5)
BRIEF = Limits(connect=2, login=0.5, command=0.5)
QUIET = {
    make: (FOLDER / make / "nothing-to-do" / "dialog.txt").read_text() for make in ("aruba-instant", "cisco-aireos")
}
GREETING = "== a terminal\n\n(Cisco Controller) \nUser: \n> netreg\nPassword:\n~ " + PASSWORD + "\\r\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, paramiko.PKey]:
    return user_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def anybody(key: tuple[Path, paramiko.PKey]) -> paramiko.PKey:
    return key[1]


class Drops(Player):
    """Hangs up on a password, as some do after a wrong one."""

    def check_auth_password(self, username: str, password: str) -> int:
        self.sent.append(password)
        raise EOFError


class WantsMore(Player):
    def check_auth_password(self, username: str, password: str) -> int:
        self.sent.append(password)
        return paramiko.common.AUTH_PARTIALLY_SUCCESSFUL


class Repeats(Player):
    """Says the password back when it hangs up."""

    def check_auth_password(self, username: str, password: str) -> int:
        self.sent.append(password)
        message = paramiko.Message()
        message.add_byte(paramiko.common.cMSG_DISCONNECT)
        message.add_int(2)
        message.add_string(f"{password} is wrong")
        message.add_string("")
        self._transports[-1]._send_message(message)
        return paramiko.common.AUTH_FAILED


def point(player: Player, folder: Path, make: str, **changed: object) -> Target:
    where = ("ap", "127.0.0.1", player.port, "netreg", None, player.known_key, profiles.profile(make))
    return dataclasses.replace(Target(*where, password_file=password_file(folder)), **changed)  # type: ignore[arg-type]


def passed(player: Player, target: Target, limits: Limits = QUICK) -> PointError | None:
    """The error that a pass over this player ends with; None if it was verified."""
    sessions = Sessions(limits)
    try:
        with player.playing():
            reconcile(sessions, target, listed(["a4:83:e7:00:00:01 nr-1", "a4:83:e7:00:00:02 nr-2"]))
    except PointError as error:
        words = "".join(traceback.format_exception(error)) + repr(error)
        assert PASSWORD not in words
        return error
    finally:
        sessions.close()
    return None


# --- by SSH ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["password", "question"])
def test_the_right_password_lets_in(way: str, anybody: paramiko.PKey, tmp_path: Path) -> None:
    player = Player(QUIET["aruba-instant"], anybody, way=way)
    assert passed(player, point(player, tmp_path, "aruba-instant")) is None
    assert player.problems == [] and player.sent == [PASSWORD]


@pytest.mark.parametrize("way", ["password", "question"])
def test_a_wrong_password_is_sent_once_and_the_mend_names_its_file(
    way: str, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player("", anybody, way=way)
    player.password = "another one"
    error = passed(player, point(player, tmp_path, "aruba-instant"))
    assert isinstance(error, LoginRefused) and error.permanent
    assert f"compare it with {tmp_path / 'password'}" in error.message and player.sent == [PASSWORD]


@pytest.mark.parametrize(
    ("rounds", "sent"),
    [
        ([[("Password: ", False)], [("Password: ", False)]], [PASSWORD]),
        ([[("Password: ", False)], [(f"{PASSWORD} has expired. New password: ", False)]], [PASSWORD]),
        ([[("Password: ", False), ("Token: ", False)]], []),
        ([[("Your name: ", True)]], []),
    ],
)
def test_a_point_that_asks_again_or_something_else_is_answered_no_more(
    rounds: list[list[tuple[str, bool]]], sent: list[str], anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player("", anybody, way="question")
    player.questions = rounds
    error = passed(player, point(player, tmp_path, "aruba-instant"))
    assert isinstance(error, LoginRefused) and "asks «" in error.message
    assert player.sent == sent


@pytest.mark.parametrize(("way", "said"), [("key", "takes publickey and no password"), ("nothing", "wants no proof")])
def test_a_point_that_wants_no_password_is_given_none(
    way: str, said: str, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player("", anybody, way=way)
    error = passed(player, point(player, tmp_path, "aruba-instant"))
    assert isinstance(error, LoginRefused) and said in error.message
    assert player.sent == []


@pytest.mark.parametrize("kind", [Drops, WantsMore, Repeats])
def test_whatever_breaks_after_the_password_was_sent_waits_for_a_person(
    kind: type[Player], anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = kind("", anybody, way="password")
    error = passed(player, point(player, tmp_path, "aruba-instant"))
    assert isinstance(error, LoginRefused) and error.permanent and player.sent == [PASSWORD]


def test_a_device_with_another_host_key_hears_neither_name_nor_password(anybody: paramiko.PKey, tmp_path: Path) -> None:
    player, other = Player("", anybody, way="password"), Player("", anybody)
    error = passed(player, point(player, tmp_path, "aruba-instant", host_key=other.known_key))
    other._listener.close()
    assert isinstance(error, HostKeyChanged) and player.sent == player.logins == []


def test_a_password_file_that_others_may_read_is_not_sent(anybody: paramiko.PKey, tmp_path: Path) -> None:
    player = Player("", anybody, way="password")
    target = point(player, tmp_path, "aruba-instant")
    (tmp_path / "password").chmod(0o644)
    error = passed(player, target)
    assert isinstance(error, LoginRefused) and "chmod 600" in error.message and player.sent == []


# --- asked at the screen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["nothing", "password"])
def test_a_device_that_asks_at_its_screen_is_answered_whatever_ssh_wanted(
    way: str, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player(QUIET["cisco-aireos"], anybody, way=way)
    assert passed(player, point(player, tmp_path, "cisco-aireos")) is None
    assert player.problems == [] and player.sent == [PASSWORD] * (way == "password")


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        (GREETING + "****\n\nUser: \n!! no answer", "it asks «User:» again"),
        (GREETING + f"\n{PASSWORD} is wrong\nPassword:\n!! no answer", "it asks «Password:» again"),
        (GREETING + f"\nNew password instead of {PASSWORD}: \n!! no answer", "instead of ********"),
        (GREETING + "****\n!! hang up", "****"),
        (GREETING + "!! no answer", "it said nothing more"),
        ("== a terminal\nOne-time code: \n!! no answer", "One-time code:"),
    ],
)
def test_a_screen_that_asks_again_something_else_or_falls_silent_waits_for_a_person(
    recording: str, said: str, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player(recording, anybody, way="nothing")
    error = passed(player, point(player, tmp_path, "cisco-aireos"), BRIEF)
    assert isinstance(error, LoginRefused) and error.permanent and said in error.message
    assert f"compare it with {tmp_path / 'password'}" in error.message and player.problems == []


def test_a_screen_that_says_nothing_at_all_is_tried_again_later(anybody: paramiko.PKey, tmp_path: Path) -> None:
    player = Player("== a terminal\n!! no answer", anybody, way="nothing")
    error = passed(player, point(player, tmp_path, "cisco-aireos"), BRIEF)
    assert isinstance(error, Unreachable) and not error.permanent


def test_a_login_refused_in_the_middle_of_a_pass_is_not_tried_again_to_undo_it(
    anybody: paramiko.PKey, tmp_path: Path
) -> None:
    first, _, _second = (FOLDER / "cisco-aireos" / "change" / "dialog.txt").read_text().partition("\n== a fresh")
    recording = first + "\n" + GREETING + "\nUser: \n!! no answer"
    player = Player(recording, anybody, way="nothing")
    sessions = Sessions(QUICK)
    with player.playing(), pytest.raises(LoginRefused) as refused:
        reconcile(
            sessions,
            point(player, tmp_path, "cisco-aireos"),
            listed(["a4:83:e7:00:00:01 nr-1", "a4:83:e7:00:00:03 nr-3"]),
        )
    sessions.close()
    assert player.problems == [] and "unknown" in refused.value.left_as


# --- through the worker ---------------------------------------------------------------------------------------------


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    with furnished_database("sqlite", tmp_path) as url:
        store = open_store(url, office=Office(files=tmp_path / "files", retention_key=tmp_path / "retention.key"))
        worker = Worker(store, Settings(data_dir=tmp_path), sessions=Sessions(BRIEF))
        yield worker
        worker.sessions.close()
        store.engine.dispose()


def enter(store: Store, player: Player, folder: Path, make: str) -> None:
    with store.transaction("ines") as tx:
        where = ("ap", make, "127.0.0.1", player.port, "netreg", "", {})
        points.trust(tx, points.add_point(tx, *where, password_file=password_file(folder)), player.known_key)


def work(worker: Worker) -> tuple[str, str]:
    """Everything that is owed is done; how the point stands then, and its problem's code."""
    while worker.run_once():
        pass
    with worker.store.reading() as session:
        one = queries.point(session, "ap")
        return one.status, one.problem_code


def test_the_timetable_never_sends_a_refused_password_again_and_a_person_or_another_file_does(
    worker: Worker, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player("", anybody, way="password")
    player.password = "another one"
    with player.playing():
        enter(worker.store, player, tmp_path, "aruba-instant")
        assert work(worker) == ("failing", "login_refused")
        for _ in range(3):
            owe_reconcile(worker.store)
            assert work(worker) == ("failing", "login_refused")
        assert len(player.sent) == 1
        with worker.store.transaction("ines") as tx:
            points.ask_push(tx, queries.point(tx.session, "ap"))
        assert work(worker) == ("failing", "login_refused") and len(player.sent) == 2
        later = (now() + timedelta(seconds=5)).timestamp()
        password_file(tmp_path, "a better password")
        with worker.store.transaction("ines") as tx:
            point = queries.point(tx.session, "ap")
            point.tried_at = now() - timedelta(minutes=1)
        os.utime(tmp_path / "password", (later, later))
        owe_reconcile(worker.store)
        work(worker)
        assert player.sent == [PASSWORD, PASSWORD, "a better password"]


def test_a_file_that_cannot_be_used_is_tried_again_by_the_timetable_since_nothing_was_sent(
    worker: Worker, anybody: paramiko.PKey, tmp_path: Path
) -> None:
    player = Player("", anybody, way="password")
    player.password = "another one"
    with player.playing():
        enter(worker.store, player, tmp_path, "aruba-instant")
        (tmp_path / "password").rename(tmp_path / "elsewhere")
        assert work(worker) == ("failing", "login_unready") and player.sent == []
        (tmp_path / "elsewhere").rename(tmp_path / "password")
        owe_reconcile(worker.store)
        assert work(worker) == ("failing", "login_refused") and player.sent == [PASSWORD]


class Heard:
    """Everything that any logger says, with every level open."""

    def __enter__(self) -> Heard:
        self.text, root = StringIO(), logging.getLogger()
        self._handler = logging.StreamHandler(self.text)
        loggers = [root, *(one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
        self._levels = [(one, one.level) for one in loggers]
        for one in loggers:
            one.setLevel(logging.DEBUG)
        root.addHandler(self._handler)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        for one, level in self._levels:
            one.setLevel(level)


def everything_in(store: Store) -> str:
    """Every row of every table."""
    tables = Base.metadata.sorted_tables
    with store.engine.connect() as connection:
        return "\n".join(repr(row) for table in tables for row in connection.execute(table.select()))


def again(text: str) -> str:
    """The quiet pass of this make, with the password wherever a device may put it."""
    return text.replace("nr-2", PASSWORD).replace("radius\nwlan", f"radius\nuser {PASSWORD} x radius\nwlan")


AIREOS, ARUBA = "cisco-aireos", "aruba-instant"
LIES = QUIET[AIREOS].replace("Local Mac Filter Table", f"{PASSWORD} a4:83:e7:00:00:09 is no entry")
CASES = {
    "in by password": (Player, ARUBA, "password", again(QUIET[ARUBA]), "verified"),
    "in by question": (Player, ARUBA, "question", again(QUIET[ARUBA]), "verified"),
    "in by the screen": (Player, AIREOS, "nothing", again(QUIET[AIREOS]), "verified"),
    "echoed by the screen": (Player, AIREOS, "nothing", QUIET[AIREOS].replace("*" * 20, PASSWORD), "verified"),
    "in its answer": (Player, AIREOS, "nothing", LIES, "failing"),
    "dropped": (Drops, ARUBA, "password", "", "failing"),
    "a second proof": (WantsMore, ARUBA, "password", "", "failing"),
    "said back": (Repeats, ARUBA, "password", "", "failing"),
    "no password": (Player, ARUBA, "key", "", "failing"),
    "asked again": (Player, AIREOS, "nothing", GREETING + f"{PASSWORD}?\nUser: \n!! no answer", "failing"),
    "asked else": (Player, AIREOS, "nothing", GREETING + f"{PASSWORD}, really?\n!! no answer", "failing"),
    "no prompt": (Player, ARUBA, "password", f"== a terminal\n{PASSWORD}\n!! hang up", "failing"),
    "refused command": (
        Player, ARUBA, "password",
        f"== a terminal\nap# \n> show running-config\n% Parse error {PASSWORD}\nap# ", "failing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_planted_password_is_found_in_no_log_error_row_or_output(
    case: str, worker: Worker, anybody: paramiko.PKey, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kind, make, way, recording, ends = CASES[case]
    player = kind(recording, anybody, way=way)
    with Heard() as heard, player.playing():
        enter(worker.store, player, tmp_path, make)
        status, _code = work(worker)
    assert status == ends, everything_in(worker.store)[-2000:]
    told = [heard.text.getvalue(), everything_in(worker.store), *capfd.readouterr()]
    assert all(PASSWORD not in text for text in told)
    assert str(tmp_path / "password") in told[1], "where it lies is known"
