"""The pages of areas and of what becomes of a device: who signs, merge, leave, release, bind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.procedures import device_access
from netreg.registry import deciding, queries
from netreg.registry.commands import areas, devices, endings, people
from netreg.registry.detecting import note_names
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ALMA, ANA, BETO, CARLA, INES, NORA, SOFIA, Member, phones
from tests.portal.conftest import Visitor, a_point, a_request, row

SignedIn = Callable[[Member], Visitor]
PHONE, OTHER = "a4:83:e7:11:22:31", "a4:83:e7:11:22:32"


def state(store: Store, number: int) -> str:
    with store.reading() as session:
        return queries.device(session, number).authorisation.state


def approved(store: Store, address: str = PHONE) -> int:
    a_request(store, address)
    with store.reading() as session:
        number = queries.devices(session)[0].id
    deciding.approve(store, INES.email, number)
    return number


def test_the_head_of_record_is_named_and_the_desk_reads_it_beside_the_receipt(signed_in: SignedIn) -> None:
    page = signed_in(NORA).post("/areas/OBRAS/head", name="Tomás Gil", post="Director", first="2026-01-01")
    assert "Tomás Gil, Director" in page and "Tomás Gil" in signed_in(NORA).get("/areas")
    signed_in(ANA).ask(PHONE)
    sofia = signed_in(SOFIA)
    assert "Titular de registro hoy: Tomás Gil, Director." in sofia.get("/requests/E1")
    refused = sofia.act("E1", paper="yes", signed_by="Otra Persona")
    assert "firmaba por el área Tomás Gil" in refused and 'value="Otra Persona"' in refused
    assert "ADJ-P03-" in sofia.act("E1", paper="yes", signed_by="tomas gil")


def test_areas_are_added_renamed_merged_and_closed_in_the_portal(signed_in: SignedIn, store: Store) -> None:
    nora = signed_in(NORA)
    assert "Agua potable" in nora.post("/areas", code="AGUA", name="Agua potable", parent="")
    assert "Agua y drenaje" in nora.post("/areas/AGUA/rename", name="Agua y drenaje")
    number = approved(store)
    page = nora.post("/areas/OBRAS/merge", absorbed="DIF")
    assert "todos sus equipos siguen en la red" in page
    assert "terminó el" in nora.get("/areas/DIF") and "Obras Públicas" in nora.get("/areas/DIF")
    nora.post("/areas/OBRAS/split", new_code="TOPO", name="Topografía", device=str(number))
    with store.reading() as session:
        assert queries.device(session, number).area.code == "TOPO"
    assert "Su área ya no existe" in nora.post("/areas/TOPO/close") and state(store, number) == "pushing"


@pytest.mark.parametrize("who", [ANA, SOFIA, INES, ALMA], ids=lambda one: one.name)
def test_areas_are_changed_by_the_coordinator_and_the_administrator_and_read_by_it_and_the_auditor(
    signed_in: SignedIn, who: Member
) -> None:
    somebody = signed_in(who)
    for path in ("/areas", "/areas/OBRAS"):
        page = somebody.get(path, 200 if who in (INES, ALMA) else 403)
        assert "<details" not in page, "there is nothing to change"
    somebody.post("/areas/OBRAS/close", 403)


# --- the three places ---


def test_each_place_is_a_card_and_a_swap_is_one_step_from_it(signed_in: SignedIn, store: Store) -> None:
    number, ana = approved(store), signed_in(ANA)
    page = ana.get("/")
    assert "Lugar 1" in page and "Luis Peña" in page and "••:••:••:••:22:31" in page and "enviando" in page
    assert page.count("Libre") == 2 and page.count("Pedir un teléfono") == 2
    assert f'/requests/new?replaces={number}"' in page
    assert f'<option value="{number}" selected>' in ana.get(f"/requests/new?replaces={number}")
    ana.ask(OTHER, **{"replaces-0": str(number)})
    page = ana.get("/")
    assert "Sustituir<" not in page and "Lo sustituye: Moto G84" in page and "/requests/E2" in page


def test_phones_too_many_and_devices_without_a_holder_are_told_to_the_area_with_what_to_do(
    signed_in: SignedIn, store: Store
) -> None:
    phones(store, 2, BETO)
    phones(store, 2, ANA, first=11)
    with store.transaction(CARLA.email) as tx:
        areas.merge(tx, [queries.area(tx.session, "DIF")], queries.area(tx.session, "OBRAS"))
        endings.leave(tx, queries.area(tx.session, "OBRAS"), "Luis Peña", tx.today)
    page = signed_in(ANA).get("/")
    assert "3 de 3 teléfonos en uso" in page and "Pedir un teléfono" not in page
    assert "Teléfonos de más por la fusión" in page and "/requests/removal" in page
    assert page.count("Falta decir quién lo usa ahora") == 4 and "/requests/change/1" in page
    page = signed_in(ALMA).get("/areas/OBRAS")
    assert "Teléfonos de más por la fusión" in page and "••:••:••:••:00:01" in page
    assert "/requests/" not in page.split("<main")[1], "the auditor asks for nothing"


def test_a_sub_area_sees_that_a_place_is_taken_and_not_by_whom(signed_in: SignedIn, store: Store) -> None:
    with store.transaction(CARLA.email) as tx:
        made = people.add_area(tx, "TALLER", "Taller", queries.area(tx.session, "OBRAS"))
        people.set_area(tx, queries.known_person(tx.session, BETO.email), made)
    approved(store)
    page = signed_in(BETO).get("/")
    assert "1 de 3 teléfonos en uso" in page and "Obras Públicas" in page and "Luis Peña" not in page


def test_a_liaison_takes_out_what_is_the_areas_own(signed_in: SignedIn, store: Store) -> None:
    number, ana = approved(store), signed_in(ANA)
    assert "Pedir su baja" in ana.get(f"/devices/{number}")
    assert "checked" in ana.get(f"/requests/removal?device={number}")
    page = ana.post("/requests/removal", once="z" * 20, device=str(number), purpose="Ya no trabaja aquí")
    assert "Revise y envíe" in page and "Baja" in page
    assert "Se envió con el número E2" in ana.send("E2") and state(store, number) == "pushing"
    signed_in(SOFIA).act("E2", paper="yes")
    assert state(store, number) == "removing"


def test_a_removal_without_a_device_comes_back_with_what_was_typed(signed_in: SignedIn, store: Store) -> None:
    approved(store)
    page = signed_in(ANA).post("/requests/removal", once="z" * 20, purpose="Ya no trabaja aquí")
    assert "1 a 20 equipos" in page and "Ya no trabaja aquí" in page


def test_the_data_of_a_device_are_changed_and_a_draft_of_it_corrected(signed_in: SignedIn, store: Store) -> None:
    number, ana = approved(store), signed_in(ANA)
    change = f"/requests/change/{number}"
    ana.get(change)
    page = ana.post(change, once="z" * 20, holder="Eva Paz", model="", inventory_no="", purpose="Cambió de manos")
    assert "Pasa a ser: quién lo usa" in page and "Eva Paz" in page
    ana.get("/requests/E2/correct")
    ana.post(
        change,
        seen=ana.marks["E2"],
        once="z" * 20,
        folio="E2",
        holder="Eva Sol",
        model="",
        inventory_no="",
        purpose="Cambió de manos",
    )
    ana.send("E2")
    signed_in(SOFIA).act("E2", paper="yes")
    with store.reading() as session:
        assert queries.device(session, number).holder == "Eva Sol"


def test_another_areas_device_has_no_form_of_change(signed_in: SignedIn, store: Store) -> None:
    number, beto = approved(store), signed_in(BETO)
    beto.get(f"/requests/change/{number}", 404)
    beto.post(f"/devices/{number}/leave", 404, last_day="2026-01-01")


def test_a_draft_is_seen_by_its_area_only_and_can_be_discarded(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    draft = ana.fill(PHONE)
    assert ">E1<" in ana.get("/requests")
    for who in (SOFIA, CARLA, INES, BETO):
        somebody = signed_in(who)
        somebody.get(f"/requests/{draft}", 404)
        assert ">E1<" not in somebody.get("/requests")
    assert "aceptar el uso" in ana.post(f"/requests/{draft}/send", use_ack="yes")
    assert "Se descartó el borrador" in ana.post(f"/requests/{draft}/discard")
    ana.get(f"/requests/{draft}", 404)


def test_the_desk_asks_for_somebody_who_walked_in(signed_in: SignedIn, store: Store) -> None:
    sofia = signed_in(SOFIA)
    assert "Área que pide" in sofia.get("/requests/new")
    draft = sofia.fill(PHONE, area="DIF")
    assert "Sistema DIF" in sofia.send(draft)
    assert draft in signed_in(BETO).get("/requests")


def test_somebody_leaves_and_the_phone_goes_out_that_day(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.send(ana.fill(**row(mac=PHONE)))
    with store.transaction(INES.email) as tx:
        device_access.put_through(tx, queries.ticket(tx.session, "E1"))
    deciding.approve(store, INES.email, 1)
    assert "Escriba una fecha" in ana.post("/devices/1/leave", last_day="")
    assert "lo personal sale ese día" in ana.post("/devices/1/leave", last_day="2020-01-01")
    assert state(store, 1) == "removing"


def test_the_coordinator_releases_a_slot_that_no_point_confirms(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    number, carla = approved(store), signed_in(CARLA)
    page = carla.post(f"/devices/{number}/remove", reason="Se perdió", code="lost")
    assert "Liberar el lugar" in page and "Extraviado o robado" in page
    signed_in(INES).post(f"/devices/{number}/release", 403, reason="x")
    carla.post(f"/devices/{number}/release", reason="El punto ya no existe")
    assert state(store, number) == "removed"


def test_one_lease_of_the_name_is_bound_with_one_click_and_two_want_a_look(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.send(ana.fill(**row(kind="computer", computer_name="OBRAS-07")))
    with store.transaction(INES.email) as tx:
        device_access.put_through(tx, queries.ticket(tx.session, "E1"))
    deciding.approve(store, INES.email, 1)
    ines = signed_in(INES)
    told = [Heard(MacAddress(address), "192.0.2.7", name="obras-07") for address in (PHONE, OTHER)]
    with store.transaction("agent:scan") as tx:
        note_names(tx, "dhcp", told[:1], now())
    page = ines.get("/devices/1")
    assert "Es ésta: vincular" in page and "arrendamiento de DHCP, confianza media" in page
    with store.transaction("agent:scan") as tx:
        note_names(tx, "dhcp", told, now())
    page = ines.get("/devices/1")
    assert "Es ésta: vincular" not in page and "El nombre no basta" in page
    order = {"mac": PHONE, "medium": "ethernet", "evidence": "lease", "kind": "lease"}
    assert "vincúlela por inspección" in ines.post("/devices/1/bind", **order) or state(store, 1) == "awaiting_binding"


def test_it_accepts_a_private_address_on_the_devices_page(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONE)
    ines = signed_in(INES)
    assert "Aceptar una dirección privada" in ines.get("/devices/1")
    page = ines.post("/devices/1/private", mac="da:a1:19:00:00:01", reason="No se puede apagar")
    assert "da:a1:19:00:00:01" in page and "No se puede apagar" in page
    with store.transaction(INES.email) as tx:
        devices.approve(tx, queries.device(tx.session, 1), queries.person(tx.session, INES.email))
