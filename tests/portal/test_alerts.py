"""The pages of the alerts: calm lists, what a person does about one, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from netreg import events
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.commands import alerts, people
from netreg.registry.commands.sightings import note
from netreg.registry.detecting import take_in
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ALMA, ANA, CARLA, INES, NORA, SARA, Member, phones
from tests.portal.conftest import Visitor, an_alert, row

SignedIn = Callable[[Member], Visitor]
STRANGER = "a4:83:e7:66:77:88"
LATER = f"{now() + timedelta(days=20):%Y-%m-%d}"


def random_ones(store: Store, count: int) -> None:
    for number in range(count):
        an_alert(store, f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}")


def test_an_alert_is_taken_noted_given_to_somebody_snoozed_and_closed(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    ines = signed_in(INES)
    assert "en atención" in ines.post(f"/alerts/{number}/acknowledge")
    assert "La puso el proveedor" in ines.post(f"/alerts/{number}/note", note="La puso el proveedor")
    assert f"<dd>{CARLA.email}</dd>" in ines.post(f"/alerts/{number}/assign", person=CARLA.email)
    assert "sin responsable" in ines.post(f"/alerts/{number}/assign", person="")
    assert "Fecha: Escriba una fecha." in ines.post(f"/alerts/{number}/snooze", until="mañana", note="x")
    assert "fecha futura" in ines.post(f"/alerts/{number}/snooze", until="2001-01-01", note="x")
    assert "pospuesta" in ines.post(f"/alerts/{number}/snooze", until=LATER, note="x")
    page = ines.post(f"/alerts/{number}/close", note="Era de un visitante", decision="harmless")
    assert "cerrada" in page and "no era nada" in page and "Decidir sobre el equipo" not in page
    assert "No hay alertas" in ines.get("/alerts")
    assert "abierta" in ines.post(f"/alerts/{number}/reopen", reason="Volvió")


def test_an_alert_tells_what_speaks_for_it_where_it_is_and_what_is_next(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    with store.transaction(ACTOR) as tx:
        heard = [Heard(MacAddress(STRANGER), "10.0.0.9", port="radio0", name="DESKTOP-7Q2")]
        note(tx.session, "stations", "antena", heard, now())
        queries.alert(tx.session, number).evidence = [["Lo vieron dos fuentes.", "Two sources saw it."]]
    page = signed_in(INES).get(f"/alerts/{number}")
    for said in (
        "Lo vieron dos fuentes.",
        "antena, radio0, 10.0.0.9",
        "«DESKTOP-7Q2»",
        "Averigüe de quién es",
        "Apple",
    ):
        assert said in page, said
    page = signed_in(INES).get(f"/alerts/{number}?lang=en")
    for said in ("Two sources saw it.", "Find out whose it is", "Nobody asked.", "Unregistered device"):
        assert said in page, said


def test_an_alert_becomes_infrastructure_of_an_area(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    page = signed_in(INES).post(f"/alerts/{number}/register", area="DIF", name="Impresora", location="Pasillo")
    assert "cerrada" in page and "es infraestructura" in page
    with store.reading() as session:
        assert [device.area.code for device in queries.devices(session, state="pushing")] == ["DIF"]


def test_an_address_is_ignored_and_lifted(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    ines = signed_in(INES)
    assert "Escriba una fecha" in ines.post(f"/alerts/{number}/ignore", until="", reason="Visita")
    page = ines.post(f"/alerts/{number}/ignore", until=LATER, reason="Visita de la empresa")
    assert "cerrada" in page and "Visita de la empresa" in page
    page = ines.get("/alerts/decided")
    assert STRANGER in page and "ignorada" in page and "Visita de la empresa" in page
    assert "(1)" in ines.get("/alerts")
    assert "No hay nada" in ines.post("/alerts/decided/1/lift", reason="Ya se fue")


def test_an_address_is_blocked_and_a_request_for_it_is_refused_at_its_field(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    page = signed_in(INES).post(f"/alerts/{number}/block", reason="Nadie la conoce")
    assert "en atención" in page and "Cuando ya no aparezca" in page and "Decidir sobre el equipo" not in page
    assert f"bloqueó {STRANGER}" in page, "its story tells it"
    ana = signed_in(ANA)
    ana.get("/requests/new")
    page = ana.post("/requests/new", 422, once="a" * 24, purpose="Obra", **row(mac=STRANGER))
    assert "Esa dirección está bloqueada" in page and "la Coordinación" in page


def test_from_an_alert_the_form_has_the_address_and_the_area(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    page = signed_in(INES).get(f"/requests/new?alert={number}&area=DIF")
    assert f'value="{STRANGER}"' in page and '<option value="DIF" selected>' in page


def test_whoever_is_alone_is_told_before_that_nobody_could_decide_what_they_start(
    signed_in: SignedIn, store: Store
) -> None:
    number = an_alert(store)
    page = signed_in(INES).get(f"/alerts/{number}")
    assert "nadie decide lo que pidió" in page and "nadie más puede" not in page
    with store.transaction(ACTOR) as tx:
        people.set_active(tx, queries.known_person(tx.session, SARA.email), False)
    page = signed_in(INES).get(f"/alerts/{number}")
    assert "nadie decide lo que pidió" in page and "nadie más puede" in page


def test_whoever_sees_no_alerts_gets_no_address_out_of_their_numbers(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    assert STRANGER not in signed_in(ANA).get(f"/requests/new?alert={number}")


def test_the_alert_says_under_which_folio_its_device_is_asked_for(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    signed_in(ANA).ask(STRANGER)
    page = signed_in(INES).get(f"/alerts/{number}")
    assert "Ya se pidió registrar" in page and "E1" in page and "Iniciar la solicitud" not in page


def test_made_up_addresses_are_folded_into_one_group_and_cannot_be_registered(
    signed_in: SignedIn, store: Store
) -> None:
    random_ones(store, 60)
    an_alert(store)
    ines = signed_in(INES)
    page = ines.get("/alerts")
    assert "<summary>Direcciones inventadas (60)</summary>" in page and "Ver las 60" in page
    assert "Equipo sin registro (1)" in page
    assert 'rel="next"' in ines.get("/alerts?kind=random") and "02:00" not in ines.get("/alerts?kind=rogue")
    page = ines.get("/alerts/1")
    assert "desactive la dirección privada" in page
    assert "Iniciar la solicitud" not in page and "Es infraestructura" not in page and "Bloquear" in page


def test_the_list_is_filtered_by_state_kind_and_person(signed_in: SignedIn, store: Store) -> None:
    one, other = an_alert(store), an_alert(store, "a4:83:e7:66:77:99")
    with store.transaction(CARLA.email) as tx:
        alerts.assign(tx, queries.alert(tx.session, one), queries.known_person(tx.session, INES.email))
        alerts.acknowledge(tx, queries.alert(tx.session, other))
    ines = signed_in(INES)
    looks: list[tuple[str, set[int]]] = [
        ("mine=1", {one}), ("state=acknowledged", {other}), ("kind=rogue", {one, other}), ("kind=clone", set()),
        ("kind=<b>", set()), ("state=open&kind=rogue&mine=1", {one}),
    ]  # fmt: skip
    for query, shown in looks:
        page = ines.get(f"/alerts?{query}")
        assert {number for number in (one, other) if f"Alerta {number}<" in page} == shown, query


@pytest.mark.parametrize("who", [ALMA, NORA, ANA])
@pytest.mark.parametrize("what", ["assign", "note", "ignore", "block", "reopen", "close", "register"])
def test_only_those_who_deal_with_alerts_do_anything_about_one(
    signed_in: SignedIn, store: Store, who: Member, what: str
) -> None:
    number = an_alert(store)
    visitor = signed_in(who)
    visitor.post(f"/alerts/{number}/{what}", 403, reason="x", note="x", until=LATER)
    visitor.post("/alerts/decided/1/lift", 403, reason="x")


def test_an_auditor_reads_what_was_decided_and_no_whole_address(signed_in: SignedIn, store: Store) -> None:
    number = an_alert(store)
    signed_in(INES).post(f"/alerts/{number}/block", reason=f"Nadie conoce {STRANGER}")
    page = signed_in(ALMA).get("/alerts/decided")
    assert STRANGER not in page and "••:••:••:••:77:88" in page and "Levantar" not in page


def test_a_random_address_names_the_phones_that_left_and_when(signed_in: SignedIn, store: Store) -> None:
    (phone_number,) = phones(store, 1)
    left = now() - timedelta(hours=2)
    with store.transaction(ACTOR) as tx:
        device = queries.device(tx.session, phone_number)
        device.authorisation.state, address = "active", MacAddress(device.interfaces[0].mac)
        tx.record(events.DeviceActivated(device=phone_number))
        take_in(tx, "stations", "antena", [Heard(address)], left)
        take_in(tx, "stations", "antena", [Heard(MacAddress("02:00:00:00:00:01"))], now())
        (number,) = [one.id for one in queries.alerts(tx.session)]
    page = signed_in(INES).get(f"/alerts/{number}")
    assert "Podría ser uno de estos teléfonos registrados" in page and f'href="/devices/{phone_number}"' in page
    assert re.search(rf"visto aquí por última vez el [^<]*{left.astimezone(store.office.zone):%H:%M}", page)
