"""What IT decides about an address that nobody registered: it is kept to, it can be taken back, and it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.enforcement.plan import Drift
from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, NotAllowed, Refused
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.policy.desired import Admission, desired
from netreg.procedures import asking, tickets
from netreg.procedures.asking import Wanted
from netreg.reactions import KICK, PUSH
from netreg.registry import allowlists, queries, verdicts
from netreg.registry.commands import alerts, devices, points, retention, strays
from netreg.registry.commands import verdicts as decide
from netreg.registry.deciding import approve
from netreg.registry.detecting import take_in
from netreg.registry.hashing import AddressHash
from netreg.registry.models import Alert, Stray, Verdict
from netreg.registry.strays import ours
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, INES, ask, mac, phone, phones

ROGUE = MacAddress.parse(mac(77))


def seen(store: Store, *macs: MacAddress) -> list[int]:
    """A sweep hears these; the alerts it opens."""
    with store.transaction("agent:scan") as tx:
        heard = [Heard(one, "10.0.0.9") for one in macs or (ROGUE,)]
        return [alert.id for alert in take_in(tx, "sweep", "palacio", heard, now())]


def ignore(store: Store, days: int = 30, which: MacAddress = ROGUE) -> int:
    with store.transaction(INES.email) as tx:
        return decide.ignore(tx, str(which), now() + timedelta(days=days), "Es de una visita").id


def block(store: Store, which: MacAddress = ROGUE) -> int:
    with store.transaction(INES.email) as tx:
        return decide.block(tx, str(which), "Nadie la conoce").id


def lift(store: Store, number: int) -> None:
    with store.transaction(INES.email) as tx:
        decide.lift(tx, verdicts.numbered(tx.session, number), "Ya se sabe de quién es")


def the_alert(store: Store) -> tuple[str, str]:
    with store.reading() as session:
        alert = session.query(Alert).order_by(Alert.id.desc()).first()
        assert alert is not None
        return alert.state, alert.decision


def owed(store: Store) -> set[tuple[str, str]]:
    with store.reading() as session:
        return {(row.kind, row.target) for row in session.query(Delivery).filter_by(state="waiting")}


def a_point(store: Store, name: str = "palacio") -> None:
    with store.transaction(ACTOR) as tx:
        points.add_point(tx, name, "linux-nftables", "192.0.2.1", 22, "root", "/key", {})


# --- ignore ---------------------------------------------------------------------------------------------------------


def test_an_ignored_address_closes_its_alert_and_opens_none_until_the_day_is_over(store: Store) -> None:
    assert len(seen(store)) == 1
    ignore(store, days=30)
    assert the_alert(store) == ("closed", "ignored")
    assert seen(store) == []
    with time_machine.travel(now() + timedelta(days=31)):
        assert len(seen(store)) == 1


@pytest.mark.parametrize("days", [0, -1, 366])
def test_it_is_ignored_until_a_day_that_comes_and_at_most_a_year(store: Store, days: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        ignore(store, days=days)
    assert refused.value.code == "E_UNTIL"


def test_to_ignore_it_again_moves_the_day_and_leaves_one_decision(store: Store) -> None:
    ignore(store, days=3)
    ignore(store, days=90)
    with store.reading() as session:
        (one,) = verdicts.standing(session, now())
        assert one.until is not None and one.until > now() + timedelta(days=80)


def test_what_ran_out_does_not_stand_in_the_way_of_a_new_decision(store: Store) -> None:
    ignore(store, days=3)
    with time_machine.travel(now() + timedelta(days=5)):
        block(store)
        with store.reading() as session:
            ((old, by), (new, _)) = [(row.lifted, row.lifted_by) for row in session.query(Verdict).order_by(Verdict.id)]
        assert old is not None and old < now() - timedelta(days=1) and by == "" and new is None


def test_lifted_it_is_an_alert_again(store: Store) -> None:
    lift(store, ignore(store))
    assert len(seen(store)) == 1


def test_what_is_decided_about_one_address_says_nothing_about_another(store: Store) -> None:
    ignore(store)
    assert len(seen(store, ROGUE, MacAddress.parse(mac(78)))) == 1


def test_a_registration_ends_that_it_is_ignored(store: Store) -> None:
    a_point(store)
    ignore(store)
    with store.transaction(ACTOR) as tx:
        devices.register_infrastructure(tx, queries.area(tx.session, "OBRAS"), str(ROGUE), "Reloj", "Pasillo")
        point = queries.point(tx.session, "palacio")
        points.record_push(tx, point, allowlists.desired(tx.session), added=1, removed=0)
    with store.reading() as session:
        assert verdicts.of_mac(session, str(ROGUE), now()) is None


# --- block ----------------------------------------------------------------------------------------------------------


def test_the_alert_of_a_blocked_address_is_in_hand_and_every_point_is_looked_at_and_throws_it_off(store: Store) -> None:
    a_point(store)
    seen(store)
    block(store)
    assert the_alert(store) == ("acknowledged", "blocked") and seen(store) == [], "it is told by its alert, and once"
    assert owed(store) >= {(PUSH, "palacio"), (KICK, "palacio")}


def test_no_list_ever_has_a_blocked_address() -> None:
    there = Admission(ROGUE, 7, "active")
    assert ROGUE in desired([there]) and ROGUE not in desired([there], blocked={ROGUE})


def test_a_request_that_names_it_is_refused_and_says_who_can_lift_the_block(store: Store) -> None:
    block(store)
    for wanted in (
        Wanted("phone", "Luis Peña", mac=str(ROGUE)),
        Wanted("computer", "Luis Peña", mac=str(ROGUE), computer_name="OBRAS-PC07"),
    ):
        with pytest.raises(InvalidValue) as refused, store.transaction(ANA.email) as tx:
            asking.draft(tx, queries.area(tx.session, "OBRAS"), None, asking.Form("Obra", wanted=[wanted]))
        assert refused.value.code == "E_BLOCKED" and refused.value.field == "mac"
        assert "Informática" in refused.value.text("es") and "IT" in refused.value.text("en")


def test_an_older_request_is_neither_received_nor_approved(store: Store) -> None:
    with store.transaction(ANA.email) as tx:
        area, ana = queries.area(tx.session, "OBRAS"), queries.person(tx.session, ANA.email)
        wanted = [Wanted("phone", "Luis Peña", mac=str(ROGUE))]
        reference = asking.submit(tx, area, ana, "Obra", wanted).reference
    (turned_over,) = ask(store, phone(5))
    block(store)
    block(store, MacAddress.parse(mac(5)))
    with pytest.raises(InvalidValue, match="bloqueada"), store.transaction(ACTOR) as tx:
        tickets.answer(tx, queries.ticket(tx.session, reference), None, values={"paper": True})
    with pytest.raises(InvalidValue, match="bloqueada"):
        approve(store, INES.email, turned_over)


def test_nothing_else_registers_it_either(store: Store) -> None:
    block(store)
    with pytest.raises(InvalidValue, match="bloqueada"), store.transaction(INES.email) as tx:
        devices.register_infrastructure(tx, queries.area(tx.session, "OBRAS"), str(ROGUE), "Impresora", "Pasillo")


def test_a_registered_device_is_suspended_and_not_blocked_or_ignored(store: Store) -> None:
    phones(store, 1)
    for command in (block, ignore):
        with pytest.raises(DuplicateMac) as refused:
            command(store, which=MacAddress.parse(mac(1)))
        assert "Suspéndalo" in refused.value.text("es")


@pytest.mark.parametrize("odd", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:5e:00:01:01", "a4:83", ""])
def test_what_is_no_devices_address_is_not_decided_about(store: Store, odd: str) -> None:
    with pytest.raises(InvalidValue), store.transaction(INES.email) as tx:
        decide.block(tx, odd, "x")


def test_a_random_address_may_be_blocked(store: Store) -> None:
    block(store, MacAddress.parse("02:11:22:33:44:55"))


def test_a_protected_address_is_never_blocked(store: Store) -> None:
    store.office = Office(protected=frozenset({ROGUE}))
    with pytest.raises(NotAllowed):
        block(store)


def test_a_hand_made_entry_of_it_is_taken_out_also_one_that_comes_later(store: Store) -> None:
    a_point(store)
    made = Allowlist.of([Entry(ROGUE)])
    with store.transaction("agent:push") as tx:
        strays.note_drift(tx, queries.point(tx.session, "palacio"), made, Drift(made))
    block(store)
    with store.reading() as session:
        assert [(row.state, row.reason) for row in session.query(Stray)] == [("removing", "Nadie la conoce")]
        assert [alert.state for alert in queries.alerts(session)] == [], "what waited for a decision has it"
    with store.reading() as session:
        assert ROGUE in ours(session, queries.point(session, "palacio"))


def test_blocked_twice_is_one_decision_and_it_is_not_ignored_before_it_is_lifted(store: Store) -> None:
    number = block(store)
    assert block(store) == number
    with pytest.raises(ConcurrentChange):
        ignore(store)
    lift(store, number)
    ignore(store)


def test_an_ignored_address_may_be_blocked_at_once(store: Store) -> None:
    ignore(store)
    block(store)
    with store.reading() as session:
        assert [one.kind for one in verdicts.standing(session, now())] == ["blocked"]


def test_what_was_lifted_is_not_lifted_again(store: Store) -> None:
    number = block(store)
    lift(store, number)
    with pytest.raises(ConcurrentChange):
        lift(store, number)
    assert len(ask(store, Wanted("phone", "Luis Peña", mac=str(ROGUE)))) == 1


def test_every_decision_is_a_sentence_with_its_reason(store: Store) -> None:
    seen(store)
    ignore(store)
    lift(store, block(store))
    with store.reading() as session:
        rows = session.query(AuditEvent).filter(AuditEvent.subject.like("verdict %")).order_by(AuditEvent.seq)
        said = [(row.sentence("es"), row.facts["reason"]) for row in rows]
    day = (now() + timedelta(days=30)).astimezone(Office().zone).date()
    assert said == [
        (f"{INES.email} decidió no avisar de {ROGUE} hasta {day}", "Es de una visita"),
        (f"{INES.email} bloqueó {ROGUE}", "Nadie la conoce"),
        (f"{INES.email} levantó lo decidido sobre {ROGUE}", "Ya se sabe de quién es"),
    ]


def test_nothing_is_decided_without_a_reason(store: Store) -> None:
    for command in (
        lambda tx: decide.block(tx, str(ROGUE), " "),
        lambda tx: decide.ignore(tx, str(ROGUE), now() + timedelta(days=1), ""),
    ):
        with pytest.raises(Refused), store.transaction(INES.email) as tx:
            command(tx)


# --- retention ------------------------------------------------------------------------------------------------------


def test_what_is_over_is_forgotten_after_its_term_and_a_block_never(store: Store) -> None:
    other = MacAddress.parse(mac(78))
    ignore(store, days=10)
    lift(store, block(store, other))
    kept = block(store, MacAddress.parse(mac(79)))
    for days, left in ((85, 3), (95, 2), (105, 1)):
        with store.transaction(ACTOR) as tx:
            retention.forget(tx, now() + timedelta(days=days), AddressHash(b"x" * 32))
        with store.reading() as session:
            assert session.query(Verdict).count() == left
    with store.reading() as session:
        assert session.query(Verdict).one().id == kept


# --- the alert itself -----------------------------------------------------------------------------------------------


def the(tx_session: object, number: int) -> Alert:
    return queries.alert(tx_session, number)  # type: ignore[arg-type]


def test_an_alert_is_given_to_somebody_who_deals_with_alerts_and_taken_from_them(store: Store) -> None:
    (number,) = seen(store)
    with store.transaction(INES.email) as tx:
        alerts.assign(tx, the(tx.session, number), queries.known_person(tx.session, INES.email))
    with pytest.raises(InvalidValue), store.transaction(INES.email) as tx:
        alerts.assign(tx, the(tx.session, number), queries.known_person(tx.session, ANA.email))
    with store.reading() as session:
        assert the(session, number).assigned_to == INES.email
    with store.transaction(INES.email) as tx:
        alerts.assign(tx, the(tx.session, number), None)
    with store.reading() as session:
        assert the(session, number).assigned_to == ""


def test_a_note_stands_in_the_story_also_of_a_closed_alert(store: Store) -> None:
    (number,) = seen(store)
    with store.transaction(INES.email) as tx:
        alerts.close(tx, the(tx.session, number), "Era la cámara", "harmless")
        alerts.note(tx, the(tx.session, number), "La cámara es del proveedor")
    with store.reading() as session:
        told = [row.facts["reason"] for row in queries.story(session, [f"alert {number}"])]
    assert told == ["", "Era la cámara", "La cámara es del proveedor"]


def test_a_closed_alert_is_opened_again_unless_a_later_one_tells_the_same(store: Store) -> None:
    (number,) = seen(store)
    for reopened in (True, False):
        with store.transaction(INES.email) as tx:
            alerts.close(tx, the(tx.session, number), "Era la cámara", "harmless")
        if reopened:
            with store.transaction(INES.email) as tx:
                alerts.reopen(tx, the(tx.session, number), "No era")
            assert the_alert(store) == ("open", "")
    seen(store)
    with pytest.raises(ConcurrentChange) as refused, store.transaction(INES.email) as tx:
        alerts.reopen(tx, the(tx.session, number), "No era")
    assert refused.value.code == "newer_alert"


def test_a_closed_alert_is_neither_assigned_nor_closed_again(store: Store) -> None:
    (number,) = seen(store)
    with store.transaction(INES.email) as tx:
        alerts.close(tx, the(tx.session, number), "Era la cámara")
    for command in (
        lambda tx: alerts.assign(tx, the(tx.session, number), None),
        lambda tx: alerts.close(tx, the(tx.session, number), "Otra vez"),
        lambda tx: alerts.acknowledge(tx, the(tx.session, number)),
        lambda tx: alerts.snooze(tx, the(tx.session, number), now() + timedelta(days=1), "x"),
    ):
        with pytest.raises(ConcurrentChange), store.transaction(INES.email) as tx:
            command(tx)


def test_only_a_decision_of_the_list_closes_an_alert(store: Store) -> None:
    (number,) = seen(store)
    with pytest.raises(InvalidValue), store.transaction(INES.email) as tx:
        alerts.close(tx, the(tx.session, number), "Era la cámara", "unimportant")
