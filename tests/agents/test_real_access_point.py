"""A push on a real access point, hostapd with phones: who is in, and what is known of a list it cannot show."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from agents import push, tables
from agents.channels import Limits
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ShellProfile
from netreg.errors import CommandRefused, IncompleteRead, PointError
from netreg.mac import MacAddress
from netreg.registry import profiles
from netreg.store.base import now
from tests.agents.pushing import reconcile
from tests.enforcement.lists import mac, of
from tests.lab.firewall import wait_until
from tests.lab.wifi import Phone, WifiLab

pytestmark = pytest.mark.lab

SECONDS = 30.0  # for what takes one or two where nothing else runs
STEPS = ("read", "plan", "guard", "backup", "arm", "stage", "check", "apply", "read back", "disarm", "save")
QUIET = ("read", "plan", "guard")
HOSTAPD = profiles.profile("linux-hostapd")
assert isinstance(HOSTAPD, ShellProfile)
QUICK = HOSTAPD.model_copy(update={"undo": HOSTAPD.undo.model_copy(update={"seconds": 5})})
MANY = of(*range(200))  # hostapd shows 146 of them
FREELY = GuardLimits(percent=100, removals=10_000)


class Killed(BaseException):
    """The process ends here: nothing after it runs, no clearing up either."""


@pytest.fixture(scope="module")
def sessions() -> Iterator[Sessions]:
    sessions = Sessions(Limits(connect=10, login=30, command=60))
    yield sessions
    sessions.close()


@pytest.fixture
def point(wifi: WifiLab) -> Target:
    return Target("ap", wifi.host, wifi.port(), wifi.user, wifi.key_file, wifi.known_key(), HOSTAPD)


def held(sessions: Sessions, point: Target) -> Allowlist:
    with sessions.use(point) as session:
        return push.observe(session, point).allowlist


def listed(*phones: Phone) -> Allowlist:
    return Allowlist.of(Entry(MacAddress.parse(phone.mac)) for phone in phones)


def at(step: str, act: Callable[[], object]) -> push.OnStep:
    """What to hand in as `on_step` so that `act` happens right after `step`."""
    return lambda done: act() and None if done == step else None


def die() -> None:
    raise Killed


def by_hand(wifi: WifiLab, verb: str, address: object) -> None:
    assert wifi.hostapd(0, "accept_acl", verb, str(address)) == "OK\n"


def in_the_air(phone: Phone) -> None:
    phone.connect()
    assert phone.wait_until_associated(SECONDS)


def stations(sessions: Sessions, point: Target) -> tuple[Heard, ...]:
    (told,) = tables.read(sessions, point, again=0)
    assert told.kind == "stations" and told.error is None
    return told.heard


def on_the_air(sessions: Sessions, point: Target) -> list[str]:
    return [str(one.mac) for one in stations(sessions, point)]


def test_a_push_lets_in_and_throws_off_exactly_whom_it_says(wifi: WifiLab, sessions: Sessions, point: Target) -> None:
    leaves, stays = wifi.phones
    result = reconcile(sessions, point, listed(leaves, stays))
    assert (result.steps, result.after) == (STEPS, listed(leaves, stays))
    in_the_air(leaves)
    in_the_air(stays)
    assert on_the_air(sessions, point) == sorted([leaves.mac, stays.mac])
    assert {one.port for one in stations(sessions, point)} == {"wlan0"}
    ages = [now() - one.at for one in stations(sessions, point) if one.at is not None]
    assert len(ages) == 2 and all(age < timedelta(minutes=5) for age in ages), "heard lately, and when is known"
    result = reconcile(sessions, point, listed(stays) | of(1))
    assert result.after == held(sessions, point) == listed(stays) | of(1)
    assert leaves.wait_until_gone(SECONDS) and on_the_air(sessions, point) == [stays.mac]
    leaves.connect()
    assert leaves.wait_until_refused(SECONDS)
    reconcile(sessions, point, listed(leaves, stays))
    in_the_air(leaves)
    assert stays.losses() == 0, "a change disturbed somebody whom it did not concern"


def test_a_restart_brings_the_same_list_and_a_second_pass_has_nothing_to_do(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, of(1, 2, 3))
    assert reconcile(sessions, point, of(1, 2, 3)).steps == QUIET
    wifi.restart_hostapd()
    assert reconcile(sessions, point, of(1, 2, 3)).steps == QUIET
    wifi.run(0, "sh", "-c", f"echo {mac(9)} > {wifi.accept_file}")
    assert reconcile(sessions, point, of(1, 2, 3)).steps == (*QUIET, "save"), "the file alone was changed"
    wifi.restart_hostapd()
    assert held(sessions, point) == of(1, 2, 3)


def test_a_list_longer_than_what_hostapd_shows_is_read_back_whole_changed_and_kept(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    last = wifi.phones[0]
    assert reconcile(sessions, point, MANY | listed(last)).after == MANY | listed(last)
    assert last.mac not in wifi.hostapd(0, "accept_acl", "SHOW")
    in_the_air(last)
    wifi.restart_hostapd()
    assert reconcile(sessions, point, MANY | listed(last)).steps == QUIET, "it runs the file it was started with"
    in_the_air(last)
    reconcile(sessions, point, MANY)
    assert last.wait_until_gone(SECONDS) and held(sessions, point) == MANY
    last.connect()
    assert last.wait_until_refused(SECONDS)


def test_an_entry_made_by_hand_among_what_is_shown_is_left_alone_however_long_the_list(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    ours = frozenset({*MANY.by_mac, mac(201)})
    guest = listed(wifi.phones[1])
    by_hand(wifi, "ADD_MAC", wifi.phones[1].mac)
    in_the_air(wifi.phones[1])
    for desired in (of(1, 2, 3), MANY, MANY | of(201)):
        result = reconcile(sessions, point, desired, ours=ours)
        assert (result.drift.strays, result.after) == (guest, desired | guest)
    assert held(sessions, point) == MANY | of(201) | guest and wifi.phones[1].losses() == 0
    wifi.restart_hostapd()
    assert held(sessions, point) == MANY | of(201), "nobody decided that it should come back"


def test_an_entry_made_by_hand_behind_what_is_shown_is_noticed_when_its_phone_is_on_the_air(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    phone = wifi.phones[0]
    reconcile(sessions, point, MANY)
    by_hand(wifi, "ADD_MAC", phone.mac)
    assert held(sessions, point) == MANY, "hostapd has no way to tell"
    in_the_air(phone)
    with pytest.raises(IncompleteRead, match=f"{phone.mac} is on the air and on no list; accept_acl DEL_MAC"):
        held(sessions, point)
    by_hand(wifi, "DEL_MAC", phone.mac)
    assert phone.wait_until_gone(SECONDS) and held(sessions, point) == MANY


def test_a_list_that_is_not_asked_is_noticed_when_a_stranger_is_on_the_air(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    assert wifi.hostapd(0, "set", "macaddr_acl", "0") == "OK\n"
    in_the_air(wifi.phones[0])
    with pytest.raises(IncompleteRead, match="does not ask its list"):
        held(sessions, point)


def test_a_long_list_that_somebody_shortened_reloaded_or_may_have_changed_is_not_taken_for_known(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, MANY)
    by_hand(wifi, "DEL_MAC", mac(5))
    with pytest.raises(IncompleteRead, match=f"took {mac(5)} out") as caught:
        reconcile(sessions, point, MANY)
    assert caught.value.left_as == "unchanged"
    by_hand(wifi, "ADD_MAC", mac(5))
    assert held(sessions, point) == MANY
    wifi.run(0, "sh", "-c", 'kill -HUP "$(cat /run/hostapd.pid)"')
    wait_until(lambda: "00:00:00:00:00:00" not in wifi.hostapd(0, "accept_acl", "SHOW"), "the reload")
    with pytest.raises(IncompleteRead, match="restart hostapd"):
        held(sessions, point)
    wifi.restart_hostapd()
    assert held(sessions, point) == MANY
    wifi.run(0, "touch", wifi.accept_file)
    with pytest.raises(IncompleteRead, match="its file was changed since it started: restart hostapd"):
        held(sessions, point)


def test_killed_after_the_change_the_next_pass_undoes_it_and_does_the_work(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, MANY)
    desired = of(*range(2, 202))
    with pytest.raises(Killed):
        reconcile(sessions, point, desired, on_step=at("apply", die))
    result = reconcile(sessions, point, desired)
    assert (result.before, result.after) == (MANY, desired) and "undo of an earlier pass" in result.steps
    assert wifi.run(0, "sh", "-c", "ls /run/netreg/wlan0").split() == ["given", "lock", "receipt"]


def test_when_the_connection_dies_the_access_point_goes_back_by_itself(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    phone = wifi.phones[0]
    reconcile(sessions, point, MANY | listed(phone))
    in_the_air(phone)
    with pytest.raises(Killed):
        reconcile(sessions, dataclasses.replace(point, profile=QUICK), MANY, on_step=at("apply", die))
    sessions.close()
    assert phone.wait_until_gone(SECONDS)
    wait_until(lambda: "/" not in wifi.run(0, "ls", "-F", "/run/netreg/wlan0"), "the point's own undo")
    assert held(sessions, point) == MANY | listed(phone)
    in_the_air(phone)


def test_a_change_stops_where_hostapd_was_restarted_or_changed_in_between(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, of(1, 2))
    with pytest.raises(CommandRefused, match="hostapd was restarted in between"):
        reconcile(sessions, point, of(2, 3), on_step=at("stage", wifi.restart_hostapd))
    with pytest.raises(CommandRefused, match="the list changed in between") as caught:
        reconcile(sessions, point, of(2, 3), on_step=at("stage", lambda: by_hand(wifi, "ADD_MAC", mac(9))))
    assert caught.value.left_as == "restored" and held(sessions, point) == of(1, 2, 9)


def test_an_access_point_that_is_down_is_an_error_and_never_an_empty_list(
    wifi: WifiLab, sessions: Sessions, point: Target
) -> None:
    wifi.run(0, "/lab/hostapd", "stop")
    with pytest.raises(PointError, match="hostapd does not answer"):
        held(sessions, point)
