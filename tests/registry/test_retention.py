"""How long an address is kept, what is left of it afterwards, and what a sighting becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from netreg.detection.sighting import Heard
from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.privacy import Retention
from netreg.procedures import letters
from netreg.procedures.archive import kept
from netreg.registry import allowlists, detecting, hashing, queries, retaining
from netreg.registry.commands import alerts, devices, retention, sightings
from netreg.registry.commands.retention import ERASED, Forgotten
from netreg.registry.models import Alert, FormerAddress, Interface, IpStay, Sighting, Source, Stay, Trait
from netreg.registry.watching import end_sources
from netreg.store.audit import verify_store
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, CARLA, INES, LEON, ask, computer, do, mac, phone, phones
from tests.procedures.test_answer import TEXT
from tests.procedures.test_swaps import a_point, read_back
from tests.procedures.test_tickets import act, look

START = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    """An office with its key."""
    key = tmp_path / "retention.key"
    hashing.make_key(key)
    store.office = Office(files=tmp_path / "files", retention_key=key)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def run(store: Store) -> Forgotten:
    return retaining.run(store, ACTOR, now())


def removed(store: Store, device: int) -> None:
    """Ordered out, and read back as gone."""
    do(store, devices.remove, device, "Se fue de la oficina", by=CARLA)
    read_back(store, "palacio")


def bearers(store: Store, number: int) -> list[int]:
    with store.reading() as session:
        found = queries.bearers(session, MacAddress(mac(number)), store.office.retention_key)
        return [device.id for device in found]


def count(store: Store, model: type[Any]) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def texts_of(store: Store) -> str:
    """Every text in every table but the audit log, which stays as long as the letters."""
    with store.engine.connect() as connection:
        names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = (connection.execute(text(f"SELECT * FROM {name}")) for name in names if name != "audit_event")
        return " ".join(str(cell) for found in rows for row in found for cell in row)


# --- devices ---


def test_scenario_40_of_a_person_removed_12_months_ago_the_mac_is_a_hash_letters_remain_and_it_still_answers(
    store: Store, clock: time_machine.Traveller
) -> None:
    a_point(store, "palacio")
    (device,) = phones(store, 1)
    read_back(store, "palacio")
    folio = str(device_folio(store, device))
    act(store, LEON, folio, paragraphs=TEXT)
    act(store, CARLA, folio, "yes")
    clock.shift(timedelta(days=30))
    removed(store, device)
    clock.move_to(START.replace(year=2027) + timedelta(days=30))
    assert run(store) == Forgotten(devices=1, addresses=1)
    with store.reading() as session:
        one = queries.device(session, device)
        (former,) = one.former
        assert one.interfaces == [] and one.is_forgotten and one.shown == f"#{device}"
        assert len(former.hash) == 73 and mac(1) not in former.hash and mac(1).replace(":", "") not in former.hash
        letter = letters.letter_of(session, queries.ticket(session, folio))
        assert letter is not None and letter.number and letter.pdf
        assert kept(store.office.files, letter.pdf).exists()
        assert one.ticket is not None and one.holder == "Luis Peña", "the request is a document, and says who"
        assert verify_store(session).broken_at is None
    assert bearers(store, 1) == [device] and bearers(store, 2) == []
    if store.engine.dialect.name == "sqlite":
        assert mac(1) not in texts_of(store)


def device_folio(store: Store, device: int) -> str | None:
    with store.reading() as session:
        ticket = queries.device(session, device).ticket
        return ticket.folio if ticket else None


def test_a_day_before_its_term_nothing_is_forgotten_and_a_second_run_finds_nothing(
    store: Store, clock: time_machine.Traveller
) -> None:
    a_point(store, "palacio")
    gone, _stays = phones(store, 2)
    read_back(store, "palacio")
    removed(store, gone)
    clock.move_to(START.replace(year=2027) - timedelta(days=1))
    assert run(store) == Forgotten()
    clock.move_to(START.replace(year=2027))
    with store.reading() as session:
        assert retention.due(session, store.office, now()) == Forgotten(devices=1, addresses=1)
    assert (run(store), run(store)) == (Forgotten(devices=1, addresses=1), Forgotten())
    with store.reading() as session:
        assert len(allowlists.desired(session)) == 1, "who stays, stays"
        applied = [event for event in queries.audit(session) if event.name == "retention.applied"]
        assert len(applied) == 1 and "1 direcciones de 1 equipos" in applied[0].sentence()
        assert mac(1) not in applied[0].data


def test_the_term_is_a_setting(store: Store, clock: time_machine.Traveller) -> None:
    a_point(store, "palacio")
    (device,) = phones(store, 1)
    read_back(store, "palacio")
    removed(store, device)
    store.office = replace(store.office, retention=replace(store.office.retention, months=1))
    clock.shift(timedelta(days=31))
    assert run(store).devices == 1


def test_what_was_refused_or_withdrawn_is_forgotten_after_the_same_term_from_the_decision(
    store: Store, clock: time_machine.Traveller
) -> None:
    refused, named = ask(store, phone(1), computer("OBRAS-1"))
    for device in (refused, named):
        do(store, reject, device)
    clock.move_to(START.replace(year=2027))
    assert run(store) == Forgotten(devices=2, addresses=1)
    assert bearers(store, 1) == [refused]


def reject(tx: Any, device: Any) -> None:
    devices.reject(tx, device, queries.person(tx.session, INES.email), "other", f"Es {mac(1).upper()}")


def test_an_address_that_came_back_stays_with_the_device_that_bears_it_now(
    store: Store, clock: time_machine.Traveller
) -> None:
    a_point(store, "palacio")
    (old,) = phones(store, 1)
    read_back(store, "palacio")
    removed(store, old)
    clock.shift(timedelta(days=200))
    (new,) = phones(store, 1)
    read_back(store, "palacio")
    sight(store, 1)
    clock.move_to(START.replace(year=2027))
    run(store)
    assert bearers(store, 1) == [new, old]
    with store.reading() as session:
        assert [str(entry.mac) for entry in allowlists.desired(session)] == [mac(1)]
        assert queries.last_seen(session, mac(1)) is not None


def test_a_year_of_removals_is_forgotten_in_short_transactions_each_with_its_event(
    store: Store, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for device in ask(store, *(phone(n) for n in range(1, 6))):
        do(store, reject, device)
    clock.move_to(START.replace(year=2027, month=12))
    assert run(store) == Forgotten(devices=5, addresses=5)
    with store.reading() as session:
        assert sum(event.name == "retention.applied" for event in queries.audit(session)) == 3


# --- the key ---


def without(path: Path) -> None:
    path.unlink()


def with_another(path: Path) -> None:
    path.unlink()
    hashing.make_key(path)


@pytest.mark.parametrize(("spoil", "code"), [(without, "netreg.C021"), (with_another, "netreg.C023")])
def test_a_missing_or_foreign_key_is_refused_and_never_made_anew(
    store: Store, clock: time_machine.Traveller, spoil: Callable[[Path], None], code: str
) -> None:
    first, second = ask(store, phone(1), phone(2))
    do(store, reject, first)
    clock.shift(timedelta(days=40))
    do(store, reject, second)
    clock.move_to(START.replace(year=2027))
    run(store)
    clock.shift(timedelta(days=60))
    spoil(store.office.retention_key)
    sight(store, 9, days_ago=200)
    for deed in (lambda: run(store), lambda: bearers(store, 1)):
        with pytest.raises(ConfigError) as refused:
            deed()
        assert refused.value.id == code and "backup" in refused.value.hint
    assert count(store, Interface) == 1 and count(store, Sighting) == 1, "nothing was touched"


def test_two_keys_never_give_the_same_hash_and_a_file_that_is_no_key_is_said(tmp_path: Path) -> None:
    one, other = (hashing.AddressHash(bytes([n]) * 32) for n in (1, 2))
    address = MacAddress(mac(1))
    assert one.of(address) == one.of(address) != other.of(address) and one.name != other.name
    for content in ("", "zz", "ab" * 31):
        path = tmp_path / "spoiled.key"
        path.write_text(content)
        with pytest.raises(ConfigError):
            hashing.AddressHash.read(path)


def test_making_the_key_again_leaves_it_as_it_is_and_private(tmp_path: Path) -> None:
    path = tmp_path / "k"
    hashing.make_key(path)
    before = path.read_text()
    hashing.make_key(path)
    assert path.read_text() == before and path.stat().st_mode & 0o777 == 0o600


# --- what the database holds by itself ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE authorisation SET state = 'removed', slot = NULL",
        "UPDATE authorisation SET removed = '2026-01-01 00:00:00'",
        "UPDATE authorisation SET forgotten = '2026-01-01 00:00:00'",
        "INSERT INTO former_address (device_id, hash, medium, hashed) "
        "VALUES (1, 'a4:83:e7:00:00:01', 'wifi', '2026-01-01 00:00:00')",
    ],
)
def test_no_removal_without_its_instant_and_no_address_in_the_place_of_a_hash(store: Store, statement: str) -> None:
    phones(store, 1)
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text(statement))


# --- sightings and alerts ---


def sight(store: Store, number: int, *, days_ago: float = 0, place: str = "palacio", source: str = "sweep") -> None:
    with store.transaction("agent:scan") as tx:
        at = now() - timedelta(days=days_ago)
        sightings.note(tx.session, source, place, [Heard(MacAddress(mac(number)), "10.78.0.9")], at)


def seen(store: Store, number: int) -> list[tuple[str, str, str | None, int]]:
    with store.reading() as session:
        rows = session.scalars(select(Sighting).where(Sighting.mac == mac(number)).order_by(Sighting.id))
        return [(row.source, row.place, row.ip, (now() - row.last_seen).days) for row in rows]


def test_an_unregistered_address_is_forgotten_90_days_after_it_was_last_seen(store: Store) -> None:
    sight(store, 1, days_ago=91)
    sight(store, 2, days_ago=89)
    assert run(store) == Forgotten(sightings=1)
    assert (seen(store, 1), len(seen(store, 2))) == ([], 1)


def places(store: Store, number: int) -> list[str]:
    """Where the history says that this device was, and with which addresses, in order of place."""
    with store.reading() as session:
        stays = session.scalars(select(Stay.place).where(Stay.mac == mac(number))).all()
        ips = session.scalars(select(IpStay.place).where(IpStay.mac == mac(number))).all()
        assert sorted(stays) == sorted(ips)
        return sorted(stays)


def test_the_history_of_places_is_kept_for_90_days_and_no_longer(store: Store) -> None:
    phones(store, 1)
    for number in (1, 2):
        for place, days in (("bodega", 91), ("mercado", 89), ("palacio", 0)):
            sight(store, number, days_ago=days, place=place)
    run(store)
    assert places(store, 1) == places(store, 2) == ["mercado", "palacio"]


def test_a_source_that_ended_goes_with_what_it_saw_and_one_that_is_asked_stays(store: Store) -> None:
    with store.transaction("agent:scan") as tx:
        for name in ("sweep:patio", "sweep:palacio"):
            sightings.note_source(tx.session, name, START - timedelta(days=200))
        end_sources(tx, ["sweep:palacio"], START - timedelta(days=90, seconds=1))
    run(store)
    with store.reading() as session:
        assert session.scalars(select(Source.name)).all() == ["sweep:palacio"]


def test_an_office_may_keep_no_history_of_its_registered_devices_longer_than_a_day(store: Store) -> None:
    phones(store, 1)
    store.office = replace(store.office, retention=Retention(trail_days=1))
    for number in (1, 2):
        for place, days in (("mercado", 2), ("palacio", 0)):
            sight(store, number, days_ago=days, place=place)
    run(store)
    assert (places(store, 1), places(store, 2)) == (["palacio"], ["mercado", "palacio"])


def test_what_a_stranger_said_of_itself_goes_with_its_sightings_and_a_registered_devices_stays(store: Store) -> None:
    phones(store, 1)
    with store.transaction("agent:scan") as tx:
        told = [Heard(MacAddress(mac(number)), name="TEL") for number in (1, 2)]
        sightings.note(tx.session, "sweep", "palacio", told, now() - timedelta(days=91))
    run(store)
    with store.reading() as session:
        assert [row.mac for row in session.scalars(select(Trait))] == [mac(1)]


def test_of_a_registered_device_one_date_is_left_and_no_trail(store: Store) -> None:
    phones(store, 1)
    store.office = replace(store.office, retention=Retention(trail_days=1))
    for place, days in (("palacio", 9), ("mercado", 3), ("bodega", 200)):
        sight(store, 1, days_ago=days, place=place)
    assert run(store) == Forgotten(sightings=3)
    assert seen(store, 1) == [("last_seen", "", None, 3)]
    sight(store, 1, days_ago=2)
    run(store)
    assert seen(store, 1) == [("last_seen", "", None, 2)]
    assert run(store) == Forgotten()
    sight(store, 1)
    assert run(store) == Forgotten() and len(seen(store, 1)) == 2, "what is of today detection still needs"
    with store.reading() as session:
        assert queries.last_seen(session, mac(1)) == now()


def test_detection_still_sees_a_registered_device_after_its_trail_was_folded(store: Store) -> None:
    phones(store, 1)
    store.office = replace(store.office, retention=Retention(trail_days=1))
    sight(store, 1, days_ago=5)
    run(store)
    with store.transaction("agent:scan") as tx:
        found = detecting.take_in(tx, "sweep", "palacio", [Heard(MacAddress(mac(1)))], now())
    assert found == []


def an_alert(store: Store, number: int, *, days_ago: int, closed: bool) -> int:
    at = now() - timedelta(days=days_ago)
    news = alerts.News(
        f"rogue:{mac(number)}", "rogue", mac(number), "Apple", "palacio", f"Es {mac(number)}", "x", at, at, 1
    )
    with store.transaction(ACTOR) as tx:
        (alert,) = alerts.open_alerts(tx, [news])
        if closed:
            alerts.close(tx, alert, "Era de un visitante")
        return alert.id


def test_a_closed_alert_loses_address_and_place_after_the_term_and_an_open_one_waits_for_its_answer(
    store: Store,
) -> None:
    old = an_alert(store, 1, days_ago=91, closed=True)
    others = an_alert(store, 2, days_ago=89, closed=True), an_alert(store, 3, days_ago=91, closed=False)
    assert run(store) == Forgotten(alerts=1)
    with store.reading() as session:
        erased = session.get_one(Alert, old)
        assert (erased.mac, erased.place, erased.explanation) == ("", "", ERASED[0])
        assert mac(1) not in erased.key and erased.state == "closed" and erased.count == 1
        assert all(session.get_one(Alert, number).mac for number in others)
    assert an_alert(store, 1, days_ago=0, closed=False) != old, "seen again, it is news again"


def test_with_a_device_its_closed_alerts_and_sightings_go_too(store: Store, clock: time_machine.Traveller) -> None:
    (device,) = ask(store, phone(1), by=ANA)
    do(store, reject, device)
    clock.move_to(START.replace(year=2027))
    sight(store, 1, days_ago=10)
    number = an_alert(store, 1, days_ago=10, closed=True)
    run(store)
    assert seen(store, 1) == []
    with store.reading() as session:
        assert session.get_one(Alert, number).mac == ""


def test_the_hash_of_a_forgotten_device_is_all_that_is_left(store: Store, clock: time_machine.Traveller) -> None:
    (device,) = ask(store, phone(1))
    do(store, reject, device)
    clock.move_to(START.replace(year=2027))
    run(store)
    assert (count(store, Interface), count(store, FormerAddress)) == (0, 1)
    assert look(store, "E1", lambda ticket: ticket.devices[0].authorisation.reason) == "Es ••:••:••:••:00:01"
    assert look(store, "E1", lambda ticket: len(ticket.devices)) == 1
