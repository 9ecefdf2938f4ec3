"""Every make that has a shell: what it shows is read as it was meant, and OpenWrt's commands do what they say.

A case is a folder under tests/profiles/<profile>/: `answer.txt` is what a look brings, `expected.txt` the list in it or
the error, `case.toml` says whether the answer was recorded, and from what.

OpenWrt itself is not here. Its commands run in a real busybox shell behind a real OpenSSH, beside the real nft; uci and
hostapd_cli are stand-ins in tests/lab/openwrt, written from what is known of them: they show that our commands do what
we mean, and nothing about OpenWrt.
"""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents import push
from agents.channels import Answer, Limits, Screen
from agents.push import PushResult
from agents.ssh import Session, Sessions, Target
from netreg.allowlist import Allowlist
from netreg.enforcement import shell
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ShellProfile
from netreg.enforcement.reading import IncompleteAnswer, UnreadableAnswer
from netreg.errors import CommandRefused, Refused, UnexpectedOutput, VerifyFailed
from netreg.registry import profiles
from tests.agents.pushing import reconcile
from tests.conftest import need
from tests.enforcement.lists import mac, of
from tests.lab.bed import HERE, wait_until
from tests.lab.firewall import FirewallLab

FOLDER = Path(__file__).parents[1] / "profiles"
SHELLS = [
    file.stem
    for file in sorted((Path(__file__).parents[2] / "device_profiles").glob("*.toml"))
    if isinstance(profiles.profile(file.stem), ShellProfile)
]
# How these came about was not written down when they were made.
WITHOUT_SOURCE = {"linux-nftables"}
CASES = [answer.parent for name in SHELLS for answer in sorted((FOLDER / name).glob("*/answer.txt"))]
EVERYTHING = GuardLimits(percent=100, removals=10_000)
BEFORE, AFTER = of(1, 2, 3), of(2, 3, 4, 5)
OURS = frozenset(of(1, 2, 3, 4, 5).by_mac)


# --- answers ---


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_recorded_answer_is_read_as_it_was_meant(case: Path) -> None:
    profile = profiles.profile(case.parent.name)
    assert isinstance(profile, ShellProfile)
    try:
        look = shell.parse_look(profile, profile.settled({}), (case / "answer.txt").read_text("utf-8"))
        read = "".join(f"{entry.mac} {entry.label}\n" for entry in look.allowlist)
    except (UnreadableAnswer, IncompleteAnswer) as error:
        read = type(error).__name__ + "\n"
    assert read == (case / "expected.txt").read_text("utf-8")


@pytest.mark.parametrize("name", SHELLS)
def test_a_make_has_recordings_of_an_empty_list_a_cut_one_and_two_that_disagree(name: str) -> None:
    found = {case.name: case for case in CASES if case.parent.name == name}
    assert {"empty", "cut-in-the-middle", "two-listings-disagree"} <= set(found)
    if name not in WITHOUT_SOURCE:
        assert all(tomllib.loads((case / "case.toml").read_text("utf-8"))["source"] for case in found.values())


# --- commands ---


class InBusybox:
    """A session whose commands run in busybox' shell with its tools, the stand-ins first."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer:
        path = "PATH=/run/openwrt:/run/busybox:$PATH"
        return self.session.run(f"{path} exec busybox sh -c {shlex.quote(command)}", stdin, repeatable=repeatable)

    def screen(self) -> Screen:
        return self.session.screen()

    def close(self) -> None:
        self.session.close()


class BusyboxSessions:
    """Lends such sessions."""

    def __init__(self) -> None:
        self.sessions = Sessions(Limits(connect=2, login=5, command=15))

    @contextmanager
    def use(self, target: Target) -> Iterator[InBusybox]:
        with self.sessions.use(target) as session:
            yield InBusybox(session)


@dataclasses.dataclass(frozen=True)
class OpenWrt:
    """One point in the lab's box, with the means to look at it and to spoil it from the side."""

    lab: FirewallLab
    point: Target
    sessions: BusyboxSessions
    restart: Callable[[], object]
    by_hand: Callable[[str, int], object]

    def push(self, desired: Allowlist, **more: object) -> PushResult:
        return reconcile(self.sessions, self.point, desired, **{"limits": EVERYTHING, **more})  # type: ignore[arg-type]

    def held(self) -> Allowlist:
        with self.sessions.use(self.point) as session:
            return push.observe(session, self.point).allowlist

    def saved(self) -> str:
        return self.lab.run("cat", self.point.profile.settled({})["save_file"])


@pytest.fixture
def box(lab: FirewallLab) -> Iterator[tuple[FirewallLab, BusyboxSessions]]:
    """The lab's box with busybox' tools, the stand-ins, and nothing of an earlier test."""
    need("busybox", "" if shutil.which("busybox") else "it is not installed")
    lab.run("sh", "-c", "rm -rf /tmp/netreg-* /etc/netreg /run/openwrt; mkdir -p /etc/netreg /run/openwrt /run/busybox")
    lab.run("sh", "-c", "busybox --install -s /run/busybox")
    for stand_in in ("uci", "hostapd_cli"):
        text = (HERE / "openwrt" / stand_in).read_text("utf-8")
        lab.run("install", "-m", "755", "/dev/stdin", f"/run/openwrt/{stand_in}", stdin=text)
    sessions = BusyboxSessions()
    yield lab, sessions
    sessions.sessions.close()


@pytest.fixture
def firewall(box: tuple[FirewallLab, BusyboxSessions]) -> OpenWrt:
    lab, sessions = box
    lab.nft("-f", "-", stdin="table inet fw4\ndelete table inet fw4\n" + rendered([]))

    def restart() -> None:
        # As firewall4 does it: lines that begin with "#" and empty ones are passed over, the others are the elements.
        lines = lab.run("cat", "/etc/netreg/allow.macs").splitlines()
        kept = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
        lab.nft("-f", "-", stdin="table inet fw4\nflush table inet fw4\ndelete table inet fw4\n" + rendered(kept))

    def by_hand(verb: str, number: int) -> None:
        lab.nft(verb, "element", "inet", "fw4", "netreg", "{", mac(number).text, "}")

    return OpenWrt(lab, point_of(lab, "openwrt-firewall"), sessions, restart, by_hand)


def rendered(elements: list[str]) -> str:
    """The set as firewall4 writes it (root/usr/share/firewall4/templates/ruleset.uc), trailing comma and all."""
    block = "\t\telements = {\n" + "".join(f"\t\t\t{one},\n" for one in elements) + "\t\t}\n" if elements else ""
    return f"table inet fw4 {{\n\tset netreg {{\n\t\ttype ether_addr\n\t\tsize 4096\n{block}\t}}\n}}\n"


@pytest.fixture
def wifi(box: tuple[FirewallLab, BusyboxSessions]) -> OpenWrt:
    lab, sessions = box
    lab.run("sh", "-c", "echo allow > /run/openwrt/default_radio0.macfilter; : > /run/openwrt/phy0-ap0.acl")
    lab.run("sh", "-c", "echo /etc/netreg/phy0-ap0.macs > /run/openwrt/default_radio0.macfile")

    def restart() -> None:
        # As ap.uc does it: the administrator's list without a last line break, and then the macfile as it is.
        lab.run("sh", "-c", "{ printf 02:00:00:00:00:09; cat /etc/netreg/phy0-ap0.macs; } > /run/openwrt/maclist")
        lab.run("sh", "-c", ": > /run/openwrt/phy0-ap0.acl")
        assert lab.run("/run/openwrt/hostapd_cli", *SOCKET, "set", "accept_mac_file", "/run/openwrt/maclist") == "OK\n"
        assert lab.run("/run/openwrt/hostapd_cli", *SOCKET, "accept_acl", "DEL_MAC", "02:00:00:00:00:09") == "OK\n"

    def by_hand(verb: str, number: int) -> None:
        word = {"add": "ADD_MAC", "delete": "DEL_MAC"}[verb]
        lab.run("/run/openwrt/hostapd_cli", *SOCKET, "accept_acl", word, mac(number).text)

    return OpenWrt(lab, point_of(lab, "openwrt-wifi"), sessions, restart, by_hand)


SOCKET = ("-p", "/var/run/hostapd", "-i", "phy0-ap0")


def point_of(lab: FirewallLab, profile: str) -> Target:
    return Target("ap", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, profiles.profile(profile))


@pytest.fixture(params=["firewall", "wifi"])
def openwrt(request: pytest.FixtureRequest) -> OpenWrt:
    point: OpenWrt = request.getfixturevalue(request.param)
    return point


def at(step: str, act: Callable[[], object]) -> push.OnStep:
    """What to hand in as `on_step` so that `act` happens right after `step`."""
    return lambda done: act() and None if done == step else None


@pytest.mark.lab
def test_a_push_is_verified_and_a_restart_brings_the_same_list_back(openwrt: OpenWrt) -> None:
    assert openwrt.push(BEFORE).after == BEFORE and openwrt.push(BEFORE).steps == ("read", "plan", "guard")
    assert openwrt.push(AFTER).steps[-1] == "save" and openwrt.held() == AFTER
    openwrt.restart()
    assert openwrt.held() == AFTER and openwrt.push(AFTER).steps == ("read", "plan", "guard")
    openwrt.push(Allowlist(), confirmed=push.Plan.between(AFTER, Allowlist()).checksum)
    openwrt.restart()
    assert openwrt.held() == Allowlist()


@pytest.mark.lab
def test_an_entry_made_by_hand_stays_and_is_not_saved(openwrt: OpenWrt) -> None:
    openwrt.push(BEFORE)
    openwrt.by_hand("add", 9)
    result = openwrt.push(AFTER, baseline=BEFORE, ours=OURS)
    assert [entry.mac for entry in result.drift.strays] == [mac(9)]
    assert set(openwrt.held().by_mac) == {*AFTER.by_mac, mac(9)} and mac(9).text not in openwrt.saved()
    assert openwrt.push(AFTER, ours=OURS).steps == ("read", "plan", "guard")
    openwrt.restart()
    assert openwrt.held() == AFTER


@pytest.mark.lab
def test_a_change_that_reads_back_wrong_is_undone_at_once(openwrt: OpenWrt) -> None:
    openwrt.push(BEFORE)
    with pytest.raises(VerifyFailed) as error:
        openwrt.push(AFTER, on_step=at("apply", lambda: openwrt.by_hand("add", 9)))
    assert error.value.left_as == "restored" and openwrt.held() == BEFORE
    openwrt.restart()
    assert openwrt.held() == BEFORE, "what is saved follows only after the confirmation"


@pytest.mark.lab
def test_a_list_that_changes_between_look_and_backup_stops_the_push(openwrt: OpenWrt) -> None:
    openwrt.push(BEFORE)
    with pytest.raises(CommandRefused, match="changed while") as error:
        openwrt.push(AFTER, on_step=at("guard", lambda: openwrt.by_hand("add", 9)))
    assert error.value.left_as == "unchanged"


class Killed(BaseException):
    """The process ends here: nothing after it runs, no clearing up either."""


def die() -> None:
    raise Killed


@pytest.mark.lab
def test_killed_after_the_change_the_point_goes_back_by_itself(openwrt: OpenWrt) -> None:
    openwrt.push(BEFORE)
    made = openwrt.point.profile
    assert isinstance(made, ShellProfile)
    soon = made.model_copy(update={"undo": made.undo.model_copy(update={"seconds": 1})})
    quick = dataclasses.replace(openwrt, point=dataclasses.replace(openwrt.point, profile=soon))
    with pytest.raises(Killed):
        quick.push(AFTER, on_step=at("apply", die))
    assert openwrt.held() == AFTER
    wait_until(lambda: openwrt.held() == BEFORE, "the point's own undo")
    assert openwrt.push(AFTER).after == AFTER


@pytest.mark.lab
def test_a_saved_file_somebody_changed_or_took_away_is_mended(openwrt: OpenWrt) -> None:
    openwrt.push(BEFORE)
    good = openwrt.saved()
    file = openwrt.point.profile.settled({})["save_file"]
    for spoil in (f"rm {file}", f"echo {mac(9)} >> {file}"):
        openwrt.lab.run("sh", "-c", spoil)
        assert openwrt.push(BEFORE).steps[-1] == "save" and openwrt.saved() == good


@pytest.mark.lab
def test_a_set_that_does_not_exist_is_no_empty_list(firewall: OpenWrt) -> None:
    firewall.lab.nft("delete", "table", "inet", "fw4")
    with pytest.raises(CommandRefused, match="No such file"):
        firewall.held()


@pytest.mark.lab
def test_three_thousand_entries_fit_the_firewall(firewall: OpenWrt) -> None:
    many = of(*range(3000))
    assert firewall.push(many).after == many and firewall.push(of(*range(2999))).plan.lost == (mac(2999),)
    firewall.restart()
    assert firewall.held() == of(*range(2999))


@pytest.mark.lab
def test_the_wifi_holds_as_many_as_hostapd_can_show_and_a_longer_list_is_refused(wifi: OpenWrt) -> None:
    full = of(*range(145))
    assert wifi.push(full).after == full
    with pytest.raises(Refused, match="admite 145"):
        wifi.push(of(*range(146)))
    wifi.by_hand("add", 500)
    with pytest.raises(CommandRefused, match="may be longer"):
        wifi.held()


@pytest.mark.lab
@pytest.mark.parametrize("word", ["macfilter", "macfile"])
def test_a_wifi_that_is_not_set_up_to_refuse_strangers_is_not_pushed_to(wifi: OpenWrt, word: str) -> None:
    wifi.lab.run("rm", f"/run/openwrt/default_radio0.{word}")
    with pytest.raises(CommandRefused, match="lacks macfilter allow or our macfile"):
        wifi.push(BEFORE)


@pytest.mark.lab
def test_a_wifi_that_is_off_has_no_list(wifi: OpenWrt) -> None:
    wifi.lab.run("rm", "/run/openwrt/phy0-ap0.acl")
    with pytest.raises((CommandRefused, UnexpectedOutput)):
        wifi.held()


@pytest.mark.lab
def test_a_change_that_hostapd_takes_in_part_is_undone(wifi: OpenWrt) -> None:
    wifi.push(BEFORE)
    # As after a line that hostapd cannot read: FAIL with status 0, and what stood before that line is in force.
    wifi.lab.run("sh", "-c", f"echo {mac(5)} > /run/openwrt/chokes-at")
    with pytest.raises(CommandRefused, match="did not take the change") as error:
        wifi.push(AFTER)
    assert error.value.left_as == "restored" and wifi.held() == BEFORE
