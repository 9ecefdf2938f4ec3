"""The RADIUS bed keeps its promises, and the traps of the real server are real in it."""

from __future__ import annotations

import hashlib

import pytest

from tests.lab.bed import LabError, wait_until
from tests.lab.login import over_ssh
from tests.lab.radius import LIST, LOAD, TOLD, RadiusLab

A, B, C = (f"02-AA-00-00-00-0{number}" for number in (1, 2, 3))
HUP = "radmin -e 'hup authorized_macs'"
NO_LINES = (
    "02-AA-00-00-00-0G",
    "02:aa:00:00:00:01",
    "$INCLUDE /etc/passwd",
    f"{A} Auth-Type := Accept",
    f'{A}\n\tReply-Message := "%{{config:client.netreg.secret}}"',
    f"{A} # \x00",
    f"{A} # Peña",
    f"{A}\r",
    "DEFAULT",
    "netreg-list",
    "",
)
FORBIDDEN = (
    "sudo -n id",
    "sudo -n -u freerad id",
    "sudo -n /usr/local/sbin/netreg-load",
    f"{LOAD} /etc/shadow",
    "sudo -n -u freerad radmin -e 'show client config 10.79.0.1'",
    "/usr/sbin/radmin -f /run/freeradius/freeradius.sock -e terminate",
    "cat /etc/shadow",
    "cat /etc/freeradius/3.0/clients.conf",
    f"echo {C} >> {LIST}",
    f"rm -f {LIST}",
    "touch /etc/netreg/x",
    "touch /usr/local/sbin/x",
    "kill $(cat /run/freeradius/freeradius.pid)",
)

pytestmark = pytest.mark.lab


def load(lab: RadiusLab, text: str) -> tuple[int, str]:
    """Put a list in force as the login; the status and what was said."""
    return over_ssh(lab, f"{LOAD} 2>&1", text.encode())


def in_file(lab: RadiusLab) -> str:
    return over_ssh(lab, f"sed '/^netreg-list$/,$d' {LIST}")[1]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_only_who_is_listed_is_let_in_and_a_removal_counts_at_once(radius_lab: RadiusLab) -> None:
    assert not radius_lab.asks(A)
    assert load(radius_lab, f"{A} # ADJ-1\n") == (0, digest(f"{A} # ADJ-1\n") + "\n")
    assert radius_lab.asks(A) and radius_lab.asks("02aa.0000.0001") and not radius_lab.asks(B)
    assert load(radius_lab, f"{B}\n")[0] == 0
    assert radius_lab.asks(B) and not radius_lab.asks(A)
    assert in_file(radius_lab) == f"{B}\n"


def test_what_is_no_plain_list_is_refused_and_changes_nothing(radius_lab: RadiusLab) -> None:
    before = in_file(radius_lab)
    for line in NO_LINES:
        status, said = load(radius_lab, f"{C}\n{line}\n")
        assert status == 1 and said.startswith("Error: no hardware address in line "), line
    assert in_file(radius_lab) == before and not radius_lab.asks(C)


def test_a_list_that_was_cut_on_its_way_is_refused(radius_lab: RadiusLab) -> None:
    before = in_file(radius_lab)
    assert load(radius_lab, f"{C}\n{A}") == (1, "Error: the last line is cut\n")
    assert in_file(radius_lab) == before


def test_a_file_broken_by_hand_keeps_the_old_list_and_says_so(radius_lab: RadiusLab) -> None:
    assert load(radius_lab, f"{A}\n")[0] == 0
    good = radius_lab.run("cat", LIST)
    radius_lab.run("cp", "/dev/stdin", LIST, stdin=f"{A}\n{B} Nonsense := 1\n")
    wait_until(lambda: "Failed to reload module" in complaint(radius_lab, HUP), "the server to refuse the file")
    assert radius_lab.asks(A) and not radius_lab.asks(B)
    assert over_ssh(radius_lab, TOLD)[1].split()[0] == digest(f"{A}\n") != digest(in_file(radius_lab))
    radius_lab.run("cp", "/dev/stdin", LIST, stdin=good)


def complaint(lab: RadiusLab, command: str) -> str:
    """What the box's root is told when this fails, or nothing."""
    try:
        lab.run("sh", "-c", command)
    except LabError as error:
        return str(error)
    return ""


def test_a_reload_right_after_another_says_that_all_is_well_and_does_nothing(radius_lab: RadiusLab) -> None:
    assert radius_lab.run("sh", "-c", f"{HUP} && sed -i 1i{C} {LIST} && {HUP}") == ""
    assert C in in_file(radius_lab) and not radius_lab.asks(C)
    assert over_ssh(radius_lab, TOLD)[1].split()[0] != digest(in_file(radius_lab))


def test_a_restart_brings_back_the_list(radius_lab: RadiusLab) -> None:
    assert load(radius_lab, f"{A}\n")[0] == 0
    radius_lab.restart()
    assert radius_lab.asks(A) and not radius_lab.asks(B)
    assert over_ssh(radius_lab, TOLD)[1].split()[0] == digest(f"{A}\n")


def test_the_login_gets_no_further_than_its_one_program(radius_lab: RadiusLab) -> None:
    assert "uid=0" not in over_ssh(radius_lab, "id")[1]
    script = "".join(f"({one}) >/dev/null 2>&1 && echo allowed: {number}\n" for number, one in enumerate(FORBIDDEN))
    assert over_ssh(radius_lab, script + "true") == (0, "")
    assert over_ssh(radius_lab, "touch /run/netreg/mine && rm /run/netreg/mine") == (0, "")
