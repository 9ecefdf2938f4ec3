"""A push to a real RADIUS and to a real DHCP server: verified or undone, and the server decides as the list says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from agents import push, tables
from agents.channels import Limits
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.profile import ShellProfile
from netreg.errors import CommandRefused, UnexpectedOutput, Unreachable, VerifyFailed
from netreg.registry import profiles
from tests.agents.pushing import reconcile
from tests.enforcement.lists import mac, of
from tests.lab.bed import Bed, wait_until
from tests.lab.dhcp import LIST as HOSTS
from tests.lab.dhcp import PID_FILE as DHCP_PID
from tests.lab.dhcp import DhcpLab
from tests.lab.radius import LIST as MACS
from tests.lab.radius import PID_FILE as RADIUS_PID
from tests.lab.radius import RadiusLab

pytestmark = pytest.mark.lab

STEPS = ("read", "plan", "guard", "backup", "arm", "stage", "check", "apply", "read back", "disarm")
BEFORE, AFTER = of(1, 2, 3, label="nr-1"), of(2, 3, 4, 5, label="nr-1")
EVERYTHING = push.GuardLimits(percent=100, removals=10_000)


class Killed(BaseException):
    """The process ends here: nothing after it runs, no clearing up either."""


@dataclass(frozen=True)
class Server:
    """One of the two beds, with what the tests need of it."""

    lab: RadiusLab | DhcpLab
    point: Target
    sessions: Sessions
    list_file: str
    pid_file: str

    def push(self, desired: Allowlist, **more: object) -> push.PushResult:
        return reconcile(self.sessions, self.point, desired, **{"limits": EVERYTHING, **more})  # type: ignore[arg-type]

    def held(self) -> Allowlist:
        with self.sessions.use(self.point) as session:
            return push.observe(session, self.point).allowlist

    def load(self, *lines: str) -> None:
        """Load these lines as an administrator would."""
        made = self.point.profile
        assert isinstance(made, ShellProfile)
        text = "".join(f"{line}\n" for line in lines)
        runs = made.settled({})["runs"]
        self.lab.run("sudo", "-n", "-u", runs, "/usr/local/sbin/netreg-load", stdin=text)

    def by_hand(self, number: int, comment: str = "Tel de Ana 7") -> None:
        """Add a line beside those there are."""
        self.load(*self.lines(), f"{self.point.profile.written(mac(number))} # {comment}")

    def waits_for_its_undo(self) -> None:
        wait_until(lambda: self.lab.run("ls", "/run/netreg/list").split() == ["lock"], "the server's own undo")

    def lines(self) -> list[str]:
        return [line for line in self.lab.run("sed", "/^netreg-list/,$d", self.list_file).splitlines() if line]

    def asked(self, *numbers: int) -> list[bool]:
        """What the server itself says to these devices."""
        return [bool(self.lab.asks(mac(number).text)) for number in numbers]


def at(step: str, act: Callable[[], object]) -> push.OnStep:
    """What to hand in as `on_step` so that `act` happens right after `step`."""
    return lambda done: act() and None if done == step else None


def die() -> None:
    raise Killed


def point_of(lab: Bed, profile: str) -> Target:
    return Target("server", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, profiles.profile(profile))


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    sessions = Sessions(Limits(connect=2, login=5, command=20))
    yield sessions
    sessions.close()


@pytest.fixture
def radius(radius_lab: RadiusLab, sessions: Sessions) -> Server:
    return holding_before(Server(radius_lab, point_of(radius_lab, "freeradius-files"), sessions, MACS, RADIUS_PID))


@pytest.fixture
def dhcp(dhcp_lab: DhcpLab, sessions: Sessions) -> Server:
    return holding_before(Server(dhcp_lab, point_of(dhcp_lab, "dnsmasq"), sessions, HOSTS, DHCP_PID))


def holding_before(server: Server) -> Server:
    """A list like the one before costs a push nothing, and another one a second or two."""
    server.lab.run("sh", "-c", "rm -rf /run/netreg/*")
    server.push(BEFORE)
    return server


@pytest.fixture(params=["radius", "dhcp"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two, holding BEFORE."""
    server: Server = request.getfixturevalue(request.param)
    return server


def test_the_server_decides_as_the_pushed_list_says_and_nothing_of_a_push_stays(server: Server) -> None:
    assert server.asked(1, 4) == [True, False] and server.push(BEFORE).steps == ("read", "plan", "guard")
    one_more, one_fewer = of(1, 2, 3, 4, label="nr-1"), of(2, 3, 4, label="nr-1")
    result = server.push(one_more)
    assert (result.before, result.after, result.steps) == (BEFORE, one_more, STEPS)
    assert server.held() == one_more and server.asked(1, 4) == [True, True]
    assert server.push(one_fewer).after == one_fewer == server.held() and server.asked(1, 4) == [False, True]
    assert server.lab.run("ls", "/run/netreg/list").split() == ["lock"]
    running = server.lab.run("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")
    assert "/undo" not in running


def test_the_dhcp_server_tells_to_whom_it_gave_an_address(dhcp: Server) -> None:
    assert dhcp.asked(1) == [True]
    (told,) = tables.read(dhcp.sessions, dhcp.point, again=0)
    assert (told.kind, told.error) == ("leases", None)
    assert [one.ip for one in told.heard if one.mac == mac(1)] == [
        line.split()[2]
        for line in dhcp.lab.run("cat", "/var/lib/misc/dnsmasq.leases").splitlines()
        if mac(1).text in line
    ]
    assert mac(1) in {one.mac for one in told.heard}


def test_an_empty_list_lets_nobody_in_and_a_restart_keeps_it_so(server: Server) -> None:
    emptied = server.push(Allowlist(), confirmed=push.Plan.between(BEFORE, Allowlist()).checksum)
    assert emptied.after == Allowlist() == server.held() and server.asked(1, 2) == [False, False]
    server.lab.restart()
    assert server.held() == Allowlist() and server.asked(1) == [False]


def test_a_line_made_by_hand_stays_as_it_is_and_holds_nothing_up(server: Server) -> None:
    server.by_hand(9)
    for desired in (AFTER, BEFORE):
        result = server.push(desired, baseline=BEFORE, ours=frozenset(of(1, 2, 3, 4, 5).by_mac))
        assert [entry.mac for entry in result.drift.strays] == [mac(9)]
        assert {entry.mac for entry in server.held()} == {*desired.by_mac, mac(9)}
    assert f"{server.point.profile.written(mac(9))} # Tel de Ana 7" in server.lines()
    assert server.push(BEFORE).after == BEFORE, "and it goes when IT says so"


def test_a_label_that_changed_is_a_change(dhcp: Server) -> None:
    relabelled = Allowlist.of([*of(1, 2, label="nr-1"), Entry(mac(3), "area:7-phone.1")])
    assert dhcp.push(relabelled).after == relabelled == dhcp.held()


def test_three_thousand_entries_are_read_back_whole(server: Server) -> None:
    many = of(*range(3000), label="nr-12345")
    assert server.push(many).after == many
    assert server.push(of(*range(2999), label="nr-12345")).plan.lost == (mac(2999),)
    assert server.asked(0, 2998, 2999) == [True, True, False]


def test_a_file_changed_by_hand_and_not_loaded_is_no_list(server: Server) -> None:
    good = server.lab.run("cat", server.list_file)
    line = server.point.profile.written(mac(9))
    server.lab.run("sh", "-c", f"sed -i 1i{line} {server.list_file}")
    with pytest.raises(CommandRefused, match="loaded"):
        server.held()
    server.lab.run("cp", "/dev/stdin", server.list_file, stdin=good)
    server.load(*[one for one in server.lines() if one != line])
    assert server.held() == BEFORE


def test_a_line_that_netreg_does_not_know_makes_the_list_unreadable(dhcp: Server) -> None:
    dhcp.lab.run("cp", "/dev/stdin", dhcp.list_file, stdin=f"{mac(1)},10.80.0.150\n")
    dhcp.lab.restart()
    with pytest.raises(UnexpectedOutput, match="no entry"):
        dhcp.held()
    dhcp.load()


def test_a_server_that_stopped_refuses_the_change_and_the_next_pass_puts_all_right(server: Server) -> None:
    with pytest.raises(CommandRefused) as error:
        server.push(AFTER, on_step=at("check", lambda: server.lab.stop(server.pid_file)))
    assert error.value.left_as == "undo armed, restores itself within 60 s"
    server.lab.start()
    assert server.asked(1, 4) == [True, False]
    result = server.push(BEFORE)
    assert result.steps == ("undo of an earlier pass", "read", "plan", "guard") and result.before == BEFORE


def test_a_change_that_reads_back_wrong_is_undone_at_once(server: Server) -> None:
    with pytest.raises(VerifyFailed, match="1 entries too many") as error:
        server.push(AFTER, on_step=at("apply", lambda: server.by_hand(9)))
    assert error.value.left_as == "restored" and server.held() == BEFORE
    assert server.asked(1, 4, 9) == [True, False, False]


@pytest.mark.parametrize("step", ["guard", "check"])
def test_a_list_that_somebody_else_changes_meanwhile_stops_the_push(dhcp: Server, step: str) -> None:
    with pytest.raises(CommandRefused, match="the list changed"):
        dhcp.push(AFTER, on_step=at(step, lambda: dhcp.by_hand(9)))
    assert set(BEFORE.by_mac) <= set(dhcp.held().by_mac) and mac(4) not in dhcp.held()


@pytest.mark.parametrize("step", ["backup", "apply", "disarm"])
def test_killed_after_a_step_the_next_pass_finishes_the_work(dhcp: Server, step: str) -> None:
    with pytest.raises(Killed):
        dhcp.push(AFTER, on_step=at(step, die))
    dhcp.sessions.close()
    result = dhcp.push(BEFORE)
    assert result.after == dhcp.held() == BEFORE
    assert ("undo of an earlier pass" in result.steps) == (step != "disarm")


def quick(server: Server) -> Server:
    """The same server with an undo that waits a second only."""
    made = server.point.profile
    assert isinstance(made, ShellProfile)
    soon = made.model_copy(update={"undo": made.undo.model_copy(update={"seconds": 1})})
    return dataclasses.replace(server, point=dataclasses.replace(server.point, profile=soon))


def test_killed_between_the_change_and_its_confirmation_the_server_goes_back_by_itself(server: Server) -> None:
    server = quick(server)
    with pytest.raises(Killed):
        server.push(AFTER, on_step=at("apply", die))
    server.sessions.close()
    server.waits_for_its_undo()
    assert server.held() == BEFORE and server.asked(1, 4) == [True, False]


def test_a_connection_lost_after_the_change_is_undone_by_the_server_itself(server: Server) -> None:
    server = quick(server)
    with pytest.raises(Unreachable) as error:
        server.push(AFTER, on_step=at("apply", server.lab.stop_sshd))
    assert error.value.left_as == "undo armed, restores itself within 1 s"
    server.lab.start_sshd()
    server.waits_for_its_undo()
    assert server.held() == BEFORE and server.asked(1, 4) == [True, False]
