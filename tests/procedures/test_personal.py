"""Everything held on one person: whole, theirs alone, recorded, and harmless whatever people are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from netreg.detection.sighting import Heard
from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.policy import quota, roles
from netreg.privacy import PrivacyNotice
from netreg.procedures import personal, personal_sheet
from netreg.procedures.models import LETTER_STATES
from netreg.procedures.uploads import RECEIPT, REQUEST_LETTER, SIGNED_LETTER
from netreg.registry import hashing, queries
from netreg.registry.commands import devices, sightings
from netreg.registry.deciding import approve
from netreg.registry.models import Device, Person
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, INES, LEON, TOMAS, ask, computer, mac, phone
from tests.procedures.test_answer import TEXT, rejected, stand_in
from tests.procedures.test_tickets import act

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>#import "base.typ"'


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    key = tmp_path / "retention.key"
    hashing.make_key(key)
    notice = PrivacyNotice("3", "2026-11-20", "Todo.", "La autoridad", "Palacio, planta baja")
    store.office = Office(files=tmp_path / "files", retention_key=key, notice=notice)
    yield


def export(store: Store, who: str) -> dict[str, Any]:
    with store.transaction(CARLA.email) as tx:
        return personal.export(tx, who, now())


def test_the_document_holds_account_devices_requests_letters_dates_and_the_log(store: Store) -> None:
    number, other = ask(store, phone(1, ANA.name), phone(2))
    approve(store, INES.email, number)
    with store.transaction("agent:scan") as tx:
        told = [Heard(MacAddress(mac(1)), "192.0.2.7", name="TEL-ANA"), Heard(MacAddress(mac(2)), "192.0.2.8")]
        sightings.note(tx.session, "sweep", "palacio", told, now())
    found = export(store, ANA.email)
    (stay,), told_by = found["estancias"], found["dicho_por_los_equipos"]
    assert (stay["lugar"], stay["fuente"], stay["ip"]) == ("palacio", "barrido activo", "192.0.2.7")
    assert [(one["tipo"], one["dicho"]) for one in told_by] == [("name", "TEL-ANA")]
    assert found["persona"] == ANA.name and found["cuenta"]["correo"] == ANA.email
    assert found["cuenta"]["papeles"] == ["enlace"] and found["aviso_de_privacidad"]["version"] == "3"
    (device,) = found["equipos"]
    assert (device["numero"], device["direcciones"], device["estado"]) == (number, [mac(1)], "se está registrando")
    assert device["decidido"] and device["visto_por_ultima_vez"]
    (request,) = found["solicitudes"]
    assert request["relacion"] == "la pidió" and request["referencia"].startswith("ADJ-P03-")
    said = " ".join(event["que_paso"] for event in found["bitacora"])
    assert f"aprobó el equipo {number}" in said and f"equipo {other}" not in said
    assert mac(2) not in json.dumps(found), "another person's address"


def test_every_code_of_the_registry_has_its_words() -> None:
    codes = {*quota.STATES, *LETTER_STATES, *roles.ROLES, REQUEST_LETTER, SIGNED_LETTER, RECEIPT}
    assert codes == set(personal._SAID)


def test_no_password_and_no_sign_of_one_is_in_it(store: Store) -> None:
    said = json.dumps(export(store, ANA.email))
    with store.reading() as session:
        account = queries.known_person(session, ANA.email)
        assert account.password and account.password not in said and account.fs_uniquifier not in said
    assert "argon2" not in said


def test_a_holder_without_an_account_is_found_by_name_however_it_is_typed(store: Store) -> None:
    ask(store, phone(1, "Íñigo Peña Ñúñez"), computer("OBRAS-1", "Íñigo Peña Ñúñez"))
    found = export(store, "  inigo  pena NUÑEZ ")
    assert found["persona"] == "Íñigo Peña Ñúñez" and found["cuenta"] is None
    assert [device["nombre_del_equipo"] for device in found["equipos"]] == ["OBRAS-1", ""]
    assert found["solicitudes"][0]["relacion"] == "usa un equipo de ella"
    assert "se llama igual" in found["advertencias"][0]


def test_letters_files_and_substitutions_are_named(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=TEXT.replace("{equipos_aprobados}", "{equipos_rechazados}"))
    act(store, CARLA, folio, "yes")
    stand_in(store, LEON)
    (letter,) = export(store, "Luis Peña")["oficios"]
    assert letter["numero"].startswith("OF/0001/") and len(letter["sha256"]) == 64
    assert export(store, LEON.email)["suplencias"][0]["ausente"] == CARLA.name


def test_the_export_is_recorded_with_who_and_how_much(store: Store) -> None:
    ask(store, phone(1, ANA.name))
    export(store, ANA.email)
    with store.reading() as session:
        (event, *_) = queries.audit(session)
        assert (event.name, event.actor, event.subject) == ("person.exported", CARLA.email, f"person {ANA.email}")
        assert "1 equipos y 1 solicitudes" in event.sentence()


@pytest.mark.parametrize("who", ["nadie@municipio.gob.mx", "Nadie Conocido"])
def test_nothing_is_held_on_a_stranger_and_nothing_is_recorded(store: Store, who: str) -> None:
    with store.reading() as session:
        before = queries.audit(session, most=1)[0].seq
    with pytest.raises(NotFound):
        export(store, who)
    with store.reading() as session:
        assert queries.audit(session, most=1)[0].seq == before


@pytest.mark.parametrize("who", ["", "  ", "a\u202eb"])
def test_nobody_has_no_name(store: Store, who: str) -> None:
    with pytest.raises(InvalidValue):
        export(store, who)


def test_two_accounts_of_one_name_are_told_apart_by_e_mail(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(Person).where(Person.email == TOMAS.email).values(name=ANA.name.upper()))
    with pytest.raises(InvalidValue) as refused:
        export(store, ANA.name)
    assert refused.value.code == "several_people" and TOMAS.email in refused.value.text()
    assert export(store, TOMAS.email)["cuenta"]["correo"] == TOMAS.email


def test_infrastructure_belongs_to_an_area_and_to_nobody(store: Store) -> None:
    with store.transaction(INES.email) as tx:
        devices.register_infrastructure(
            tx, queries.area(tx.session, "OBRAS"), "00:1b:a9:20:00:01", "Ana López", "Planta baja"
        )
    assert export(store, ANA.email)["equipos"] == []


def test_a_hostile_name_is_a_name_in_the_zip_the_json_and_the_pdf(store: Store) -> None:
    (number,) = ask(store, phone(1))
    with store.engine.begin() as connection:
        connection.execute(update(Device).where(Device.id == number).values(holder=HOSTILE, model=HOSTILE))
    found = export(store, HOSTILE)
    with ZipFile(BytesIO(personal.bundle(found, store.office, now()))) as archive:
        assert sorted(archive.namelist()) == ["datos.json", "datos.pdf"]
        assert json.loads(archive.read("datos.json"))["persona"] == HOSTILE
        pdf = PdfReader(BytesIO(archive.read("datos.pdf")))
    said = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    assert "".join(HOSTILE.split()) in said and mac(1) in said and "/JavaScript" not in str(pdf.trailer)


def test_a_person_without_anything_but_an_account_prints_too(store: Store) -> None:
    content = personal_sheet.sheet(export(store, INES.email), store.office, now())
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    assert INES.email in said and "Nada." in said and "versión 3" in said
