"""The pages of validity: lists to answer, what goes by decision, infrastructure, suspensions, and what IT is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import time_machine

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.procedures import revalidation
from netreg.procedures.revalidation import Said
from netreg.registry import deciding, queries
from netreg.registry.commands import devices
from netreg.registry.detecting import take_in
from netreg.registry.hashing import make_key
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ALMA, ANA, BETO, CARLA, INES, LEON, SOFIA, Member, ask, computer, do, mac, phone, phones
from tests.portal.conftest import Visitor
from tests.procedures.test_uploads import pdf

SignedIn = Callable[[Member], Visitor]


def state(store: Store, number: int) -> str:
    with store.reading() as session:
        return queries.device(session, number).authorisation.state


def asked(carla: Visitor, **values: str) -> str:
    carla.get("/revalidation")
    return carla.post("/revalidation", **({"area": "OBRAS", "note": "Cambio de administración", "until": ""} | values))


def seen(visitor: Visitor) -> str:
    page = visitor.get("/revalidation/1")
    return page.split('name="seen" value="')[1].split('"')[0]


def test_a_list_goes_from_the_coordinator_to_the_area_to_the_desk(signed_in: SignedIn, store: Store) -> None:
    kept, gone, passed = phones(store, 3)
    assert "R1" in asked(signed_in(CARLA))
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    assert "Lista R1 de Obras Públicas" in ana.get("/") and "Lista R1" not in sofia.get("/")
    assert "En revalidación" in ana.get(f"/devices/{kept}") and "en revalidación" in ana.get(
        "/devices?state=revalidation"
    )
    page = ana.post("/revalidation/1/answer", seen=seen(ana), action="send", **{f"choice-{kept}": "keep"})
    assert "Se guardó, pero falta marcar" in page and page.count(" checked") == 1, "no mark is lost"
    rest = {f"choice-{gone}": "remove", f"choice-{passed}": "change", f"holder-{passed}": "Rita Sol"}
    assert "Contestada" in ana.post("/revalidation/1/answer", seen=seen(ana), action="send", **rest)
    ana.client.post("/revalidation/1/letter", data={"csrf_token": ana.token, "file": (BytesIO(pdf()), "firmado.pdf")})
    assert "firmado.pdf" in ana.get("/revalidation/1")
    assert ana.client.get("/revalidation/1/letter.pdf").data.startswith(b"%PDF")
    assert "Lista R1" in sofia.get("/") and mac(1) not in sofia.get("/revalidation/1")
    assert "quedó en vigor" in sofia.post("/revalidation/1/receive", signed_by="Tomás Gil")
    assert (state(store, kept), state(store, gone)) == ("pushing", "removing")
    page = signed_in(INES).get("/revalidation/1")
    assert "Rita Sol" in page and "recibió el oficio de la lista R1" in page


def test_the_desk_may_have_the_letter_on_paper(signed_in: SignedIn, store: Store) -> None:
    (one,) = phones(store, 1)
    asked(signed_in(CARLA), area="", until="2099-01-01")
    asked(signed_in(CARLA), area="")
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    ana.post("/revalidation/1/answer", seen=seen(ana), action="send", **{f"choice-{one}": "keep"})
    sofia.get("/revalidation/1")
    assert "Falta el oficio firmado" in sofia.post("/revalidation/1/receive", signed_by="Tomás Gil")
    assert "quedó en vigor" in sofia.post("/revalidation/1/receive", signed_by="Tomás Gil", paper="yes")


def test_a_list_seen_by_two_is_not_overwritten(signed_in: SignedIn, store: Store) -> None:
    (one,) = phones(store, 1)
    asked(signed_in(CARLA))
    ana = signed_in(ANA)
    old = seen(ana)
    ana.post("/revalidation/1/answer", seen=old, action="save", **{f"choice-{one}": "keep"})
    page = ana.post("/revalidation/1/answer", seen=old, action="save", **{f"choice-{one}": "remove"})
    assert "La lista cambió mientras tanto" in page


def test_what_goes_is_shown_before_it_is_decided(signed_in: SignedIn, store: Store) -> None:
    one, other = phones(store, 2)
    with time_machine.travel(now() - timedelta(days=400)):
        asked(signed_in(CARLA))
    carla = signed_in(CARLA)
    assert "Lista R1" in carla.get("/") and "pasó la fecha" in carla.get("/")
    page = carla.get("/revalidation/1/removal")
    assert "Dar de baja 2 equipo(s)" in page and state(store, one) == "pushing"
    assert "cambió mientras tanto" in carla.post("/revalidation/1/removal", note="x", device=str(one))
    answer = carla.client.post(
        "/revalidation/1/removal", data={"csrf_token": carla.token, "note": "Nadie contestó", "device": [one, other]}
    )
    assert answer.status_code == 303 and (state(store, one), state(store, other)) == ("removing", "removing")
    assert "cerrada por la Coordinación" in carla.get("/revalidation/1")


def test_the_coordinator_prolongs_and_withdraws(signed_in: SignedIn, store: Store) -> None:
    (one,) = phones(store, 1)
    carla = signed_in(CARLA)
    asked(carla)
    assert "Se cambió la fecha" in carla.post("/revalidation/1/prolong", until=f"{now() + timedelta(days=99):%Y-%m-%d}")
    assert "fecha" in carla.post("/revalidation/1/prolong", until="")
    assert "se retiró" in carla.post("/revalidation/1/withdraw", note="Por error") and state(store, one) == "pushing"


def test_another_areas_list_looks_like_one_that_is_not_there(signed_in: SignedIn, store: Store) -> None:
    (one,) = phones(store, 1)
    asked(signed_in(CARLA))
    beto = signed_in(BETO)
    assert "R1" not in beto.get("/revalidation")
    for path in ("/revalidation/1", "/revalidation/1/letter.pdf", "/revalidation/99"):
        beto.get(path, 404)
    beto.post("/revalidation/1/answer", 404, **{f"choice-{one}": "remove"})
    signed_in(LEON).get("/revalidation", 403)
    alma = signed_in(ALMA)
    alma.get("/revalidation/1")
    for path in ("answer", "letter", "receive", "removal", "prolong", "withdraw"):
        alma.post(f"/revalidation/1/{path}", 403)


# --- infrastructure ---


def test_it_registers_infrastructure_on_an_instruction_with_its_place(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    ines.get("/devices/infrastructure")
    said = {"area": "OBRAS", "mac": mac(60), "name": "Impresora", "location": "Planta baja", "instruction": ""}
    page = ines.post("/devices/infrastructure", **said)
    assert "Instrucción de la Coordinación" in page and 'value="Planta baja"' in page
    page = ines.post("/devices/infrastructure", **(said | {"instruction": "Oficio 12", "shared": "yes"}))
    assert "Registrado" in page and "Adaptador compartido" in ines.get("/devices")
    page = ines.get("/devices/1")
    assert "Planta baja" in page and "no dice qué computadora" in page and "Oficio 12" in page
    signed_in(CARLA).get("/devices/infrastructure", 403)


# --- suspensions ---


def test_a_suspension_is_reviewed_and_a_lost_phone_shown_to_its_area(signed_in: SignedIn, store: Store) -> None:
    one, other = phones(store, 2)
    ines, carla, ana = signed_in(INES), signed_in(CARLA), signed_in(ANA)
    ines.get(f"/devices/{one}")
    assert "Extraviado o robado" in ines.post(f"/devices/{one}/suspend", code="lost", reason="")
    ines.post(f"/devices/{other}/suspend", code="incident", reason="Mandaba correo basura")
    assert "Suspensión por revisar" in carla.get("/") and "extraviado" not in carla.get("/")
    page = ana.get("/")
    assert "Equipo extraviado sin oficio" in page and "Suspensión por revisar" not in page
    assert "Pida su baja o su sustitución" in ana.get(f"/devices/{one}")
    assert "correo basura" not in ana.get(f"/devices/{other}"), "the area is told in general terms"
    assert "revisada" in carla.post(f"/devices/{other}/review", reason="Sigue fuera")
    assert "Suspensión por revisar" not in carla.get("/")
    ines.post(f"/devices/{other}/review", 403, reason="x")


# --- what IT is shown ---


def test_it_sees_the_past_of_a_device_and_the_older_request_that_waits(
    signed_in: SignedIn, store: Store, tmp_path: Path
) -> None:
    (old,) = ask(store, phone(1, "Rita Sol"))
    do(store, devices.reject, old, None, "misuse_history", "Se prestaba")
    ask(store, phone(7))
    (again,) = ask(store, phone(1, "Rita Sol"))
    with store.reading() as session:
        folio = str(queries.device(session, again).ticket.folio)  # type: ignore[union-attr]
    ines = signed_in(INES)
    page = ines.get(f"/requests/{folio}")
    assert "Antecedentes" in page and "misma dirección, misma persona" in page and "Se prestaba" in page
    assert "Una solicitud anterior de la misma área espera" in page
    assert "Antecedentes" not in signed_in(ANA).get(f"/requests/{folio}")
    assert "Aprobado" in ines.post(f"/requests/{folio}/devices/{again}/approve")


def test_a_computer_nobody_brings_is_shown_to_it_and_may_be_rejected(signed_in: SignedIn, store: Store) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        (pc,) = ask(store, computer("OBRAS-7"))
        deciding.approve(store, INES.email, pc)
    with store.reading() as session:
        folio = str(queries.device(session, pc).ticket.folio)  # type: ignore[union-attr]
    ines = signed_in(INES)
    assert "Puede devolverse" in ines.get("/") and "puede devolverse" in ines.get(f"/requests/{folio}")
    assert "puede devolverse" not in signed_in(ANA).get(f"/requests/{folio}")
    ines.post(f"/requests/{folio}/devices/{pc}/reject", code="not_brought", reason="")
    assert state(store, pc) == "rejected" and "puede devolverse" not in ines.get(f"/requests/{folio}")


def test_an_alert_links_to_the_folio_that_rejected_its_address(signed_in: SignedIn, store: Store) -> None:
    make_key(store.office.retention_key)
    (number,) = ask(store, phone(5))
    do(store, devices.reject, number, None, "unfit_device")
    with store.reading() as session:
        folio = str(queries.device(session, number).ticket.folio)  # type: ignore[union-attr]
    with store.transaction(ACTOR) as tx:
        take_in(tx, "sweep", "palacio", [Heard(MacAddress.parse(mac(5)))], now())
    ines = signed_in(INES)
    page = ines.get("/alerts/1")
    assert "Su última solicitud se rechazó" in page and f'/requests/{folio}"' in page
    said = {"area": "DIF", "name": "Reloj checador", "location": ""}
    assert "Falta este dato" in ines.post("/alerts/1/register", **said)
    ines.post("/alerts/1/register", **(said | {"location": "Entrada"}))
    assert "Entrada" in ines.get("/devices/2")


def test_the_list_of_devices_finds_what_is_not_in_use(signed_in: SignedIn, store: Store) -> None:
    start = datetime(2026, 3, 2, 15, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        one, other = phones(store, 2)
        with store.transaction(ACTOR) as tx:
            for number in (one, other):
                queries.device(tx.session, number).authorisation.state = "active"
            revalidation.start(tx, queries.areas(tx.session), "x")
            row, ana = revalidation.one(tx.session, 1), queries.known_person(tx.session, ANA.email)
            revalidation.mark(tx, row, ana, {one: Said("keep")})
    for day in range(0, 101, 5):
        with store.transaction(ACTOR) as tx:
            at = start + timedelta(days=day)
            take_in(tx, "sweep", "palacio", [Heard(MacAddress.parse(mac(1)))], at)
    with time_machine.travel(start + timedelta(days=100, hours=1), tick=False):
        ines = signed_in(INES)
        page = ines.get("/devices?state=dormant")
        assert f"/devices/{other}" in page and f'/devices/{one}"' not in page and "sin uso" in page
        assert "no se ha visto en noventa días" in ines.get(f"/devices/{other}")
        assert "sin uso" in signed_in(ANA).get("/revalidation/1")
