"""An area has at most three phones, whoever asks, how many at once, and by which door they come in."""

from __future__ import annotations

import sqlite3
from collections import Counter

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, NotAllowed, QuotaFull
from netreg.registry import allowlists, queries, slots
from netreg.registry.commands import devices, people
from netreg.registry.deciding import approve
from netreg.store.audit import AuditEvent, verify_store
from netreg.store.transaction import Store
from tests.people import (
    ACTOR,
    ALMA,
    ANA,
    BETO,
    CARLA,
    INES,
    LEON,
    NORA,
    PASSWORD,
    SARA,
    SOFIA,
    TOMAS,
    Member,
    ask,
    computer,
    do,
    mac,
    phone,
    phones,
    state,
)
from tests.processes import decide, together

FULL = 3


def let_in(store: Store, area: str = "OBRAS") -> list[str]:
    """The MACs of an area's phones that the points are told to let through."""
    with store.reading() as session:
        wanted = {str(entry.mac) for entry in allowlists.desired(session)}
        rows = session.execute(
            text(
                "SELECT i.mac FROM interface i JOIN device d ON d.id = i.device_id JOIN area a ON a.id = d.area_id "
                "WHERE lower(d.kind) = 'phone' AND a.code = :area"
            ),
            {"area": area},
        )
        return sorted(wanted & set(rows.scalars()))


def owners(store: Store, area: str = "OBRAS") -> list[tuple[int | None, str]]:
    with store.reading() as session:
        unit = queries.area(session, area).quota_unit_id
        return [(d.authorisation.slot, d.authorisation.state) for d in slots.slot_owners(session, unit)]


def events_of(store: Store, device: int) -> list[str]:
    with store.reading() as session:
        return [event.name for event in queries.story(session, [f"device {device}"])]


# --- many at once ---


def test_of_fifty_approvals_at_the_same_instant_three_are_stored_and_the_others_read_full(
    database: str, store: Store
) -> None:
    asked = [device for n in range(5) for device in ask(store, *(phone(n * 10 + i) for i in range(10)))]
    answers = together(decide, [(database, device) for device in asked])
    assert Counter(answers) == {"pushing": 3, "quota_full": 47}
    assert owners(store) == [(1, "pushing"), (2, "pushing"), (3, "pushing")]
    assert len(let_in(store)) == 3
    with store.reading() as session:
        names = Counter(event.name for event in queries.audit(session, most=1000))
        assert verify_store(session).broken_at is None
    assert (names["device.approved"], names["request.quota_conflict"]) == (3, 47)


def test_of_two_officers_at_the_last_slot_one_is_told_which_folio_took_it(database: str, store: Store) -> None:
    phones(store, 2)
    rivals = [*ask(store, phone(11)), *ask(store, phone(12))]
    assert Counter(together(decide, [(database, device) for device in rivals])) == {"pushing": 1, "quota_full": 1}
    loser = next(device for device in rivals if state(store, device)[0] == "requested")
    with pytest.raises(QuotaFull, match=r"ADJ-P03-\d{4}-0000[23]"):
        approve(store, INES.email, loser)


# --- one after the other ---


def test_phones_take_the_slots_in_order_and_a_fourth_is_refused_with_a_trace(store: Store) -> None:
    phones(store, FULL)
    (fourth,) = ask(store, phone(4))
    with pytest.raises(QuotaFull) as refused:
        approve(store, INES.email, fourth)
    assert refused.value.code == "quota_full" and refused.value.hint and refused.value.hint_en
    assert state(store, fourth) == ("requested", None)
    assert events_of(store, fourth) == ["request.quota_conflict"]
    assert owners(store) == [(1, "pushing"), (2, "pushing"), (3, "pushing")]


def test_approving_again_gives_the_same_answer_one_slot_and_one_line_in_the_audit_log(store: Store) -> None:
    (device,) = ask(store, phone(1))
    assert [approve(store, INES.email, device) for _ in range(3)] == ["pushing"] * 3
    assert owners(store) == [(1, "pushing")]
    assert events_of(store, device) == ["device.approved"]


def test_a_sub_area_counts_on_its_parent(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        place = people.add_area(tx, "BACHEO", "Bacheo", parent=queries.area(tx.session, "OBRAS"))
        below = Member("bea@municipio.gob.mx", "Bea Cruz", ("liaison",), "BACHEO")
        people.add_person(tx, below.email, below.name, below.roles, PASSWORD, place)
    phones(store, 2)
    phones(store, 1, by=below, first=20)
    (fourth,) = ask(store, phone(30), by=below)
    with pytest.raises(QuotaFull):
        approve(store, INES.email, fourth)
    assert len(let_in(store)) + len(let_in(store, "BACHEO")) == 3


def test_another_area_has_three_phones_of_its_own(store: Store) -> None:
    phones(store, FULL)
    phones(store, FULL, by=BETO, first=20)
    assert len(let_in(store)) == len(let_in(store, "DIF")) == 3


def test_a_computer_takes_no_slot_of_a_full_area(store: Store) -> None:
    phones(store, FULL)
    (laptop,) = ask(store, computer("OBRAS-LAP1"))
    assert approve(store, INES.email, laptop) == "awaiting_binding"
    assert state(store, laptop) == ("awaiting_binding", None)


def test_an_address_that_is_live_in_another_area_is_not_approved(store: Store) -> None:
    phones(store, 1, by=BETO, first=7)
    (again,) = ask(store, phone(7))
    with pytest.raises(DuplicateMac):
        approve(store, INES.email, again)
    assert state(store, again) == ("requested", None)


def test_a_suspended_phone_is_out_of_the_allowlist_and_keeps_its_slot(store: Store) -> None:
    lost, *_ = phones(store, FULL)
    do(store, devices.suspend, lost, "Lo perdió en la calle")
    assert len(let_in(store)) == 2
    (fourth,) = ask(store, phone(4))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, fourth)
    do(store, devices.restore, lost, "Apareció")
    assert state(store, lost) == ("pushing", 1)


def test_nobody_decides_what_they_asked_for(store: Store) -> None:
    (own,) = ask(store, phone(1), by=SARA)
    with pytest.raises(NotAllowed):
        approve(store, SARA.email, own)
    with store.transaction(SARA.email) as tx, pytest.raises(NotAllowed):
        sara = queries.person(tx.session, SARA.email)
        devices.reject(tx, queries.device(tx.session, own), sara, "unfit_device")
    assert state(store, own) == ("requested", None)
    assert approve(store, INES.email, own) == "pushing"


@pytest.mark.parametrize("member", [ANA, TOMAS, SOFIA, CARLA, LEON, NORA, ALMA], ids=lambda one: one.name)
def test_only_it_decides_by_whatever_path(store: Store, member: Member) -> None:
    (device,) = ask(store, phone(1))
    with pytest.raises(NotAllowed) as refused:
        approve(store, member.email, device)
    assert refused.value.code == "not_your_step" and state(store, device) == ("requested", None)


def test_a_substitute_of_it_decides_on_their_days(store: Store) -> None:
    (device,) = ask(store, phone(1))
    with store.transaction(NORA.email) as tx:
        coordinator, absent = (queries.known_person(tx.session, one.email) for one in (CARLA, INES))
        people.substitute(tx, coordinator, "it", absent, tx.today, tx.today)
    assert approve(store, CARLA.email, device) == "pushing"


def test_a_rejected_phone_stays_out_and_is_not_approved_later(store: Store) -> None:
    (device,) = ask(store, phone(1))
    do(store, devices.reject, device, None, "not_official_use")
    with pytest.raises(ConcurrentChange):
        approve(store, INES.email, device)
    assert let_in(store) == []


def test_a_rejection_needs_a_reason_of_the_list_and_other_needs_words(store: Store) -> None:
    (device,) = ask(store, phone(1))
    for code, field in (("because", "code"), ("other", "reason")):
        with pytest.raises(InvalidValue) as refused:
            do(store, devices.reject, device, None, code)
        assert refused.value.field == field
    assert state(store, device) == ("requested", None)


def test_an_ordinary_word_is_not_a_phone_and_a_phone_is_not_bound(store: Store) -> None:
    (device,) = phones(store, 1)
    with pytest.raises(InvalidValue):
        do(store, devices.bind, device, mac(2), "wifi", "mostrador")
    assert let_in(store) == [mac(1)]


# --- by the back door ---

# Phones 1 to 3 of OBRAS are let in, 4 is asked for, its address live; DIF has phone 20; a laptop of OBRAS is bound.
ATTACKS = {
    "a fourth slot": "UPDATE authorisation SET state='active', slot=4 WHERE device_id={asked}",
    "slot zero": "UPDATE authorisation SET state='active', slot=0 WHERE device_id={asked}",
    "a negative slot": "UPDATE authorisation SET state='active', slot=-1 WHERE device_id={asked}",
    "slot one and a half": "UPDATE authorisation SET state='active', slot=1.5 WHERE device_id={asked}",
    "a slot in words": "UPDATE authorisation SET state='active', slot='one' WHERE device_id={asked}",
    "an endless slot": "UPDATE authorisation SET state='active', slot=9e999 WHERE device_id={asked}",
    "no slot": "UPDATE authorisation SET state='active', slot=NULL WHERE device_id={asked}",
    "somebody's slot": "UPDATE authorisation SET state='active', slot=1 WHERE device_id={asked}",
    "a phone spelled otherwise": "UPDATE authorisation SET kind='Phone', state='active' WHERE device_id={asked}",
    "no kind": "UPDATE authorisation SET kind=NULL, state='active' WHERE device_id={asked}",
    "no state": "UPDATE authorisation SET state=NULL WHERE device_id={phone}",
    "a phone called a computer": "UPDATE authorisation SET kind='computer', state='active', slot=NULL "
    "WHERE device_id={asked}",
    "a device turned into a computer": "UPDATE device SET kind='computer' WHERE id={asked}",
    "another area": "UPDATE authorisation SET area_id={dif}, state='active', slot=2 WHERE device_id={asked}",
    "an unknown area": "UPDATE authorisation SET area_id=999, state='active', slot=2 WHERE device_id={asked}",
    "another quota unit": "UPDATE authorisation SET quota_unit_id={dif_unit}, state='active', slot=2 "
    "WHERE device_id={asked}",
    "the area's quota unit": "UPDATE area SET quota_unit_id={dif_unit} WHERE code='OBRAS'",
    "a quota unit that goes": "DELETE FROM quota_unit WHERE id={unit}",
    "a computer with a slot": "UPDATE authorisation SET slot=1 WHERE device_id={laptop}",
    "a second address for a phone": "INSERT INTO interface (device_id, device_kind, mac, medium, live, evidence) "
    "VALUES ({phone}, 'phone', 'a4:83:e7:00:00:63', 'wifi', {true}, '')",
    "a second address, as of a computer": "INSERT INTO interface (device_id, device_kind, mac, medium, live, evidence) "
    "VALUES ({phone}, 'computer', 'a4:83:e7:00:00:63', 'wifi', {true}, '')",
    "a second authorisation": "INSERT INTO authorisation (device_id, kind, area_id, quota_unit_id, state, slot, "
    "reason_code, reason, decided_by, version) "
    "VALUES ({asked}, 'phone', {obras}, {unit}, 'active', 3, '', '', '', 1)",
    "an address that is live": "UPDATE interface SET mac='a4:83:e7:00:00:14', live={true} WHERE device_id={asked}",
    "an address in capitals": "UPDATE interface SET mac=upper(mac), live={true} WHERE device_id={asked}",
}  # fmt: skip
# SQLite alone. What they put in somebody's place is a third phone, not a fourth.
REPLACEMENTS = {
    "somebody's slot": "UPDATE OR REPLACE authorisation SET state='active', slot=1 WHERE device_id={asked}",
    "no slot": "UPDATE OR REPLACE authorisation SET state='active', slot=NULL WHERE device_id={asked}",
    "a new authorisation with a slot": "INSERT OR REPLACE INTO authorisation (device_id, kind, area_id, quota_unit_id, "
    "state, slot, reason_code, reason, decided_by, version) "
    "VALUES ({asked}, 'phone', {obras}, {unit}, 'active', 2, '', '', '', 1)",
    "an address that is live": "UPDATE OR REPLACE interface SET mac='a4:83:e7:00:00:14' WHERE device_id={asked}",
}


def a_full_area(store: Store) -> dict[str, object]:
    """Furnish the scene of the attacks; the numbers that they name."""
    first, *_ = phones(store, FULL)
    phones(store, 1, by=BETO, first=20)
    asked, laptop = ask(store, phone(4), computer("OBRAS-LAP1"))
    approve(store, INES.email, laptop)
    do(store, devices.bind, laptop, mac(50), "ethernet", "etiqueta del equipo")
    with store.transaction(ACTOR) as tx:
        # The address of the phone that waits is live already, so that nothing but the slot stands in the way.
        tx.session.execute(text("UPDATE interface SET live = true WHERE device_id = :id"), {"id": asked})
        tx.record(devices.events.DeviceRestored(device=asked))
        obras, dif = queries.area(tx.session, "OBRAS"), queries.area(tx.session, "DIF")
        return {
            "phone": first, "asked": asked, "laptop": laptop, "obras": obras.id, "dif": dif.id,
            "unit": obras.quota_unit_id, "dif_unit": dif.quota_unit_id, "true": "true",
        }  # fmt: skip


def attack(store: Store, statement: str, *before: str) -> str:
    """Run one raw statement and commit; what the database answered."""
    with store.engine.connect() as connection:
        for preparation in before:
            connection.exec_driver_sql(preparation)
        try:
            connection.exec_driver_sql(statement)
            connection.commit()
            return "stored"
        except DBAPIError as error:
            return repr(error.orig)
        finally:
            connection.invalidate()  # what was switched off stays with this connection


def test_no_raw_statement_gives_an_area_a_fourth_phone(store: Store) -> None:
    numbers = a_full_area(store)
    for name, statement in ATTACKS.items():
        answer = attack(store, statement.format(**numbers))
        assert len(let_in(store)) <= 3, f"{name}: {answer}"
        assert answer != "stored", f"{name} was stored"


@pytest.mark.parametrize("statement", REPLACEMENTS.values(), ids=REPLACEMENTS)
def test_a_statement_that_replaces_rows_gives_no_fourth_phone_either(sqlite_store: Store, statement: str) -> None:
    numbers = a_full_area(sqlite_store)
    answer = attack(sqlite_store, statement.format(**numbers))
    assert len(let_in(sqlite_store)) <= 3, answer


def test_no_raw_statement_gives_a_fourth_phone_even_with_the_checks_switched_off(sqlite_store: Store) -> None:
    numbers = a_full_area(sqlite_store)
    for name, statement in {**ATTACKS, **REPLACEMENTS}.items():
        answer = attack(sqlite_store, statement.format(**numbers), "PRAGMA ignore_check_constraints = ON")
        assert len(let_in(sqlite_store)) <= 3, f"{name}: {answer}"


def test_a_phone_inserted_whole_in_another_spelling_is_let_in_nowhere(sqlite_store: Store) -> None:
    numbers = a_full_area(sqlite_store)
    statements = (
        "INSERT INTO device (id, kind, area_id, ownership, holder, model) VALUES (900, 'PHONE', {obras}, 'x', 'x', '')",
        "INSERT INTO interface (device_id, device_kind, mac, medium, live, evidence) "
        "VALUES (900, 'PHONE', 'a4:83:e7:00:00:64', 'wifi', 1, '')",
        "INSERT INTO authorisation (device_id, kind, area_id, quota_unit_id, state, reason_code, reason, decided_by, "
        "version) VALUES (900, 'PHONE', {obras}, {unit}, 'active', '', '', '', 1)",
    )
    for statement in statements:
        attack(sqlite_store, statement.format(**numbers), "PRAGMA ignore_check_constraints = ON")
    assert let_in(sqlite_store) == [mac(1), mac(2), mac(3)]


def test_sqlite_is_new_enough_for_the_rule() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35), "ON CONFLICT with RETURNING needs SQLite 3.35"


def test_every_refused_approval_is_in_the_audit_log_with_who_tried(store: Store) -> None:
    phones(store, FULL)
    (fourth,) = ask(store, phone(4))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, fourth)
    with store.reading() as session:
        row = session.query(AuditEvent).filter_by(name="request.quota_conflict").one()
        assert row.actor == INES.email and "OBRAS" in row.sentence() and "OBRAS" in row.sentence("en")
