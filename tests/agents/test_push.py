"""A push on a real firewall: verified or undone, whatever breaks and whenever, and nothing else is touched."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from agents import push
from agents.channels import Limits
from agents.push import Order, PushResult, reconcile_all
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist
from netreg.enforcement import shell
from netreg.enforcement.plan import Drift, GuardLimits, Plan
from netreg.enforcement.profile import ShellProfile
from netreg.errors import (
    CommandRefused,
    IncompleteRead,
    PointError,
    Refused,
    UnexpectedOutput,
    Unreachable,
    UnsafePlan,
    VerifyFailed,
)
from tests.agents.pushing import reconcile
from tests.enforcement.lists import mac, of
from tests.enforcement.test_profile import NFTABLES
from tests.lab.firewall import FirewallLab, wait_until

pytestmark = pytest.mark.lab

SET = ("netdev", "netreg", "allow")
STEPS = ("read", "plan", "guard", "backup", "arm", "stage", "check", "apply", "read back", "disarm", "save")
QUICK = NFTABLES.model_copy(update={"undo": NFTABLES.undo.model_copy(update={"seconds": 1})})
BEFORE, AFTER = of(1, 2, 3, label="area:1"), of(2, 3, 4, 5, label="area:1")


class Killed(BaseException):
    """The process ends here: nothing after it runs, no clearing up either."""


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    sessions = Sessions(Limits(connect=2, login=5, command=15))
    yield sessions
    sessions.close()


@pytest.fixture
def point(lab: FirewallLab) -> Iterator[Target]:
    lab.run("sh", "-c", "rm -rf /run/netreg-*")
    yield Target("edge", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, NFTABLES)
    lab.run("sh", "-c", "rm -rf /run/netreg-*")


def held(sessions: Sessions, point: Target) -> Allowlist:
    with sessions.use(point) as session:
        return push.observe(session, point).allowlist


def by_hand(lab: FirewallLab, verb: str, number: int) -> None:
    lab.nft(verb, "element", *SET, "{", mac(number).text, "}")


def at(step: str, act: Callable[[], object]) -> push.OnStep:
    """What to hand in as `on_step` so that `act` happens right after `step`."""
    return lambda done: act() and None if done == step else None


def die() -> None:
    raise Killed


def everything_else(lab: FirewallLab) -> str:
    """The ruleset without the elements of our set, without counters, and without what the kernel notes by itself."""
    rules = re.sub(r"packets \d+ bytes \d+", "", lab.nft("list", "ruleset"))
    rules = re.sub(r"\s+elements = \{[^}]* expires [^}]*\}", "", rules)
    return re.sub(r"(set allow \{\s+type ether_addr\s+size[^}]*?)\s+elements = \{[^}]*\}", r"\1", rules)


def test_a_push_goes_through_every_step_and_is_verified(sessions: Sessions, point: Target) -> None:
    result = reconcile(sessions, point, BEFORE)
    assert (result.before, result.after, result.steps) == (Allowlist(), BEFORE, STEPS)
    assert result.checksum == BEFORE.checksum and held(sessions, point) == BEFORE


def test_a_second_push_of_the_same_list_changes_nothing(sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    assert reconcile(sessions, point, BEFORE).steps == ("read", "plan", "guard")


@pytest.mark.parametrize("desired", [AFTER, of(1, 2, 3, label="area:2"), of(1, 2, 3), of(1, label="area:1")])
def test_a_push_leaves_exactly_the_desired_list(sessions: Sessions, point: Target, desired: Allowlist) -> None:
    reconcile(sessions, point, BEFORE)
    assert reconcile(sessions, point, desired).after == held(sessions, point) == desired


def test_a_restart_of_the_firewall_brings_the_same_list_back(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, AFTER)
    lab.reload_rules()
    assert held(sessions, point) == AFTER


def test_an_emptied_list_stays_empty_over_a_restart(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    reconcile(sessions, point, Allowlist(), confirmed=Plan.between(BEFORE, Allowlist()).checksum)
    lab.reload_rules()
    assert held(sessions, point) == Allowlist()


def test_a_saved_file_somebody_changed_is_mended_though_the_list_is_right(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    lab.run("sh", "-c", "echo > /etc/nftables.d/netreg.nft")
    assert reconcile(sessions, point, BEFORE).steps[-1] == "save"
    lab.reload_rules()
    assert held(sessions, point) == BEFORE


def test_nothing_but_our_set_is_touched(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    before = everything_else(lab)
    reconcile(sessions, point, BEFORE)
    reconcile(sessions, point, AFTER)
    assert everything_else(lab) == before and "contabilidad" in before


def test_after_a_push_nothing_of_ours_runs_or_waits_on_the_point(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    check_nothing_waits(lab)
    reconcile(sessions, point, AFTER, held=BEFORE)
    check_nothing_waits(lab)


OURS = frozenset(of(1, 2, 3, 4, 5).by_mac)


def test_what_was_decided_against_and_came_back_is_removed_and_what_was_taken_away_is_put_back(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    by_hand(lab, "add", 9)
    by_hand(lab, "delete", 1)
    result = reconcile(sessions, point, BEFORE, baseline=BEFORE, ours=OURS | {mac(9)})
    assert result.after == BEFORE and not result.drift.strays
    assert (result.drift.returned, result.drift.missing) == ((mac(9),), (mac(1),))


def test_an_entry_added_by_hand_stays_and_holds_up_neither_additions_nor_removals(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    lab.nft("add", "element", *SET, "{", mac(9).text, 'comment "Tel de Ana; $(reboot)"', "}")
    seen: list[Drift] = []
    for desired in (AFTER, BEFORE):
        result = reconcile(
            sessions, point, desired, baseline=BEFORE, ours=OURS, on_plan=lambda _seen, _plan, drift: seen.append(drift)
        )
        assert {entry.mac for entry in result.after} == {*desired.by_mac, mac(9)} == set(held(sessions, point).by_mac)
        assert [entry.mac for entry in result.drift.strays] == [mac(9)]
    assert [len(drift.strays) for drift in seen] == [1, 1]
    assert "Tel de Ana" in lab.nft("list", "set", *SET), "a hand-made entry is left as it is, its comment too"


def test_a_restart_brings_back_what_is_registered_and_no_hand_made_entry(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    by_hand(lab, "add", 9)
    assert reconcile(sessions, point, AFTER, ours=OURS).steps[-1] == "save"
    assert reconcile(sessions, point, AFTER, ours=OURS).steps == ("read", "plan", "guard"), "saved already"
    lab.reload_rules()
    assert held(sessions, point) == AFTER


def test_an_undo_puts_a_hand_made_entry_back_too(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    by_hand(lab, "add", 9)
    with pytest.raises(VerifyFailed) as caught:
        reconcile(sessions, point, AFTER, ours=OURS, on_step=at("apply", lambda: by_hand(lab, "delete", 2)))
    assert caught.value.left_as == "restored"
    assert set(held(sessions, point).by_mac) == {*BEFORE.by_mac, mac(9)}


def test_a_gate_with_nothing_but_hand_made_entries_is_not_emptied_by_them_being_left(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    by_hand(lab, "add", 9)
    result = reconcile(sessions, point, Allowlist(), ours=frozenset())
    assert result.plan.is_empty and [entry.mac for entry in held(sessions, point)] == [mac(9)]


def test_three_thousand_entries_are_read_back_whole(sessions: Sessions, point: Target) -> None:
    many = of(*range(3000), label="area:1")
    assert reconcile(sessions, point, many).after == many


def test_the_guard_stops_before_anything_is_written(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    lab.run("sh", "-c", "rm -rf /run/netreg-*")
    with pytest.raises(UnsafePlan) as refusal:
        reconcile(sessions, point, Allowlist())
    assert refusal.value.reason == "empty" and held(sessions, point) == BEFORE
    assert "netreg-" not in lab.run("ls", "/run")


def test_a_list_longer_than_the_point_can_hold_is_refused(sessions: Sessions, point: Target) -> None:
    small = NFTABLES.model_copy(update={"capabilities": NFTABLES.capabilities.model_copy(update={"max_entries": 2})})
    with pytest.raises(Refused, match="admite 2"):
        reconcile(sessions, dataclasses.replace(point, profile=small), BEFORE)


@pytest.mark.parametrize("parameters", [{"set": "nosuch"}, {"table": "nosuch"}, {"family": "bridge"}])
def test_a_set_that_does_not_exist_is_an_error_and_never_an_empty_list(
    sessions: Sessions, point: Target, parameters: dict[str, str]
) -> None:
    with pytest.raises(CommandRefused, match="No such file") as error:
        held(sessions, dataclasses.replace(point, parameters=parameters))
    assert error.value.left_as == "unchanged"


def test_a_set_of_another_type_is_not_readable(sessions: Sessions, point: Target) -> None:
    with pytest.raises(UnexpectedOutput, match="type"):
        held(sessions, dataclasses.replace(point, parameters={"family": "inet", "table": "office", "set": "printers"}))


def test_two_listings_that_never_agree_are_no_list(sessions: Sessions, point: Target) -> None:
    read = NFTABLES.read.model_copy(update={"proof": "echo nonsense"})
    with pytest.raises(IncompleteRead):
        held(sessions, dataclasses.replace(point, profile=NFTABLES.model_copy(update={"read": read})))


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_the_next_pass_finishes_the_work(sessions: Sessions, point: Target, step: str) -> None:
    reconcile(sessions, point, BEFORE)
    with pytest.raises(Killed):
        reconcile(sessions, point, AFTER, on_step=at(step, die))
    sessions.close()
    assert held(sessions, point) in (BEFORE, AFTER)
    result = reconcile(sessions, point, AFTER)
    assert result.after == held(sessions, point) == AFTER
    assert ("undo of an earlier pass" in result.steps) == (step in STEPS[3:9])


@pytest.mark.parametrize("step", STEPS[3:9])
def test_killed_while_the_undo_is_armed_the_point_goes_back_by_itself(
    lab: FirewallLab, sessions: Sessions, point: Target, step: str
) -> None:
    point = dataclasses.replace(point, profile=QUICK)
    reconcile(sessions, point, BEFORE)
    with pytest.raises(Killed):
        reconcile(sessions, point, AFTER, on_step=at(step, die))
    sessions.close()
    wait_until(
        lambda: lab.run("ls", "/run/netreg-netdev-netreg-allow").split() == ["left", "lock"], "the point's own undo"
    )
    assert held(sessions, point) == BEFORE


PUSHER = """
import os, signal, sys
from pathlib import Path

from agents.ssh import Sessions, Target
from tests.enforcement.test_profile import NFTABLES
from tests.agents.pushing import reconcile
from tests.agents.test_push import AFTER
name, host, port, user, key_file, host_key, step = sys.argv[1:]
point = Target(name, host, int(port), user, Path(key_file), host_key, NFTABLES)
reconcile(Sessions(), point, AFTER, on_step=lambda done: done == step and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_pusher_that_is_really_killed_leaves_a_point_that_the_next_one_mends(
    sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    words = [point.name, point.host, str(point.port), point.user, str(point.key_file), str(point.host_key), "apply"]
    ended = subprocess.run([sys.executable, "-c", PUSHER, *words], cwd=os.getcwd(), capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert held(sessions, point) == AFTER
    assert "undo of an earlier pass" in reconcile(sessions, point, BEFORE).steps
    assert held(sessions, point) == BEFORE


def test_a_change_that_comes_late_does_not_act_after_the_undo(sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    late: list[str] = []

    class Held:
        """A session whose apply never left the house."""

        def __init__(self, session: push.Runs) -> None:
            self.session = session

        def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> push.Answer:
            return self.session.run(command, stdin, repeatable=repeatable)

        def converse(self, command: str, *, repeatable: bool = False) -> push.Answer:
            if "nft -f" in command and "armed &&" in command and "sleep" not in command:
                late.append(command)
                raise Unreachable("edge", "held up")
            return self.session.converse(command, repeatable=repeatable)

    class Lender:
        def use(self, target: Target) -> Lender:
            return self

        def __enter__(self) -> Held:
            return Held(session)

        def __exit__(self, *_: object) -> None: ...

    with sessions.use(point) as session:
        with pytest.raises(Unreachable) as error:
            reconcile(Lender(), point, AFTER)  # type: ignore[arg-type]
        assert error.value.left_as == "restored"
        assert session.run(late[0]).status != 0
        assert push.observe(session, point).allowlist == BEFORE


def test_a_change_that_reads_back_wrong_is_undone_at_once(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    with pytest.raises(VerifyFailed, match="1 entries too many") as error:
        reconcile(sessions, point, AFTER, on_step=at("apply", lambda: by_hand(lab, "add", 9)))
    assert error.value.left_as == "restored" and held(sessions, point) == BEFORE


def test_a_list_that_changes_between_look_and_backup_stops_the_push(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    with pytest.raises(CommandRefused, match="changed while") as error:
        reconcile(sessions, point, AFTER, on_step=at("guard", lambda: by_hand(lab, "add", 9)))
    assert error.value.left_as == "unchanged"
    assert reconcile(sessions, point, AFTER).after == AFTER


def test_a_set_too_small_for_the_change_refuses_all_of_it(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    lab.nft("-f", "-", stdin="table netdev small {\nset allow { type ether_addr; size 3; }\n}")
    small = dataclasses.replace(point, parameters={"table": "small", "save_file": "/etc/nftables.d/small.nft"})
    reconcile(sessions, small, BEFORE)
    with pytest.raises(CommandRefused) as error:
        reconcile(sessions, small, AFTER)
    assert error.value.left_as == "restored" and held(sessions, small) == BEFORE


def test_a_connection_lost_after_the_change_is_undone_by_the_point_itself(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    point = dataclasses.replace(point, profile=QUICK)
    reconcile(sessions, point, BEFORE)
    with pytest.raises(Unreachable) as error:
        reconcile(sessions, point, AFTER, on_step=at("apply", lab.stop_sshd))
    assert error.value.left_as == "undo armed, restores itself within 1 s"
    lab.start_sshd()
    wait_until(lambda: held(sessions, point) == BEFORE, "the point's own undo")


def test_a_list_that_cannot_be_saved_says_so_and_is_saved_by_a_later_pass(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    lab.run("sh", "-c", "rm -rf /etc/later")
    point = dataclasses.replace(point, parameters={"save_file": "/etc/later/netreg.nft"})
    with pytest.raises(CommandRefused) as error:
        reconcile(sessions, point, BEFORE)
    assert error.value.left_as.startswith("applied and verified, not saved")
    lab.run("mkdir", "/etc/later")
    assert reconcile(sessions, point, BEFORE).steps[-1] == "save"


def test_a_dead_point_delays_no_other(sessions: Sessions, point: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = dataclasses.replace(point, name="dead", port=silent.getsockname()[1])
        finished: dict[str, float] = {}
        start = time.monotonic()
        results = reconcile_all(sessions, [Order(dead, BEFORE), Order(point, BEFORE)])
        finished["all"] = time.monotonic() - start
    good, bad = results["edge"], results["dead"]
    assert isinstance(good, PushResult) and good.after == BEFORE and good.seconds < finished["all"]
    assert isinstance(bad, PointError) and isinstance(bad, Unreachable)


def test_a_plan_can_be_looked_at_without_doing_it(sessions: Sessions, point: Target) -> None:
    with sessions.use(point) as session:
        seen = push.plan(session, point, BEFORE)
    assert (len(seen.observed), len(seen.plan.adds)) == (0, 3) and held(sessions, point) == Allowlist()


def test_the_plan_that_was_read_is_applied_and_no_other(lab: FirewallLab, sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    read = Plan.between(BEFORE, AFTER).checksum
    by_hand(lab, "add", 9)
    with pytest.raises(Refused) as refusal:
        reconcile(sessions, point, AFTER, expected=read)
    assert refusal.value.code == "plan_changed" and "nothing was changed" in refusal.value.text("en")
    by_hand(lab, "delete", 9)
    assert held(sessions, point) == BEFORE
    assert reconcile(sessions, point, AFTER, expected=read).after == AFTER


def test_a_push_asks_only_for_what_changed(sessions: Sessions, point: Target) -> None:
    base = of(*range(300), label="area:1")
    reconcile(sessions, point, base)
    result = reconcile(sessions, point, of(*range(301), label="area:1"), limits=GuardLimits())
    assert (len(result.plan.adds), len(result.plan.removes)) == (1, 0)
    assert json.dumps(result.steps)


# --- a small change on the word of the pass before ---


@pytest.mark.parametrize("desired", [AFTER, of(1, 2, 3, label="area:2"), of(1, 2, label="area:1"), of(1, 2, 3)])
def test_a_small_change_is_not_read_before_it_and_proved_after_it(
    lab: FirewallLab, sessions: Sessions, point: Target, desired: Allowlist
) -> None:
    reconcile(sessions, point, BEFORE)
    result = reconcile(sessions, point, desired, held=BEFORE)
    assert result.steps == ("plan", "guard", "stage", "arm", "apply", "read back", "disarm", "save")
    assert result.after == held(sessions, point) == desired and not armed(lab)
    lab.reload_rules()
    assert held(sessions, point) == desired


def test_where_somebody_changed_the_list_meanwhile_it_is_read_first_after_all(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    by_hand(lab, "add", 9)
    result = reconcile(sessions, point, AFTER, held=BEFORE, baseline=BEFORE, ours=frozenset((BEFORE | of(4, 5)).by_mac))
    assert "read" in result.steps and [entry.mac for entry in result.drift.strays] == [mac(9)]
    assert set(held(sessions, point).by_mac) == {*AFTER.by_mac, mac(9)} and not armed(lab)


@pytest.mark.parametrize(("verb", "number"), [("add", 4), ("delete", 1), ("delete", 2)])
def test_what_somebody_did_by_hand_to_the_very_entry_is_put_right(
    lab: FirewallLab, sessions: Sessions, point: Target, verb: str, number: int
) -> None:
    reconcile(sessions, point, BEFORE)
    by_hand(lab, verb, number)
    assert reconcile(sessions, point, AFTER, held=BEFORE).after == held(sessions, point) == AFTER


def test_a_large_change_and_one_a_person_confirmed_are_read_first(sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)
    many = of(*range(1, 40), label="area:1")
    assert reconcile(sessions, point, many, held=BEFORE).steps[0] == "read"
    assert reconcile(sessions, point, many, held=many).steps == ("read", "plan", "guard")
    plan = Plan.between(many, BEFORE)
    assert reconcile(sessions, point, BEFORE, held=many, confirmed=plan.checksum).steps[0] == "read"


@pytest.mark.parametrize("step", ["stage", "apply", "read back", "disarm"])
def test_killed_in_a_small_change_the_point_goes_back_by_itself_or_holds_the_new_list(
    lab: FirewallLab, sessions: Sessions, point: Target, step: str
) -> None:
    reconcile(sessions, point, BEFORE)
    quick = dataclasses.replace(point, profile=QUICK)
    with pytest.raises(Killed):
        reconcile(sessions, quick, AFTER, held=BEFORE, on_step=at(step, die))
    assert held(sessions, point) == AFTER
    if step != "disarm":
        wait_until(lambda: held(sessions, point) == BEFORE, "the point's own undo")
        wait_until(lambda: not armed(lab), "the marker gone")
    assert reconcile(sessions, point, AFTER, held=BEFORE).after == AFTER


def test_an_undo_of_a_small_change_that_never_came_about_does_no_harm(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    """The change was armed, and the connection broke before it was made; the timer runs out all the same."""
    reconcile(sessions, point, BEFORE)
    stuck = NFTABLES.model_copy(
        update={
            "undo": NFTABLES.undo.model_copy(update={"seconds": 1}),
            "apply": NFTABLES.apply.model_copy(update={"command": "sleep 0; exit 7"}),
        }
    )
    with pytest.raises(CommandRefused):
        reconcile(sessions, dataclasses.replace(point, profile=stuck), AFTER, held=BEFORE)
    wait_until(lambda: not armed(lab), "the marker gone")
    assert held(sessions, point) == BEFORE


@pytest.mark.parametrize("desired", [BEFORE | of(4, label="area:1"), of(1, 2, label="area:1"), AFTER])
def test_a_command_of_a_dead_pass_that_comes_late_neither_acts_nor_arms_anything(
    lab: FirewallLab, sessions: Sessions, point: Target, desired: Allowlist
) -> None:
    reconcile(sessions, point, BEFORE)
    reconcile(sessions, point, desired, held=BEFORE)
    profile = point.profile
    assert isinstance(profile, ShellProfile)
    late = shell.Speaker(profile, profile.settled({}), "0123456789abcdef").quick(Plan.between(BEFORE, desired), BEFORE)
    with sessions.use(point) as session:
        assert session.run(late).status != 0
    assert held(sessions, point) == desired and not armed(lab)
    check_nothing_waits(lab)


def test_where_the_file_cannot_be_written_a_small_change_is_made_all_the_same_and_that_is_told(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    later = dataclasses.replace(point, parameters={"save_file": "/etc/later/netreg.nft"})
    lab.run("mkdir", "-p", "/etc/later")
    reconcile(sessions, later, BEFORE)
    lab.run("rm", "-r", "/etc/later")
    with pytest.raises(CommandRefused, match="could not be saved") as error:
        reconcile(sessions, later, AFTER, held=BEFORE)
    assert error.value.left_as.startswith("applied and verified, not saved")
    assert held(sessions, point) == AFTER and not armed(lab)


def test_after_a_restart_of_the_point_a_small_change_is_read_first(
    lab: FirewallLab, sessions: Sessions, point: Target
) -> None:
    reconcile(sessions, point, BEFORE)
    forget(lab)
    assert "read" in reconcile(sessions, point, AFTER, held=BEFORE).steps
    reconcile(sessions, point, BEFORE, held=AFTER)
    forget(lab)
    assert reconcile(sessions, point, BEFORE).steps == ("read", "plan", "guard")
    assert "read" not in reconcile(sessions, point, AFTER, held=BEFORE).steps, "the look noted what is there"
    check_nothing_waits(lab)


def test_a_way_that_is_taken_away_is_looked_for_over_a_new_connection(sessions: Sessions, point: Target) -> None:
    reconcile(sessions, point, BEFORE)

    def connection() -> object:
        with sessions.use(point) as session:
            return session._transport

    first = connection()
    reconcile(sessions, point, BEFORE | of(7), held=BEFORE)
    assert connection() is first, "who adds takes no way away"
    reconcile(sessions, point, BEFORE, held=BEFORE | of(7))
    assert connection() is not first


def armed(lab: FirewallLab) -> str:
    return lab.run("sh", "-c", "ls -d /run/netreg-*/*/armed 2>/dev/null || true")


def check_nothing_waits(lab: FirewallLab) -> None:
    """Nothing of a pass is left but the note of what it left there, and the lock; a timer takes a moment to go."""
    assert lab.run("ls", "/run/netreg-netdev-netreg-allow").split() == ["left", "lock"]
    no_timer_runs(lab)


def no_timer_runs(lab: FirewallLab) -> None:
    wait_until(lambda: not lab.run("sh", "-c", "pgrep -xf 'sleep 60' || true"), "every timer gone")


def forget(lab: FirewallLab) -> None:
    """What a restart does to a point: no timer runs on, and the notes in memory are gone."""
    no_timer_runs(lab)
    lab.run("rm", "-r", "/run/netreg-netdev-netreg-allow")
