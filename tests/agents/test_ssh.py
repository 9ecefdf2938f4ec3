"""A session proves the host before it says anything secret, ends in time, and is kept for the next pass."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import ssh
from agents.channels import FRAMED, Answer, Limits
from agents.ssh import Sessions, Target, fetch_host_key
from netreg.errors import HostKeyChanged, HostKeyUnknown, LoginRefused, UnexpectedOutput, Unreachable
from tests.agents.player import PASSWORD, password_file
from tests.agents.wires import Clock
from tests.enforcement.test_profile import NFTABLES
from tests.lab.bed import wait_until
from tests.lab.firewall import FirewallLab
from tests.lab.simulated import SimulatedFirewall

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPerkzxN4wkyvcZsXpx/KEYoXEAJ0QeW8IdnjbXkfTzp"


@pytest.fixture
def firewall(tmp_path: Path) -> Iterator[SimulatedFirewall]:
    with SimulatedFirewall.up(tmp_path) as firewall:
        yield firewall


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    sessions = Sessions(Limits(connect=2, login=5, command=5))
    yield sessions
    sessions.close()


def target(firewall: SimulatedFirewall | FirewallLab, **changed: object) -> Target:
    known = Target("edge", firewall.host, firewall.port, firewall.user, firewall.key_file, firewall.known_key, NFTABLES)
    return dataclasses.replace(known, **changed)  # type: ignore[arg-type]


def said(sessions: Sessions, point: Target, command: str, stdin: bytes = b"") -> str:
    with sessions.use(point) as session:
        return session.run(command, stdin).out


def test_a_command_gets_its_input_and_gives_status_and_both_outputs(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    with sessions.use(target(firewall)) as session:
        answer = session.run("cat; echo oops >&2; exit 3", b"x" * 300_000)
    assert (answer.status, len(answer.out), answer.err) == (3, 300_000, "oops\n")


def test_output_that_is_no_text_does_not_break_the_session(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    assert said(sessions, target(firewall), r"printf 'a\377b'") == "a\ufffdb"


def test_a_command_that_does_not_listen_still_gives_its_answer(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    with sessions.use(target(firewall)) as session:
        assert session.run("echo full >&2; exit 1", b"x" * 1000).err == "full\n"


def test_the_connection_is_kept_for_the_next_command(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    for _ in range(5):
        said(sessions, target(firewall), "true")
    assert len(firewall._transports) == 1


def test_an_unpinned_point_is_refused_before_anything_is_sent(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    with pytest.raises(HostKeyUnknown, match="netreg point trust edge"):
        said(sessions, target(firewall, host_key=None), "true")
    assert firewall._transports == []


def test_a_changed_host_key_is_refused_before_the_login(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    with pytest.raises(HostKeyChanged, match="nothing secret was sent") as refusal:
        said(sessions, target(firewall, host_key=OTHER_KEY), "true")
    assert refusal.value.permanent
    assert not any(transport.is_authenticated() for transport in firewall._transports)


def test_a_host_key_of_another_kind_than_the_pinned_one_is_a_changed_one(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    pinned = "ecdsa-sha2-nistp256 " + OTHER_KEY.split()[1]
    with pytest.raises(HostKeyChanged, match="no longer has"):
        said(sessions, target(firewall, host_key=pinned), "true")


def test_the_host_key_to_pin_can_be_fetched_without_logging_in(firewall: SimulatedFirewall) -> None:
    assert fetch_host_key(firewall.host, firewall.port) == firewall.known_key


def test_a_key_the_point_does_not_know_is_refused(
    firewall: SimulatedFirewall, sessions: Sessions, tmp_path: Path
) -> None:
    with pytest.raises(LoginRefused, match="authorized_keys"):
        said(sessions, target(firewall, key_file=firewall.keys / "host_key"), "true")


@pytest.mark.parametrize("content", [None, "", "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n", "\0\0"])
def test_a_key_file_that_is_none_is_named(
    firewall: SimulatedFirewall, sessions: Sessions, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "login_key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(LoginRefused, match="login_key"):
        said(sessions, target(firewall, key_file=file), "true")


@pytest.mark.parametrize(("passphrase", "let_in"), [("tres nubes", True), ("dos nubes", False), (None, False)])
def test_a_locked_key_is_opened_with_what_is_in_its_file(
    firewall: SimulatedFirewall, sessions: Sessions, tmp_path: Path, passphrase: str | None, let_in: bool
) -> None:
    locked, file = tmp_path / "locked", tmp_path / "passphrase"
    locked.write_bytes(firewall.key_file.read_bytes())
    locked.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "tres nubes", "-f", str(locked)], check=True, capture_output=True)
    file.write_text(f"{passphrase}\n")
    file.chmod(0o600)
    point = target(firewall, key_file=locked, passphrase_file=str(file) if passphrase else "")
    if let_in:
        assert said(sessions, point, "echo in") == "in\n"
        return
    with pytest.raises(LoginRefused, match="passphrase") as refused:
        said(sessions, point, "true")
    assert str(passphrase) not in refused.value.message


def test_keys_may_lie_with_an_ssh_agent_which_is_asked_for_its_first_three(
    firewall: SimulatedFirewall, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(LoginRefused, match="no ssh-agent"):
        said(sessions, target(firewall, key_file=None), "true")
    socket_file = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket_file)], stdout=subprocess.DEVNULL) as agent:
        try:
            wait_until(socket_file.exists, "the agent")
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket_file))
            add(firewall.keys / "host_key")
            with pytest.raises(LoginRefused, match="ssh-agent's first 3 keys"):
                said(sessions, target(firewall, key_file=None), "true")
            add(firewall.key_file)
            assert said(sessions, target(firewall, key_file=None), "echo in") == "in\n"
        finally:
            agent.terminate()


def add(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)


def test_a_port_where_nobody_listens_is_unreachable(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    firewall.stop_sshd()
    with pytest.raises(Unreachable, match="no connection"):
        said(sessions, target(firewall), "true")
    firewall.start_sshd()


def test_a_port_that_says_nothing_is_given_up_in_time(firewall: SimulatedFirewall) -> None:
    silent = Sessions(Limits(connect=1, login=0.5))
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        with pytest.raises(Unreachable):
            said(silent, target(firewall, port=server.getsockname()[1]), "true")
    assert time.monotonic() - start < 3


@pytest.mark.lab
def test_a_command_that_never_ends_is_cut_at_its_deadline(lab: FirewallLab) -> None:
    hasty = Sessions(Limits(command=0.5))
    start = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time"):
        said(hasty, target(lab), "exec tail -f /dev/null")
    assert time.monotonic() - start < 3
    hasty.close()


def test_a_point_that_talks_for_ever_is_cut_off(firewall: SimulatedFirewall) -> None:
    short = Sessions(Limits(answer=1000))
    with pytest.raises(UnexpectedOutput, match="more than 1000 bytes"):
        said(short, target(firewall), "head -c 100000 /dev/zero")
    short.close()


def test_a_read_survives_a_connection_that_died_meanwhile_and_a_change_is_not_repeated(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    said(sessions, target(firewall), "true")
    with sessions.use(target(firewall)) as session:
        assert session._transport is not None
        session._transport.open_session = _dead  # type: ignore[method-assign]
        assert session.run("echo again", repeatable=True).out == "again\n"
        session._transport.open_session = _dead  # type: ignore[method-assign]
        with pytest.raises(Unreachable):
            session.run("echo again")


def _dead(**_: object) -> None:
    raise EOFError


def test_one_point_is_used_by_one_thread_at_a_time_and_others_do_not_wait(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    entered = threading.Event()

    def second() -> None:
        with sessions.use(target(firewall)):
            entered.set()

    thread = threading.Thread(target=second)
    with sessions.use(target(firewall)):
        thread.start()
        assert said(sessions, target(firewall, name="other"), "echo here") == "here\n"
        assert not entered.is_set()
    thread.join(5)
    assert entered.is_set()


def test_a_quiet_connection_is_hung_up(firewall: SimulatedFirewall) -> None:
    brief = Sessions(Limits(idle=0))
    said(brief, target(firewall), "true")
    brief.close_idle()
    with brief.use(target(firewall)) as session:
        assert not session._alive()


def test_a_connection_that_was_quiet_for_too_long_carries_nothing_more_and_ends_with_the_use_of_any_other(
    firewall: SimulatedFirewall, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(ssh, "time", clock)
    sessions = Sessions(Limits(idle=300))
    clock.sleep(200)
    said(sessions, target(firewall), "true")
    clock.sleep(200)
    said(sessions, target(firewall, name="other"), "true")  # a look at all of them: nobody was quiet for too long
    clock.sleep(200)
    said(sessions, target(firewall), "true")
    assert len(firewall._transports) == 3
    clock.sleep(301)
    with sessions.use(target(firewall, host_key=None)):
        assert not any(session._alive() for _, session in sessions._kept.values())


@pytest.mark.lab
def test_the_real_server_takes_the_right_password_and_refuses_a_wrong_one(
    lab: FirewallLab, sessions: Sessions, tmp_path: Path
) -> None:
    by_password = NFTABLES.model_copy(update={"session": NFTABLES.session.model_copy(update={"login": "password"})})
    config, account = "/etc/ssh/sshd_config", f"{lab.user}:{PASSWORD}\n"
    lab.run("cp", config, f"{config}.kept")
    try:
        lab.run("chpasswd", "-c", "SHA512", stdin=account)
        lab.run(
            "sh", "-c", f"sed 's/^PasswordAuth.*/PasswordAuthentication yes/; /^PermitRoot/d' {config}.kept >{config}"
        )
        lab.run("sh", "-c", f"echo PermitRootLogin yes >>{config}")
        lab.stop_sshd()
        lab.start_sshd()
        right = target(lab, profile=by_password, key_file=None, password_file=password_file(tmp_path))
        assert said(sessions, right, "echo in") == "in\n"
        sessions.close()
        password_file(tmp_path, "some other password")
        with pytest.raises(LoginRefused, match="the password was refused"):
            said(sessions, right, "true")
    finally:
        lab.run("mv", f"{config}.kept", config)
        lab.run("usermod", "--password", "*", lab.user)
        lab.stop_sshd()
        lab.start_sshd()


# --- a shell that is kept ---


def shells(*known: str) -> list[str]:
    """Those that this machine has."""
    return [shell for shell in known if shutil.which(shell.split()[0])]


def told(sessions: Sessions, point: Target, command: str, *, repeatable: bool = False) -> Answer:
    with sessions.use(point) as session:
        return session.converse(command, repeatable=repeatable)


def test_a_kept_shell_gives_status_and_both_outputs_of_each_command(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    point = target(firewall)
    assert told(sessions, point, "printf 'no end'; echo oops >&2; exit 3") == Answer(3, "no end\n", "oops\n")
    assert told(sessions, point, "true # and no more") == Answer(0, "", "")
    answer = told(sessions, point, "yes | head -c 300000; yes | head -c 100000 >&2; false")
    assert (answer.status, len(answer.out), len(answer.err)) == (1, 300_000, 100_000)
    assert len(firewall._transports) == 1


def test_a_command_in_a_kept_shell_knows_nothing_of_the_one_before_and_hears_nothing_of_the_next(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    point = target(firewall)
    told(sessions, point, "x=1; cd /; umask 000; exec 1>&-; trap 'echo late' EXIT; set -e; false; true")
    assert told(sessions, point, 'echo "$x$(umask)"; pwd; cat').out.split()[0] != "10000"
    assert told(sessions, point, "cat; echo heard").out == "heard\n"


ANSWER = FRAMED.format(command="echo one; sleep 0; echo two; exit 3", mark="f00d").encode()


@pytest.mark.parametrize("sh", shells("sh", "dash", "bash --posix", "busybox sh"))
def test_every_shell_gives_status_and_output_between_the_marks(sh: str) -> None:
    done = subprocess.run(sh.split(), input=ANSWER, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"\nf00d 3 one\ntwo\nf00d\n", b"")


@pytest.mark.parametrize("sh", shells("dash", "busybox sh"))  # bash writes line by line
def test_what_a_command_prints_comes_in_one_piece_with_its_end(sh: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        subprocess.run(sh.split(), input=ANSWER, stdout=theirs, check=True)
        assert ours.recv(65536) == b"\nf00d 3 one\ntwo\nf00d\n"


def test_what_a_command_prints_can_not_pass_for_its_end(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    forged = "0" * 32
    answer = told(sessions, target(firewall), f"printf '\\n{forged}\\n'; printf '\\n0\\n{forged}\\n' >&2; exit 4")
    assert (answer.status, answer.out, answer.err) == (4, f"\n{forged}\n", f"\n0\n{forged}\n")


@pytest.mark.parametrize("command", ["echo 'open", "( echo", "if true"])
def test_a_command_that_is_not_whole_is_not_begun_and_the_next_one_is_answered(
    firewall: SimulatedFirewall, sessions: Sessions, command: str
) -> None:
    point = target(firewall)
    with pytest.raises((UnexpectedOutput, Unreachable)):
        told(sessions, point, f"echo began > /run/began; {command}")
    assert told(sessions, point, "cat /run/began").status != 0
    assert told(sessions, point, "echo well").out == "well\n"


def test_a_login_without_a_shell_is_told_apart_from_a_point_that_is_down(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    (firewall.state / "bin" / "sh").write_text("#!/bin/cat /dev/null\n")
    (firewall.state / "bin" / "sh").chmod(0o755)
    with pytest.raises(UnexpectedOutput, match="shell ended by itself"):
        told(sessions, target(firewall), "true")


def test_a_command_in_a_kept_shell_that_takes_too_long_is_given_up_and_the_next_has_a_new_shell(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    impatient = Sessions(Limits(connect=2, login=5, command=0.3))
    with pytest.raises(Unreachable, match="no answer in time"):
        told(impatient, target(firewall), "sleep 30")
    assert told(sessions, target(firewall), "echo new").out == "new\n"
    impatient.close()


def test_a_kept_shell_that_died_is_made_anew_for_what_may_be_asked_twice(
    firewall: SimulatedFirewall, sessions: Sessions
) -> None:
    point = target(firewall)
    told(sessions, point, "true")
    firewall.stop_sshd()
    firewall.start_sshd()
    assert told(sessions, target(firewall), "echo again", repeatable=True).out == "again\n"


def test_a_kept_shell_that_somebody_ended_is_made_anew(firewall: SimulatedFirewall, sessions: Sessions) -> None:
    point = target(firewall)
    pid = told(sessions, point, "ps -o ppid= -p $(exec sh -c 'echo $PPID')").out.strip()
    with sessions.use(point) as session:
        kept = session._kept_shell()
        os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not kept.is_open, "the end of the shell")
    assert told(sessions, point, "echo new").out == "new\n"
    assert len(firewall._transports) == 1


def test_an_answer_in_a_kept_shell_is_cut_at_its_limit(firewall: SimulatedFirewall) -> None:
    small = Sessions(Limits(connect=2, login=5, command=5, answer=10_000))
    with pytest.raises(UnexpectedOutput, match="more than 10000 bytes"):
        told(small, target(firewall), "yes | head -c 100000")
    small.close()
