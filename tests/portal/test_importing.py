"""Importing at the portal: look, say what is what, see what would happen, and do that with that very file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import time_machine
from openpyxl import load_workbook

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.importing import waiting
from netreg.importing.table import checksum
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.commands import points, sightings
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.importing import samples
from tests.people import ALMA, ANA, CARLA, INES, NORA, SOFIA, Member, mac, phones
from tests.portal.conftest import Visitor, a_point

SignedIn = Callable[[Member], Visitor]
CSV = samples.csvs()["titulos-arriba.csv"]


def upload(visitor: Visitor, content: bytes, subject: str = "devices", name: str = "censo.csv") -> str:
    """Where the upload leads."""
    visitor.get("/import")
    data = {"csrf_token": visitor.token, "subject": subject, "file": (BytesIO(content), name)}
    answer = visitor.client.post("/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    return str(answer.location)


def followed(visitor: Visitor, path: str) -> str:
    return visitor.client.get(path, follow_redirects=True).text


def test_it_imports_a_census_from_the_upload_to_the_register(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    place = upload(ines, CSV)
    assert place == f"/import/devices/{checksum(CSV)}"
    page = ines.get(place)
    assert "Dirección física" in page and "encabezado en el renglón 5" in page and "a4:83:e7:11:22:33" in page
    page = ines.get(f"{place}/preview?header=5&approve=1")
    assert "Todavía no se guardó nada" in page and "Importar 3" in page and checksum(CSV) in page
    with store.reading() as session:
        assert queries.devices(session) == []
    page = ines.post(f"{place}/apply", header="5", approve="1", instruction="", purpose="Censo")
    assert "Falta este dato" in page, "by whose order"
    page = ines.post(f"{place}/apply", header="5", approve="1", instruction="Oficio 12", purpose="Censo")
    assert "Se importaron 3 renglones" in page
    with store.reading() as session:
        assert {one.authorisation.state for one in queries.devices(session)} == {"pushing", "awaiting_binding"}
    assert "El archivo ya no está" in followed(ines, place), "what was imported is not kept"


def test_a_file_that_is_another_one_by_now_changes_nothing(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    place = upload(ines, CSV)
    kept = next((store.office.files / "imports").glob("*/*"))
    kept.chmod(0o600)
    kept.write_bytes(CSV.replace(b"11-22-44", b"11-22-55"))
    assert "no se importó nada" in ines.post(f"{place}/apply", header="5")
    for wrong in ("0" * 64, "x", "..%2f..%2fsecret"):
        assert ines.client.get(f"/import/devices/{wrong}").status_code in (303, 404)
    with store.reading() as session:
        assert queries.devices(session) == []


def test_a_file_waits_for_a_day_and_no_longer(signed_in: SignedIn, store: Store) -> None:
    place = upload(signed_in(INES), CSV)
    with time_machine.travel(now() + timedelta(days=2)):
        waiting.put(store.office.files, b"otra;cosa\n", now())
    assert "El archivo ya no está" in followed(signed_in(INES), place)


def test_problems_are_told_by_row_and_bar_the_import(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    place = upload(ines, b"area;tipo;usuario;mac\nNADA;celular;<script>;a4:83:e7:11:22:33\nOBRAS;celular;Eva;nada\n")
    page = ines.get(f"{place}/preview")
    assert "Renglón 2" in page and "Renglón 3" in page and "Con problemas no se importa nada" in page
    assert "Importar 1" not in page and "<script>" not in page.replace("<script src", "")
    assert "problemas; no se importó nada" in ines.post(f"{place}/apply")
    english = ines.get(f"{place}/preview?lang=en")
    assert "There is no area" in english and "no se importa" not in english


def test_what_a_column_is_can_be_said_by_hand(signed_in: SignedIn) -> None:
    ines = signed_in(INES)
    place = upload(ines, b"Fulano;Cosa;Zona\nLuis;a4:83:e7:11:22:33;OBRAS\n")
    assert "Falta decir qué columna es" in ines.get(f"{place}?header=1")
    page = ines.get(f"{place}/preview?header=1&c0=holder&c1=mac&c2=area")
    assert "Importar 1" in page
    page = ines.post(f"{place}/apply", header="1", c0="holder", c1="mac", c2="area", purpose="Censo")
    assert "Se importaron 1" in page


def test_phones_beyond_three_wait_until_somebody_marks_them(signed_in: SignedIn, store: Store) -> None:
    phones(store, 2)
    rows = "".join(f"OBRAS;celular;Persona {n};{mac(n)}\n" for n in range(10, 14))
    ines = signed_in(INES)
    place = upload(ines, f"area;tipo;usuario;mac\n{rows}".encode())
    page = ines.get(f"{place}/preview?approve=1")
    assert (
        "2 registrados, 4 en la lista; lugares libres: 1" in page
        and "marque cuáles quedan" in page
        and "Importar 4" not in page
    )
    page = ines.get(f"{place}/preview?approve=1&ask_only=2&ask_only=4&ask_only=5")
    assert "Importar 4" in page and page.count('name="ask_only"') == 7
    assert "Importar 4" in ines.get(f"{place}/preview?approve=1&beyond=1")
    answer = ines.client.post(
        f"{place}/apply",
        data={
            "csrf_token": ines.token,
            "approve": "1",
            "ask_only": ["2", "4", "5"],
            "purpose": "Censo",
            "instruction": "Oficio",
        },
    )
    assert answer.status_code == 303
    with store.reading() as session:
        live = {one.holder for one in queries.devices(session) if one.authorisation.slot}
    assert "Persona 11" in live and not live & {"Persona 10", "Persona 12", "Persona 13"}


def test_each_role_imports_what_it_keeps(signed_in: SignedIn, store: Store) -> None:
    for who, subjects in ((INES, {"devices"}), (CARLA, {"areas", "people", "devices"}), (SOFIA, {"people"}),
                          (NORA, {"areas", "people"})):  # fmt: skip
        visitor = signed_in(who)
        page = visitor.get("/import")
        for subject in ("areas", "people", "devices"):
            assert (f'value="{subject}"' in page) is (subject in subjects), (who.name, subject)
            answer = visitor.client.get(f"/import/{subject}/{'0' * 64}")
            assert answer.status_code == (303 if subject in subjects else 403), (who.name, subject)
    signed_in(ANA).get("/import", 403)


def test_the_coordinator_asks_and_lets_nobody_in(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    place = upload(carla, CSV)
    assert "las aprueba Informática" in carla.get(f"{place}/preview?header=5")
    assert "Aprobar le toca a Informática" in carla.get(f"{place}/preview?header=5&approve=1")
    assert "no se importó nada" in carla.post(f"{place}/apply", header="5", approve="1", purpose="x", instruction="y")
    assert "Se importaron 3" in carla.post(f"{place}/apply", header="5", purpose="Censo")


def test_areas_and_people_come_in_too(signed_in: SignedIn, store: Store) -> None:
    carla, nora = signed_in(CARLA), signed_in(NORA)
    place = upload(carla, samples.areas(), "areas")
    assert "Se importaron 2" in carla.post(f"{place}/apply")
    store.office = replace(store.office, mail=True)
    place = upload(nora, samples.people(), "people")
    assert "Invitarlas por correo" in nora.get(f"{place}/preview")
    assert "Se importaron 3" in nora.post(f"{place}/apply", invite="1")
    with store.reading() as session:
        assert len([one for one in queries.audit(session, most=200) if one.name == "person.invited"]) == 3


def test_what_is_no_list_is_told_at_the_upload(signed_in: SignedIn) -> None:
    ines = signed_in(INES)
    assert upload(ines, b"%PDF-1.7\n\x01") == "/import?subject=devices"
    assert "no es una hoja XLSX ni un texto CSV" in ines.get("/import?subject=devices")


def test_templates_have_the_headers_that_are_known(signed_in: SignedIn) -> None:
    carla = signed_in(CARLA)
    for subject in ("areas", "people", "devices"):
        content = carla.client.get(f"/import/{subject}/template.xlsx").data
        head = next(iter(load_workbook(BytesIO(content)).active.values))
        place = upload(carla, content, subject)
        assert "Falta decir" not in carla.get(place), head


def test_the_census_lists_who_is_seen_and_not_registered_and_the_other_way_round(
    signed_in: SignedIn, store: Store
) -> None:
    phones(store, 2)
    a_point(store)
    with store.transaction("agent:scan") as tx:
        told = [
            Heard(MacAddress(mac(1)), "10.78.0.9"),
            Heard(MacAddress("00:1b:a9:20:00:01"), "10.78.0.10", name="IMPRESORA"),
        ]
        sightings.note(tx.session, "sweep", "palacio", told, now())
        sightings.note_source(tx.session, "sweep:palacio", now())
    with store.transaction("agent:push") as tx:
        before = Allowlist.of([Entry(MacAddress(mac(77)), "nr-9")])
        points.record_push(tx, queries.point(tx.session, "cortafuegos"), before, added=1, removed=0)
    ines = signed_in(INES)
    shown = {name: ines.get(f"/presence/census?list={name}") for name in ("seen", "unseen", "strangers", "let-in")}
    rows = {name: page.split("<tbody>")[1] for name, page in shown.items()}
    assert mac(1) in rows["seen"] and mac(2) not in rows["seen"] and mac(2) in rows["unseen"]
    assert (
        "00:1b:a9:20:00:01" in rows["strangers"] and "Brother" in rows["strangers"] and mac(1) not in rows["strangers"]
    )
    assert mac(77) in rows["let-in"] and "cortafuegos" in rows["let-in"]
    assert "Pedir su registro" in rows["strangers"]
    assert 'value="00:1b:a9:20:00:01"' in ines.get("/requests/new?mac=00:1b:a9:20:00:01")
    content = ines.client.get("/presence/census.xlsx?list=strangers").data
    page = ines.get(upload(ines, content, name="sin.xlsx"))
    assert "00:1b:a9:20:00:01" in page and "Falta decir" not in page, "the list is a template of an import"
    for wrong in ("list=nada", "days=5", "days=x"):
        assert ines.client.get(f"/presence/census?{wrong}").status_code in (200, 404)
    alma = signed_in(ALMA)
    assert "••:••:••:••:00:01" in alma.get("/presence/census")
    assert mac(77) not in alma.client.get("/presence/census.csv?list=let-in").text
