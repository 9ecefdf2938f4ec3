"""The notice for anybody; addresses by role on every page; what is held on a person for the coordinator alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.enforcement.plan import Plan
from netreg.errors import UnsafePlan
from netreg.mac import MacAddress
from netreg.policy import roles
from netreg.privacy import PrivacyNotice
from netreg.registry import allowlists, deciding, hashing, queries, retaining
from netreg.registry.commands import devices, points, sightings
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.access import permission_of
from tests.people import (
    ACTOR,
    ALMA,
    ANA,
    BETO,
    CARLA,
    CAST,
    DIEGO,
    INES,
    IRMA,
    LEON,
    NADIA,
    NORA,
    SARA,
    SOFIA,
    TOMAS,
    Member,
)
from tests.portal.conftest import Visitor, a_point, a_request, an_alert

SignedIn = Callable[[Member], Visitor]

PHONE, STRANGER, PRINTER = "a4:83:e7:55:44:33", "a4:83:e7:66:77:88", "00:1b:a9:20:00:01"


# --- the notice ---


def test_the_notice_is_for_anybody_in_both_languages_and_invents_nothing(visitor: Visitor) -> None:
    page = visitor.get("/aviso-de-privacidad")
    assert "todavía no ha llenado" in page and page.count("por indicar") == 2 and "12 meses" in page
    page = visitor.get("/aviso-de-privacidad?lang=en")
    assert "Privacy notice" in page and '<section class="sheet sheet-pad legal" lang="es">' in page
    assert "12 months" in page and "90 days" in page


def test_the_offices_notice_is_shown_with_its_version_date_authority_and_channel_as_text(
    visitor: Visitor, store: Store
) -> None:
    evil = "<script>alert(1)</script>"
    notice = PrivacyNotice("3.1", "2026-11-20", f"Uno.\n\nDos {evil}", "La autoridad garante", "Palacio, planta baja")
    store.office = replace(store.office, notice=notice)
    page = visitor.get("/aviso-de-privacidad")
    for said in ("3.1", "vie 20 nov 2026", "La autoridad garante", "Palacio, planta baja", "<p>Uno.</p>"):
        assert said in page, said
    assert evil not in page and "por indicar" not in page


def test_every_page_leads_to_the_notice(visitor: Visitor, signed_in: SignedIn) -> None:
    assert 'href="/aviso-de-privacidad"' in visitor.get("/login")
    assert 'href="/aviso-de-privacidad"' in signed_in(ANA).get("/")


# --- addresses by role ---


def a_town(store: Store) -> list[str]:
    """Addresses everywhere they can stand: devices, an alert, a stopped plan, a printer, the log, its reasons."""
    a_point(store)
    folio = a_request(store, PHONE, purpose=f"Obra, con el teléfono {PHONE.upper()}")
    deciding.approve(store, INES.email, 1)
    number = an_alert(store, STRANGER, explanation=f"Nadie registró {STRANGER}.")
    with store.transaction(INES.email) as tx:
        devices.register_infrastructure(tx, queries.area(tx.session, "OBRAS"), PRINTER, "Impresora", "Planta baja")
        devices.suspend(tx, queries.device(tx.session, 1), f"Se vio {PHONE} en otro lugar")
    with store.transaction("agent:scan") as tx:
        told = [Heard(MacAddress(one), "10.78.0.9", name="TEL") for one in (PHONE, STRANGER, PRINTER)]
        sightings.note(tx.session, "sweep", "palacio", told, now())
    stop_a_plan(store)
    return [folio, str(number)]


def stop_a_plan(store: Store) -> None:
    with store.reading() as session:
        wanted = allowlists.desired(session)
    before = Allowlist.of([Entry(MacAddress(STRANGER), "nr-9")])
    checksum = Plan.between(before, wanted).checksum
    stop = UnsafePlan(f"Quita {STRANGER}.", "x", adds=1, removes=1, limit=0, checksum=checksum, reason="empty")
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, before, added=1, removed=0)
        points.record_failure(tx, point, stop)


def fetched(app: Flask, folio: str, alert: str) -> list[str]:
    """Every address that can be fetched, filled with what there is."""
    values = {"folio": folio, "number": alert, "name": "cortafuegos", "code": "iphone", "extension": "withdraw",
              "subject": "devices", "digest": "0" * 64, "kind": "request_letter", "form": "bitacora",
              "mac": PHONE.replace(":", "-")}  # fmt: skip
    paths = {"/devices/1", "/devices/2", "/devices?q=obras", "/audit?subject=device 1"}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and permission_of(app, rule.endpoint):
            filled = re.sub(r"<(?:row:)?(\w+)>", lambda found: values[found[1]], rule.rule)
            paths.add(filled)
    assert len(paths) > 18
    return sorted(paths)


def text_of(visitor: Visitor, path: str) -> str:
    """What a page or a sheet says, or nothing for a page that is not theirs."""
    answer = visitor.client.get(path)
    if answer.status_code != 200:
        assert answer.status_code in (302, 303, 403, 404), path
        return ""
    if answer.mimetype == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    if answer.mimetype.endswith("sheet"):
        book = load_workbook(BytesIO(answer.data), read_only=True)
        return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    return answer.text


WHOLE = (INES, CARLA, SARA)
MASKED, NONE = (ALMA, ANA, TOMAS), (SOFIA, LEON, NADIA, IRMA, DIEGO, NORA, BETO)


def test_the_cast_plays_every_role() -> None:
    assert {*WHOLE, *MASKED, *NONE} == set(CAST)
    assert {role for member in CAST for role in member.roles} == set(roles.ROLES)


@pytest.mark.parametrize("who", [*MASKED, *NONE], ids=lambda who: who.roles[0] + "-" + who.name.split()[0])
def test_whole_addresses_are_on_no_page_of_anybody_but_it_and_the_coordinator(
    app: Flask, signed_in: SignedIn, store: Store, who: Member
) -> None:
    visitor = signed_in(who)
    paths = fetched(app, *a_town(store))
    said = {path: text_of(visitor, path) for path in paths}
    for path, text in said.items():
        for address in (PHONE, STRANGER, PRINTER):
            assert address not in text.lower() and address.replace(":", "") not in text.lower(), path
    # What somebody wrote into the purpose is cut as well, and no field of ours.
    endings = [path for path, text in said.items() if "<code>••" in text]
    if who in NONE and who is not BETO:
        assert [path for path in endings if not path.startswith("/points")] == [], "no address at all"
    if who is ALMA:
        for path in ("/devices", "/devices/1", "/alerts", "/audit"):
            assert "••:••:••:••:" in said[path], path
        assert "••:••:••:••:77:88" in said["/alerts"] and "••:••:••:••:44:33" in said["/devices/1"]
    if who in (ANA, TOMAS):
        assert "••:••:••:••:44:33" in said["/devices/1"]
    if who is BETO:
        assert endings == [], "another area's"


@pytest.mark.parametrize("who", [INES, CARLA], ids=lambda who: who.roles[0])
def test_it_and_the_coordinator_see_whole_addresses(signed_in: SignedIn, store: Store, who: Member) -> None:
    folio, alert = a_town(store)
    visitor = signed_in(who)
    for path in ("/devices", "/devices/1", f"/requests/{folio}", "/audit?subject=device 1", "/report/devices.pdf"):
        assert PHONE in text_of(visitor, path), path
    for path in ("/alerts", f"/alerts/{alert}"):
        assert STRANGER in text_of(visitor, path)


# --- reading in bulk ---


def noted(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        found = [event for event in queries.audit(session) if event.name.startswith("addresses.")]
        return [(event.actor, event.subject) for event in reversed(found)]


def test_lists_with_whole_addresses_are_recorded_once_an_hour_and_sheets_each_time(
    signed_in: SignedIn, store: Store
) -> None:
    a_request(store, PHONE)
    deciding.approve(store, INES.email, 1)
    ines = signed_in(INES)
    for path in ("/devices", "/devices?q=luis", "/alerts", "/devices"):
        ines.get(path)
    for _time in range(2):
        ines.client.get("/report/devices.pdf")
    who = INES.email
    assert noted(store) == [(who, "addresses devices"), (who, "addresses alerts"),
                            *[(who, "addresses device-register")] * 2]  # fmt: skip


def test_whoever_sees_masked_addresses_leaves_no_line(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONE)
    for who in (ALMA, ANA):
        visitor = signed_in(who)
        for path in ("/devices", "/alerts", "/report/devices.pdf"):
            visitor.client.get(path)
    assert noted(store) == []


def test_a_list_that_cannot_be_recorded_is_not_shown(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONE)
    ines = signed_in(INES)
    with store.transaction("agent:push") as tx:
        queries.points(tx.session)  # the first statement takes the lock
        assert PHONE not in ines.get("/devices", 503)


# --- once the term is over ---


def test_a_forgotten_device_is_found_by_its_address_and_shows_folio_area_and_dates_but_no_address_and_no_name(
    signed_in: SignedIn, store: Store
) -> None:
    hashing.make_key(store.office.retention_key)
    with time_machine.travel("2025-11-20T18:00:00Z"):
        folio = a_request(store, PHONE, holder="Rosa Montes")
        with store.transaction(INES.email) as tx:
            officer = queries.person(tx.session, INES.email)
            devices.reject(tx, queries.device(tx.session, 1), officer, "other", f"{PHONE} tiene un virus")
    retaining.run(store, ACTOR, now())
    ines = signed_in(INES)
    for sought in (PHONE, PHONE.upper().replace(":", "-"), "A483.E755.4433"):
        page = ines.get("/devices?q=" + sought)
        assert "#1" in page and "Obras Públicas" in page and "1 de 1 equipos" in page, sought
        assert "Rosa" not in page
    assert "No hay equipos" in ines.get("/devices?q=a4:83:e7:55:44:34")
    assert "No hay equipos" in ines.get("/devices?q=rosa"), "the holder is not searched any more"
    page = ines.get("/devices/1")
    assert folio in page and "Plazo cumplido" in page and "Rosa" not in page
    assert PHONE not in page and "••:••:••:••:44:33 tiene un virus" in page, "also where the log names it"
    assert "Rosa Montes" in ines.get(f"/requests/{folio}"), "the request is a document"
    assert "Rosa Montes" in ines.get("/requests?q=" + PHONE)


def test_without_its_key_a_search_says_what_it_could_not_look_at(signed_in: SignedIn, store: Store) -> None:
    test_a_forgotten_device_is_found_by_its_address_and_shows_folio_area_and_dates_but_no_address_and_no_name(
        signed_in, store
    )
    store.office.retention_key.unlink()
    page = signed_in(INES).get("/devices?q=" + PHONE)
    assert "falta su llave" in page and "No hay equipos" in page


# --- what is held on a person ---


def test_the_coordinator_takes_out_what_is_held_on_a_person_and_it_is_recorded(
    signed_in: SignedIn, store: Store
) -> None:
    a_request(store, PHONE)
    carla = signed_in(CARLA)
    assert "Datos de una persona" in carla.get("/") and "Descargar" in carla.get("/person-data")
    answer = carla.client.post("/person-data", data={"csrf_token": carla.token, "who": "luis peña"})
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="datos-personales.zip"'
    with ZipFile(BytesIO(answer.data)) as archive:
        document = json.loads(archive.read("datos.json"))
        assert archive.read("datos.pdf").startswith(b"%PDF")
    assert document["equipos"][0]["direcciones"] == [PHONE]
    with store.reading() as session:
        event = queries.audit(session, most=1)[0]
        assert (event.name, event.actor, event.subject) == ("person.exported", CARLA.email, "person Luis Peña")


def test_a_stranger_is_refused_with_what_was_typed(signed_in: SignedIn) -> None:
    carla = signed_in(CARLA)
    carla.get("/person-data")
    page = carla.post("/person-data", who="Nadie Conocido")
    assert "No se conserva nada de esa persona." in page and 'value="Nadie Conocido"' in page


@pytest.mark.parametrize("who", [one for one in CAST if one is not CARLA], ids=lambda who: who.name)
def test_nobody_else_takes_out_what_is_held_on_anybody(signed_in: SignedIn, who: Member) -> None:
    visitor = signed_in(who)
    assert "Datos de una persona" not in visitor.get("/")
    visitor.get("/person-data", 403)
    visitor.post("/person-data", 403, who=ANA.email)
