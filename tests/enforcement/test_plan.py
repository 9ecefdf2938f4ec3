"""A plan is exactly the difference, and the guard stops the ones that would do harm."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Drift, GuardLimits, Plan, doubt, strays
from netreg.errors import UnsafePlan
from netreg.mac import MacAddress
from tests.enforcement.lists import allowlists, mac, of

LIMITS = GuardLimits()


def stopped(observed: Allowlist, desired: Allowlist, limits: GuardLimits = LIMITS, confirmed: str | None = None) -> str:
    """The reason the guard gives, or "" when it lets the plan pass."""
    try:
        doubt(Plan.between(observed, desired), observed, desired, limits, confirmed)
    except UnsafePlan as error:
        return error.reason
    return ""


@given(allowlists, allowlists)
def test_a_plan_turns_the_observed_list_into_the_desired_one(observed: Allowlist, desired: Allowlist) -> None:
    assert Plan.between(observed, desired).applied_to(observed) == desired


@given(allowlists, allowlists)
def test_a_plan_is_the_difference_of_two_sets_in_order(observed: Allowlist, desired: Allowlist) -> None:
    for _ in range(2):  # worked out, and then known
        plan = Plan.between(observed, desired)
        assert list(plan.adds) == sorted(set(desired) - set(observed))
        assert list(plan.removes) == sorted(set(observed) - set(desired))


@given(allowlists, allowlists)
def test_the_plan_back_is_the_plan_turned_round(observed: Allowlist, desired: Allowlist) -> None:
    there, back = Plan.between(observed, desired), Plan.between(desired, observed)
    assert (there.adds, there.removes) == (back.removes, back.adds)


@given(allowlists, allowlists, st.integers(2, 9))
def test_a_plan_in_rounds_comes_to_the_same_list_and_takes_nothing_out_before_all_is_in(
    observed: Allowlist, desired: Allowlist, most: int
) -> None:
    whole, held, lost = Plan.between(observed, desired), observed, False
    for plan, after in whole.rounds(observed, most):
        assert 0 < len(plan.adds) + len(plan.removes) <= most
        assert plan.applied_to(held) == after
        assert not (lost and plan.adds), "an addition may fail, and then nothing more may go"
        held, lost = after, lost or bool(plan.lost)
    assert held == desired


def test_a_plan_is_not_cut_between_an_old_label_and_the_new_one() -> None:
    plan = Plan.between(of(1, 2, label="old"), of(1, 2, label="new"))
    sizes = [(len(part.adds), len(part.removes)) for part, _ in plan.rounds(of(1, 2, label="old"), 3)]
    assert sizes == [(1, 1), (1, 1)]


macs = st.frozensets(st.integers(0, 40).map(mac), max_size=20)


@given(allowlists, allowlists, macs)
def test_a_push_takes_out_only_what_is_ours_and_leaves_every_entry_made_by_hand(
    observed: Allowlist, desired: Allowlist, ours: frozenset[MacAddress]
) -> None:
    made = strays(observed, desired, ours)
    plan = Plan.between(observed, desired | made)
    assert set(plan.lost) <= ours and not set(made.by_mac) & set(desired.by_mac)
    assert set(plan.applied_to(observed).by_mac) == set(desired.by_mac) | (set(observed.by_mac) - ours)
    assert strays(plan.applied_to(observed), desired, ours) == made, "the next look sees the same ones"


@given(allowlists, allowlists, allowlists)
def test_drift_is_what_came_back_and_what_went_and_never_what_is_wanted_or_was_there(
    baseline: Allowlist, observed: Allowlist, desired: Allowlist
) -> None:
    made = strays(observed, desired, frozenset(baseline.by_mac))
    drift = Drift.between(baseline, observed, desired, made)
    assert drift.returned == (), "whatever is neither ours nor wanted waits for a person"
    assert set(drift.missing) == (set(baseline.by_mac) & set(desired.by_mac)) - set(observed.by_mac)
    assert Drift.between(None, observed, desired, made) == Drift(made), "nothing was verified, so nothing changed"


@given(allowlists, allowlists)
def test_after_a_plan_nothing_is_left_to_do(observed: Allowlist, desired: Allowlist) -> None:
    assert Plan.between(Plan.between(observed, desired).applied_to(observed), desired).is_empty


@given(allowlists, allowlists, allowlists)
def test_a_plan_has_one_checksum_and_no_other_plan_has_it(a: Allowlist, b: Allowlist, c: Allowlist) -> None:
    assert Plan.between(a, b).checksum == Plan.between(a, b).checksum
    assert (Plan.between(a, b).checksum == Plan.between(a, c).checksum) == (b == c)


@given(allowlists, allowlists, allowlists)
def test_a_plan_is_not_applied_to_another_list(made_for: Allowlist, other: Allowlist, desired: Allowlist) -> None:
    assume(made_for != other)
    with pytest.raises(ValueError, match="another list"):
        Plan.between(made_for, desired).applied_to(other)


def test_a_changed_label_is_a_removal_and_an_addition_but_no_loss() -> None:
    plan = Plan.between(of(1, label="old"), of(1, label="new"))
    assert (len(plan.adds), len(plan.removes), plan.lost) == (1, 1, ())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (0, 0, ""),
        (0, 500, ""),
        (5, 0, "empty"),
        (5, 1, ""),
        (9, 7, ""),
        (10, 9, ""),
        (10, 8, "removals"),
        (100, 90, ""),
        (100, 89, "removals"),
        (300, 280, ""),
        (300, 279, "removals"),
    ],
)
def test_the_guard_stops_at_ten_percent_or_twenty_removals(before: int, after: int, reason: str) -> None:
    assert stopped(of(*range(before)), of(*range(after))) == reason


def test_new_labels_for_everybody_are_no_removals() -> None:
    assert stopped(of(*range(300), label="a"), of(*range(300), label="b")) == ""


def test_a_protected_entry_is_not_removed_without_a_person() -> None:
    limits = GuardLimits(protected=frozenset({mac(3)}))
    assert stopped(of(*range(100)), of(*(set(range(100)) - {3})), limits) == "protected"
    assert stopped(of(*range(100)), of(*(set(range(100)) - {4})), limits) == ""


def test_a_confirmed_plan_passes_and_only_that_one() -> None:
    observed, desired = of(*range(100)), of(1)
    confirmed = Plan.between(observed, desired).checksum
    assert stopped(observed, desired, confirmed=confirmed) == ""
    assert stopped(of(*range(99)), desired, confirmed=confirmed) == "removals"
    assert stopped(observed, of(2), confirmed=confirmed) == "removals"


def test_a_stopped_plan_says_how_to_confirm_it() -> None:
    observed = of(*range(100))
    plan = Plan.between(observed, of(1))
    with pytest.raises(UnsafePlan) as refusal:
        doubt(plan, observed, of(1), LIMITS)
    assert (refusal.value.removes, refusal.value.limit, refusal.value.checksum) == (99, 20, plan.checksum)
    assert plan.checksum in refusal.value.hint
