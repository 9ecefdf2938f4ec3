"""A plan that the guard stopped is confirmed by somebody else than who ordered what it takes out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netreg.allowlist import Allowlist
from netreg.enforcement.plan import GuardLimits, Plan, doubt
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, UnsafePlan
from netreg.registry import allowlists, queries
from netreg.registry.commands import devices, passes, people, points
from netreg.store.transaction import Store
from tests.people import ACTOR, INES, NORA, SARA, Member, do, phones
from tests.portal.conftest import a_point

NAME = "cortafuegos"
STRICT = GuardLimits(removals=0)


@pytest.fixture
def store(store: Store) -> Store:
    """With one point that bears two phones, which Inés approved."""
    a_point(store)
    phones(store, 2)
    with store.transaction("agent:push") as tx:
        points.record_push(tx, queries.point(tx.session, NAME), allowlists.desired(tx.session), added=2, removed=0)
    return store


def order_out(store: Store, number: int, by: Member) -> None:
    do(store, devices.remove, number, "Se cambió", by=by)


def stop(store: Store) -> str:
    """A pass comes, and the guard stops it; the checksum of its plan."""
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, NAME)
        before, wanted = allowlists.baseline(point) or Allowlist(), allowlists.desired(tx.session, point)
        plan = Plan.between(before, wanted)
        with pytest.raises(UnsafePlan) as stopped:
            doubt(plan, before, wanted, STRICT)
        passes.note(tx, point, plan, error=stopped.value)
        points.record_failure(tx, point, stopped.value)
        return plan.checksum


def confirm(store: Store, by: Member, checksum: str, reason: str = "") -> None:
    with store.transaction(by.email) as tx:
        points.confirm_plan(tx, queries.point(tx.session, NAME), checksum, reason)


def refused(store: Store, by: Member, checksum: str) -> NotAllowed:
    with pytest.raises(NotAllowed) as refusal:
        confirm(store, by, checksum)
    with store.reading() as session:
        assert queries.point(session, NAME).confirmed_plan is None
    return refusal.value


def confirmed(store: Store) -> tuple[str | None, str]:
    """The plan that is confirmed, and what the audit log says last about the point."""
    with store.reading() as session:
        return queries.point(session, NAME).confirmed_plan, queries.story(session, [f"point {NAME}"])[-1].name


def leave(store: Store, *members: Member) -> None:
    """They have no account any more."""
    for member in members:
        with store.transaction(ACTOR) as tx:
            people.set_active(tx, queries.known_person(tx.session, member.email), active=False)


def test_who_ordered_a_removal_is_refused_and_told_who_may(store: Store) -> None:
    order_out(store, 1, INES)
    refusal = refused(store, INES, stop(store))
    assert refusal.code == "second_person"
    assert NORA.name in refusal.text("es") and SARA.name in refusal.text("en") and INES.name not in refusal.text("es")


@pytest.mark.parametrize("other", [NORA, SARA])
def test_anybody_else_who_may_change_points_confirms_it(store: Store, other: Member) -> None:
    order_out(store, 1, INES)
    checksum = stop(store)
    confirm(store, other, checksum)
    assert confirmed(store) == (checksum, "point.plan_confirmed")


def test_a_plan_of_two_is_confirmed_by_a_third(store: Store) -> None:
    order_out(store, 1, INES)
    order_out(store, 2, SARA)
    checksum = stop(store)
    refused(store, INES, checksum)
    refused(store, SARA, checksum)
    confirm(store, NORA, checksum)


def test_an_approval_a_look_and_a_removal_that_is_not_in_the_plan_bar_nobody(store: Store) -> None:
    order_out(store, 2, NORA)
    with store.transaction("agent:push") as tx:
        points.record_push(tx, queries.point(tx.session, NAME), allowlists.desired(tx.session), added=0, removed=1)
    order_out(store, 1, SARA)
    with store.transaction(NORA.email) as tx:
        points.ask_push(tx, queries.point(tx.session, NAME))
    checksum = stop(store)
    for member in (INES, NORA):
        confirm(store, member, checksum)


def test_taking_a_removal_back_does_not_free_its_plan_for_whoever_ordered_it(store: Store) -> None:
    do(store, devices.suspend, 1, "Extraviado")
    checksum = stop(store)
    do(store, devices.restore, 1, "Apareció")
    refused(store, INES, checksum)
    confirm(store, NORA, checksum)


def test_the_only_one_who_may_confirms_alone_with_a_reason_and_is_audited_so(store: Store) -> None:
    order_out(store, 1, NORA)
    checksum = stop(store)
    leave(store, INES, SARA)
    with pytest.raises(InvalidValue) as refusal:
        confirm(store, NORA, checksum)
    assert refusal.value.field == "reason" and confirmed(store)[0] is None
    confirm(store, NORA, checksum, "Inés está de vacaciones")
    assert confirmed(store) == (checksum, "point.plan_confirmed_alone")
    with store.reading() as session:
        assert queries.story(session, [f"point {NAME}"])[-1].facts["reason"] == "Inés está de vacaciones"
        assert queries.is_owed(session, NAME)


def test_where_all_who_may_had_a_part_in_it_each_of_them_may_with_a_reason(store: Store) -> None:
    order_out(store, 1, NORA)
    order_out(store, 2, SARA)
    checksum = stop(store)
    leave(store, INES)
    confirm(store, SARA, checksum, "Las dos dimos bajas")
    assert confirmed(store) == (checksum, "point.plan_confirmed_alone")


def test_a_plan_that_narrowing_the_point_made_is_not_confirmed_by_whoever_narrowed_it(store: Store) -> None:
    with store.transaction(INES.email) as tx:
        points.set_scope(tx, queries.point(tx.session, NAME), "wired", [])
    checksum = stop(store)
    refused(store, INES, checksum)
    confirm(store, NORA, checksum)


@pytest.mark.parametrize("checksum", ["a" * 64, "0" * 64])
def test_only_the_plan_that_was_stopped_is_confirmed_and_none_ahead_of_time(store: Store, checksum: str) -> None:
    with pytest.raises(ConcurrentChange):
        confirm(store, NORA, checksum)
    order_out(store, 1, INES)
    stop(store)
    with pytest.raises(ConcurrentChange):
        confirm(store, NORA, checksum)


def test_a_stopped_plan_that_changed_is_another_though_its_words_are_the_same(store: Store) -> None:
    order_out(store, 1, INES)
    first = stop(store)
    phones(store, 1, first=3)
    second = stop(store)
    assert first != second
    with pytest.raises(ConcurrentChange):
        confirm(store, NORA, first)
    confirm(store, NORA, second)


def test_an_office_that_wants_no_second_person_has_none(store: Store) -> None:
    store.office = replace(store.office, second_person=False)
    order_out(store, 1, INES)
    checksum = stop(store)
    confirm(store, INES, checksum)
    assert confirmed(store) == (checksum, "point.plan_confirmed")
