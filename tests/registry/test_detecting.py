"""What was heard becomes one alert per device, and alerts do what people told them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from netreg import events
from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.registry import allowlists, queries, scene
from netreg.registry.commands import alerts, devices, points, retention
from netreg.registry.commands.sightings import note_source
from netreg.registry.detecting import take_in
from netreg.registry.hashing import AddressHash, make_key
from netreg.registry.models import Alert, Sighting
from netreg.registry.watching import look_for_blind_sources, look_for_late_points
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, INES, Member, ask, do, mac, phone, phones

ROGUE = MacAddress.parse(mac(0x99))
PRIVATE = MacAddress.parse("da:a1:19:00:00:01")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def heard(
    store: Store,
    *macs: MacAddress,
    at: datetime = NOW,
    source: str = "sweep",
    place: str = "palacio",
    silent: bool = False,
) -> int:
    """A source heard these; how many alerts that opened."""
    with store.transaction("agent:scan") as tx:
        answers = [Heard(one, "192.0.2.7") for one in macs]
        return len(take_in(tx, source, place, answers, at, may_be_silent=silent))


def all_alerts(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(alert.key, alert.state) for alert in session.query(Alert).order_by(Alert.id)]


def only(store: Store) -> int:
    with store.reading() as session:
        return session.query(Alert.id).scalar()  # type: ignore[no-any-return]


def opened_events(store: Store) -> int:
    with store.reading() as session:
        return sum(event.name == "alert.opened" for event in queries.audit(session, most=500))


# --- rogues ---


def test_a_rogue_is_one_alert_however_often_and_by_whomever_it_is_seen(store: Store) -> None:
    opened = [heard(store, ROGUE, at=NOW + timedelta(minutes=n)) for n in range(5)]
    opened.append(heard(store, ROGUE, source="refused"))
    assert opened == [1, 0, 0, 0, 0, 0]
    assert all_alerts(store) == [(f"rogue:{ROGUE}", "open")]
    assert opened_events(store) == 1
    with store.reading() as session:
        alert = queries.alerts(session)[0]
        assert (alert.mac, alert.first_seen, alert.last_seen) == (str(ROGUE), NOW, NOW + timedelta(minutes=4))
        assert "Apple" in alert.vendor and alert.place and alert.explanation and alert.explanation_en
        sighting = session.query(Sighting).filter_by(source="sweep").one()
        assert (sighting.count, sighting.first_seen) == (5, NOW)


def test_a_registered_phone_is_no_alert_and_a_suspended_one_is(store: Store) -> None:
    (device,) = phones(store, 1)
    phone = MacAddress.parse(mac(1))
    assert heard(store, phone) == 0
    do(store, devices.suspend, device, "Lo perdió")
    assert heard(store, phone) == 1


def test_a_protected_address_is_no_alert(sqlite_store: Store) -> None:
    with sqlite_store.transaction("agent:scan") as tx:
        assert take_in(tx, "sweep", "palacio", [Heard(ROGUE)], NOW, ignored=[ROGUE]) == []


def test_many_rogues_at_once_are_one_alert(sqlite_store: Store) -> None:
    assert heard(sqlite_store, *(MacAddress.parse(mac(n)) for n in range(60))) == 1
    assert all_alerts(sqlite_store) == [("storm", "open")]


# --- what people do about alerts ---


def handle(store: Store, command: object, *arguments: object) -> None:
    with store.transaction(INES.email) as tx:
        command(tx, queries.alert(tx.session, only(store)), *arguments)  # type: ignore[operator]


def test_an_acknowledged_alert_stays_quiet(store: Store) -> None:
    heard(store, ROGUE)
    handle(store, alerts.acknowledge)
    assert heard(store, ROGUE, at=NOW + timedelta(minutes=5)) == 0
    assert all_alerts(store) == [(f"rogue:{ROGUE}", "acknowledged")]


def test_a_snoozed_alert_sleeps_until_its_day_and_then_wakes(sqlite_store: Store) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        heard(sqlite_store, ROGUE)
        handle(sqlite_store, alerts.snooze, NOW + timedelta(days=2), "Es del proveedor")
        clock.shift(timedelta(days=1))
        heard(sqlite_store, ROGUE, at=now())
        assert all_alerts(sqlite_store) == [(f"rogue:{ROGUE}", "snoozed")]
        clock.shift(timedelta(days=1, seconds=1))
        heard(sqlite_store, ROGUE, at=now())
        assert all_alerts(sqlite_store) == [(f"rogue:{ROGUE}", "open")]
        assert opened_events(sqlite_store) == 2


def test_a_closed_alert_stays_closed_and_a_later_sighting_opens_a_new_one(store: Store) -> None:
    heard(store, ROGUE)
    handle(store, alerts.close, "Se retiró el equipo")
    assert heard(store, ROGUE, at=NOW + timedelta(minutes=1)) == 1
    assert all_alerts(store) == [(f"rogue:{ROGUE}", "closed"), (f"rogue:{ROGUE}", "open")]


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_an_alert_is_snoozed_until_a_day_within_a_year(sqlite_store: Store, days: int) -> None:
    heard(sqlite_store, ROGUE)
    with pytest.raises(InvalidValue) as refused:
        handle(sqlite_store, alerts.snooze, now() + timedelta(days=days), "nota")
    assert refused.value.field == "until"
    assert all_alerts(sqlite_store) == [(f"rogue:{ROGUE}", "open")]


@pytest.mark.parametrize("command", [alerts.close])
def test_closing_needs_a_note(sqlite_store: Store, command: object) -> None:
    heard(sqlite_store, ROGUE)
    with pytest.raises(InvalidValue):
        handle(sqlite_store, command, " ")


# --- sources and points ---


def blind_alerts(store: Store, at: datetime) -> list[str]:
    with store.transaction("schedule") as tx:
        return [alert.key for alert in look_for_blind_sources(tx, at, HALF_HOUR)]


def test_a_source_that_hears_nothing_becomes_blind_once(store: Store) -> None:
    heard(store, ROGUE)
    heard(store, at=NOW + timedelta(minutes=20))
    assert blind_alerts(store, NOW + timedelta(minutes=29)) == []
    assert blind_alerts(store, NOW + timedelta(minutes=31)) == ["blind:sweep:palacio"]
    assert blind_alerts(store, NOW + timedelta(minutes=32)) == []


def test_a_source_that_may_be_silent_is_not_blind(store: Store) -> None:
    heard(store, at=NOW, source="refused", silent=True)
    assert blind_alerts(store, NOW + timedelta(minutes=5)) == []


def test_a_source_that_fails_is_blind_in_the_end(store: Store) -> None:
    with store.transaction("agent:scan") as tx:
        note_source(tx.session, "sweep:mercado", NOW, error="no such interface")
    assert blind_alerts(store, NOW) == ["blind:sweep:mercado"]


def test_a_point_that_has_not_confirmed_a_removal_in_time_is_an_alert(sqlite_store: Store) -> None:
    with time_machine.travel(NOW, tick=False):
        (device,) = phones(sqlite_store, 1)
        listed = Allowlist.of([Entry(MacAddress.parse(mac(1)), f"nr-{device}")])
        with sqlite_store.transaction(ACTOR) as tx:
            point = points.add_point(tx, "palacio", "linux-nftables", "192.0.2.1", 22, "netreg", "key", {})
            points.record_push(tx, point, listed, added=1, removed=0)
        do(sqlite_store, devices.remove, device, "Se va")
    opened = []
    for minutes in (14, 16, 17):
        with sqlite_store.transaction("schedule") as tx:
            opened.append(len(look_for_late_points(tx, NOW + timedelta(minutes=minutes), timedelta(minutes=15))))
    assert opened == [0, 1, 0]
    assert all_alerts(sqlite_store) == [("unverified:palacio", "open")]


# --- whose address it may be, or was ---


def explained(store: Store) -> tuple[str, str]:
    with store.reading() as session:
        (alert,) = queries.alerts(session)
        return alert.explanation, alert.explanation_en


def let_in(store: Store, by: Member, first: int) -> list[int]:
    """Three phones of an area, let in an hour ago; their numbers."""
    with time_machine.travel(NOW - timedelta(hours=1)):
        numbers = phones(store, 3, by, first)
        with store.transaction(ACTOR) as tx:
            for number in numbers:
                queries.device(tx.session, number).authorisation.state = "active"
                tx.record(events.DeviceActivated(device=number))
    return numbers


def test_scenario_30_a_random_address_is_told_with_the_phones_of_that_place_not_seen_since(store: Store) -> None:
    here, seen, elsewhere = let_in(store, ANA, 1)
    for number, place in ((1, "palacio"), (2, "palacio"), (3, "mercado")):
        heard(store, MacAddress.parse(mac(number)), at=NOW - HALF_HOUR, place=place)
    assert heard(store, PRIVATE, MacAddress.parse(mac(2))) == 1
    spanish, english = explained(store)
    assert "Posible dirección privada" in spanish and "Possibly a private address" in english
    assert f"#{here} (OBRAS)" in spanish and f"#{here} (OBRAS)" in english
    assert f"#{seen} " not in spanish and f"#{elsewhere} " not in spanish
    with store.reading() as session:
        assert str(PRIVATE) not in {str(entry.mac) for entry in allowlists.desired(session)}, "a suggestion, no more"
    assert heard(store, PRIVATE, at=NOW + timedelta(minutes=10)) == 0
    assert f"#{here} (OBRAS)" in explained(store)[0], "seen again, it is still the same story"


def test_who_left_last_before_a_random_address_came_is_suggested_first_and_who_left_long_ago_never(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "CANDIDATES", 2)
    last, before, earlier = let_in(store, ANA, 1)
    _long_ago, *_ = let_in(store, BETO, 4)
    for number, ago in ((1, HALF_HOUR), (2, timedelta(days=1)), (3, timedelta(days=29)), (4, timedelta(days=31))):
        heard(store, MacAddress.parse(mac(number)), at=NOW - ago)
    with store.reading() as session:
        found = scene.candidates(session, PRIVATE, "palacio · puerto 4", NOW)
        assert [(one.device.id, one.left) for one in found] == [
            (last, NOW - HALF_HOUR),
            (before, NOW - timedelta(days=1)),
        ]
        monkeypatch.setattr(scene, "CANDIDATES", 10)
        found = scene.candidates(session, PRIVATE, "palacio", NOW)
        assert [one.device.id for one in found] == [last, before, earlier]
        assert scene.candidates(session, ROGUE, "palacio", NOW) == [], "its own address is nobody's private one"


def test_a_rejected_phone_that_keeps_trying_is_told_with_the_folio_of_its_last_request(store: Store) -> None:
    folios = []
    for _ in range(2):
        (number,) = ask(store, phone(5))
        do(store, devices.reject, number, None, "unfit_device")
        with store.reading() as session:
            folios.append(str(queries.device(session, number).ticket.folio))  # type: ignore[union-attr]
    assert heard(store, MacAddress.parse(mac(5))) == 1
    spanish, english = explained(store)
    assert f"rechazado #{number} (OBRAS), folio {folios[1]}, que sigue intentando" in spanish
    assert f"request {folios[1]}" in english and folios[0] not in spanish


def test_a_forgotten_address_still_names_its_folio_where_the_key_is(store: Store, tmp_path: Path) -> None:
    store.office = Office(retention_key=tmp_path / "retention.key")
    (number,) = ask(store, phone(5))
    do(store, devices.reject, number, None, "unfit_device")
    make_key(store.office.retention_key)
    with store.transaction(ACTOR) as tx:
        retention.forget(tx, now() + timedelta(days=800), AddressHash.read(store.office.retention_key))
    with store.reading() as session:
        device = queries.device(session, number)
        assert device.is_forgotten and not device.interfaces and device.ticket
        folio = str(device.ticket.folio)
    assert heard(store, MacAddress.parse(mac(5))) == 1 and folio in explained(store)[0]


def test_without_the_key_a_forgotten_address_is_a_stranger_and_detection_goes_on(store: Store, tmp_path: Path) -> None:
    store.office = Office(retention_key=tmp_path / "retention.key")
    (number,) = ask(store, phone(5))
    do(store, devices.reject, number, None, "unfit_device")
    make_key(store.office.retention_key)
    with store.transaction(ACTOR) as tx:
        retention.forget(tx, now() + timedelta(days=800), AddressHash.read(store.office.retention_key))
    store.office.retention_key.unlink()
    assert heard(store, MacAddress.parse(mac(5))) == 1 and "nadie ha registrado" in explained(store)[0]
