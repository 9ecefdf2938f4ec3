"""Revalidation: areas are asked, their head signs, the coordinator decides of the rest, and nothing goes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound
from netreg.office import Office
from netreg.procedures import revalidation, revalidation_mail
from netreg.procedures.models import Campaign, Revalidation
from netreg.procedures.notices import Notice
from netreg.procedures.revalidation import Said
from netreg.registry import queries
from netreg.registry.commands import areas
from netreg.registry.models import Person
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store, Transaction
from tests.people import ACTOR, ANA, BETO, CARLA, SOFIA, TOMAS, Member, ask, mac, phone, phones, state
from tests.procedures.test_uploads import pdf

START = datetime(2026, 11, 23, 15, tzinfo=UTC)  # a Monday, nine in the morning at the office
DUE = date(2027, 1, 7)


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path / "files", mail=True)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def command(store: Store, by: Member, run: Callable[[Transaction], object]) -> None:
    with store.transaction(by.email) as tx:
        run(tx)


def start(store: Store, *codes: str, until: date | None = DUE) -> list[int]:
    """Carla asks these areas, or all; the numbers of the lists."""
    with store.transaction(CARLA.email) as tx:
        asked = [queries.area(tx.session, code) for code in codes] or queries.areas(tx.session)
        made = revalidation.start(tx, asked, "Cambio de administración", until)
        rows = tx.session.scalars(select(Revalidation).where(Revalidation.campaign_id == made.id)).all()
        return sorted(row.id for row in rows)


def mark(store: Store, number: int, said: dict[int, Said], by: Member = ANA, *, answer: bool = True) -> None:
    with store.transaction(by.email) as tx:
        row, person = revalidation.one(tx.session, number), queries.known_person(tx.session, by.email)
        revalidation.mark(tx, row, person, said)
        if answer:
            revalidation.answer(tx, row, person)


def receive(store: Store, number: int, *, paper: bool = True, signed_by: str = "") -> None:
    command(
        store,
        SOFIA,
        lambda tx: revalidation.receive(tx, revalidation.one(tx.session, number), paper=paper, signed_by=signed_by),
    )


def hand_in(store: Store, number: int, by: Member = ANA, content: bytes | None = None) -> None:
    with store.transaction(by.email) as tx:
        row, person = revalidation.one(tx.session, number), queries.known_person(tx.session, by.email)
        revalidation.hand_in(tx, row, person, "oficio.pdf", pdf() if content is None else content)


def flagged(store: Store) -> list[int]:
    with store.reading() as session:
        return sorted(one.id for one in queries.devices(session) if one.under_revalidation)


def listed(store: Store, number: int) -> str:
    with store.reading() as session:
        return revalidation.one(session, number).state


def test_every_area_with_devices_gets_its_list_and_its_devices_say_so(store: Store) -> None:
    ours, theirs = phones(store, 2), phones(store, 1, by=BETO, first=9)
    (waiting,) = ask(store, phone(30))
    first, second = start(store)
    assert flagged(store) == sorted([*ours, *theirs]) and waiting not in flagged(store), "nothing was allowed yet"
    assert [state(store, one)[0] for one in ours] == ["pushing", "pushing"], "they go on working"
    with store.reading() as session:
        assert [row.area.code for row in revalidation.lists(session)] == ["OBRAS", "DIF"]
        obras = queries.area(session, "OBRAS").id
        assert revalidation.one(session, first, obras).id == first
        with pytest.raises(NotFound):
            revalidation.one(session, second, obras)
        (event,) = queries.audit(session, f"revalidation {first}")
        assert "se preguntó al área OBRAS por 2 equipo(s)" in event.sentence("es")


def test_an_area_that_is_being_asked_is_not_asked_twice(store: Store) -> None:
    phones(store, 1)
    start(store)
    with pytest.raises(InvalidValue) as refused:
        start(store, "OBRAS")
    assert refused.value.code == "nobody_to_ask"


def test_what_the_area_says_is_in_force_with_the_letter_of_its_head_and_not_before(store: Store) -> None:
    kept, gone, passed = phones(store, 3)
    (number,) = start(store)
    mark(store, number, {kept: Said("keep"), gone: Said("remove"), passed: Said("change", "Rita Sol")})
    assert listed(store, number) == "answered" and state(store, gone)[0] == "pushing"
    with pytest.raises(InvalidValue) as refused:
        receive(store, number, paper=False)
    assert refused.value.code == "letter_missing"
    hand_in(store, number)
    receive(store, number, paper=False)
    assert listed(store, number) == "applied" and flagged(store) == []
    assert [state(store, one)[0] for one in (kept, gone, passed)] == ["pushing", "removing", "pushing"]
    with store.reading() as session:
        assert queries.device(session, passed).holder == "Rita Sol"
        assert queries.device(session, gone).authorisation.reason_code == "asked"
        said = [event.name for event in queries.audit(session, f"device {kept}")]
        assert "device.revalidated" in said


def test_a_list_is_answered_whole_and_kept_in_part(store: Store) -> None:
    one, other = phones(store, 2)
    (number,) = start(store)
    mark(store, number, {one: Said("keep")}, answer=False)
    for said in ({}, {other: Said("change", " ")}):
        with pytest.raises(InvalidValue) as refused:
            mark(store, number, said)
        assert refused.value.code == "not_all_marked"
    mark(store, number, {other: Said("keep")})
    assert listed(store, number) == "answered"


def test_a_changed_answer_wants_another_letter(store: Store) -> None:
    (one,) = phones(store, 1)
    (number,) = start(store)
    mark(store, number, {one: Said("keep")})
    hand_in(store, number)
    mark(store, number, {one: Said("remove")}, answer=False)
    with store.reading() as session:
        row = revalidation.one(session, number)
        assert (row.state, row.letter) == ("asked", "")
    with pytest.raises(ConcurrentChange):
        receive(store, number)


@pytest.mark.parametrize("by", [BETO, SOFIA, CARLA])
def test_only_the_area_itself_says_what_becomes_of_its_devices(sqlite_store: Store, by: Member) -> None:
    (one,) = phones(sqlite_store, 1)
    (number,) = start(sqlite_store)
    with pytest.raises(NotAllowed):
        mark(sqlite_store, number, {one: Said("keep")}, by=by)
    mark(sqlite_store, number, {one: Said("keep")}, by=TOMAS)


def test_the_letter_is_signed_by_the_head_of_record_and_is_a_plain_pdf(store: Store) -> None:
    (one,) = phones(store, 1)
    (number,) = start(store)
    command(
        store,
        CARLA,
        lambda tx: areas.name_head(tx, queries.area(tx.session, "OBRAS"), "Tomás Gil", "Director", date(2020, 1, 1)),
    )
    with pytest.raises(ConcurrentChange):
        hand_in(store, number)
    mark(store, number, {one: Said("keep")})
    with pytest.raises(InvalidValue):
        hand_in(store, number, content=b"MZ")
    with pytest.raises(NotAllowed):
        hand_in(store, number, by=BETO)
    hand_in(store, number, by=SOFIA)
    with pytest.raises(InvalidValue) as refused:
        receive(store, number, signed_by="Ana López")
    assert refused.value.code == "wrong_signatory"
    receive(store, number, signed_by="tomas gil")
    assert listed(store, number) == "applied"


def test_what_nobody_answers_goes_only_by_decision_and_only_what_was_shown(
    store: Store, clock: time_machine.Traveller
) -> None:
    one, other = phones(store, 2)
    (number,) = start(store)

    def remove(*shown: int) -> None:
        command(
            store,
            CARLA,
            lambda tx: revalidation.remove_unanswered(tx, revalidation.one(tx.session, number), "Sin respuesta", shown),
        )

    with pytest.raises(NotAllowed) as refused:
        remove(one, other)
    assert refused.value.code == "too_early"
    clock.move_to(START + timedelta(days=200))
    with store.reading() as session:
        assert [row.id for row in revalidation.overdue(session, date(2027, 6, 1))] == [number]
    assert state(store, one)[0] == "pushing", "half a year later it still works"
    with pytest.raises(ConcurrentChange):
        remove(one)
    remove(one, other)
    assert [state(store, each)[0] for each in (one, other)] == ["removing", "removing"]
    assert listed(store, number) == "decided" and flagged(store) == []
    with store.reading() as session:
        assert queries.device(session, one).authorisation.reason_code == "not_revalidated"


def test_the_coordinator_gives_more_time_or_takes_the_list_back(store: Store) -> None:
    (one,) = phones(store, 1)
    (number,) = start(store)
    for until in (date(2020, 1, 1), date(2099, 1, 1)):
        with pytest.raises(InvalidValue), store.transaction(CARLA.email) as tx:
            revalidation.prolong(tx, revalidation.one(tx.session, number), until)
    command(store, CARLA, lambda tx: revalidation.withdraw(tx, revalidation.one(tx.session, number), "Por error"))
    assert flagged(store) == [] and state(store, one)[0] == "pushing" and listed(store, number) == "decided"


def test_a_list_follows_its_area_into_another_and_a_device_that_left_is_not_judged(store: Store) -> None:
    ours, stays = phones(store, 2)
    (number,) = start(store)

    def reorganise(tx: Transaction) -> None:
        obras = queries.area(tx.session, "OBRAS")
        areas.split(tx, obras, "TOPO", "Topografía", [queries.device(tx.session, ours)])
        areas.merge(tx, [obras], queries.area(tx.session, "DIF"))

    command(store, CARLA, reorganise)
    mark(store, number, {ours: Said("remove"), stays: Said("keep")}, by=BETO)
    receive(store, number)
    assert state(store, ours)[0] == "pushing" and flagged(store) == [], "it belongs to another area now"


# --- every year ---


def test_once_a_year_from_the_first_working_day_of_its_month(store: Store, clock: time_machine.Traveller) -> None:
    phones(store, 1)
    store.office = replace(store.office, revalidation_month=5)

    def look(day: date) -> int:
        clock.move_to(datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
        command(store, Member(ACTOR, "", ()), lambda tx: revalidation.start_yearly(tx))
        with store.reading() as session:
            return len(session.scalars(select(Campaign)).all())

    # The first of May 2027 is a holiday and a Saturday: Monday the third is the first working day.
    assert [look(date(2027, *day)) for day in ((4, 30), (5, 1), (5, 2), (5, 3), (5, 4), (6, 1))] == [0, 0, 0, 1, 1, 1]
    with store.reading() as session:
        (row,) = revalidation.lists(session)
        assert row.campaign.note == "Revalidación anual 2027" and row.due >= date(2027, 5, 3) + timedelta(days=45)
    assert look(date(2028, 5, 20)) == 2, "a service that was down on the day begins later in the month"


def test_by_hand_only_where_no_month_is_set(store: Store) -> None:
    phones(store, 1)
    with store.transaction(ACTOR) as tx:
        assert revalidation.start_yearly(tx) is None
    assert flagged(store) == []


# --- mail ---


def told(store: Store, day: date) -> list[tuple[str, str]]:
    """The timetable looks on that day; everything owed so far, by stage and reader."""
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    with store.transaction(ACTOR) as tx:
        revalidation_mail.owe(tx, at)
    with store.reading() as session:
        rows = session.scalars(select(Delivery).where(Delivery.target.startswith("v")).order_by(Delivery.id)).all()
        return [(row.target.split(":")[1], _email(session, row)) for row in rows]


def _email(session: Session, row: Delivery) -> str:
    return session.get_one(Person, int(row.target.split(":")[3])).email


def says(store: Store, number: int, day: date) -> str:
    with store.reading() as session:
        rows = session.scalars(select(Delivery).where(Delivery.target.startswith("v")).order_by(Delivery.id)).all()
        assert revalidation_mail.names(rows[number].target)
        found = revalidation_mail.compose(session, rows[number].target, store.office, "es", day)
        return f"{found.words.subject}\n{found.words.body}" if isinstance(found, Notice) else found


def readers(stage: str) -> list[tuple[str, str]]:
    """The liaisons and the head of Obras."""
    return [(stage, "ana@municipio.gob.mx"), (stage, "sara@municipio.gob.mx"), (stage, TOMAS.email)]


def test_the_area_is_told_and_reminded_30_15_and_3_days_before_each_once(store: Store) -> None:
    phones(store, 1)
    start(store)
    expected: list[tuple[str, str]] = []
    for left, stage in ((45, "asked"), (31, ""), (30, "d30"), (16, ""), (15, "d15"), (3, "d3"), (0, ""), (-1, "late")):
        day = DUE - timedelta(days=left)
        expected += [("late", CARLA.email)] if stage == "late" else readers(stage) if stage else []
        assert told(store, day) == told(store, day) == expected, left
    assert "R1" in says(store, 0, DUE - timedelta(days=44)) and "07/01/2027" in says(store, 0, DUE - timedelta(days=44))
    assert "answered, or its days" in says(store, 0, DUE), "an old one is not sent late"
    assert "No se ha dado de baja nada" in says(store, len(expected) - 1, DUE + timedelta(days=2))


def test_after_an_outage_only_the_newest_reminder_is_owed_and_more_time_begins_anew(store: Store) -> None:
    (one,) = phones(store, 1)
    (number,) = start(store)
    assert told(store, DUE - timedelta(days=2)) == readers("d3")
    later = DUE + timedelta(days=20)
    command(store, CARLA, lambda tx: revalidation.prolong(tx, revalidation.one(tx.session, number), later))
    assert told(store, DUE) == readers("d3") + readers("d30")
    mark(store, number, {one: Said("keep")})
    receive(store, number)
    assert told(store, later) == readers("d3") + readers("d30") and "answered" in says(store, 3, DUE)


def test_the_desk_and_other_areas_are_not_told(store: Store) -> None:
    phones(store, 1, by=BETO, first=7)
    start(store, "DIF")
    assert told(store, START.date()) == [("asked", BETO.email)] and mac(7) not in says(store, 0, START.date())
