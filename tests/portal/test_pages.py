"""What each person sees and does, without JavaScript. The visitor checks every page it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import time_machine
from sqlalchemy import func, select

from netreg.allowlist import Allowlist, Entry
from netreg.config import Settings
from netreg.enforcement.breaker import Pauses
from netreg.enforcement.plan import Drift, Plan
from netreg.errors import Unreachable, UnsafePlan
from netreg.mac import MacAddress
from netreg.procedures import device_access, tickets
from netreg.registry import allowlists, deciding, progress, queries
from netreg.registry.commands import devices, passes, pausing, people, points, strays
from netreg.registry.models import Device, Ticket
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ALMA, ANA, BETO, CARLA, INES, LEON, NORA, SARA, SOFIA, Member, mac
from tests.portal.conftest import Visitor, a_point, a_request, an_alert, row
from tests.procedures.test_uploads import pdf

SignedIn = Callable[[Member], Visitor]
PHONES = ("a4:83:e7:11:22:31", "a4:83:e7:11:22:32", "a4:83:e7:11:22:33", "a4:83:e7:11:22:34")


def stored(store: Store) -> tuple[int, int]:
    """How many requests and devices there are."""
    with store.reading() as session:
        count = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Ticket, Device)]
        return count[0], count[1]


def state_of(store: Store, device: int) -> str:
    with store.reading() as session:
        return queries.device(session, device).authorisation.state


def test_a_liaison_asks_for_a_phone_and_sees_none_in_use(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    assert "0 de 3 teléfonos en uso" in ana.get("/")
    page = ana.ask("A4-83-E7-11-22-33")
    assert "Solicitud E1" in page and "por decidir" in page and "todavía no" in page
    assert "••:••:••:••:22:33" in page and "a4:83:e7:11:22:33" not in page
    assert stored(store) == (1, 1)


def test_a_letter_o_for_a_zero_is_refused_at_its_field_and_what_was_typed_is_kept(
    signed_in: SignedIn, store: Store
) -> None:
    ana = signed_in(ANA)
    page = ana.post(
        "/requests/new", 422, once="x" * 20, purpose="Obra", **{"kind-0": "phone", "mac-0": "a4:83:e7:11:22:3O"}
    )
    assert 'id="mac-0-error"' in page and "letra O en vez de cero" in page
    assert 'href="#mac-0"' in page and 'href="#holder-0"' in page
    assert 'value="a4:83:e7:11:22:3O"' in page and 'value="Obra"' in page
    assert stored(store) == (0, 0)


def test_one_request_can_hold_several_devices_without_javascript(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    first = row(0, mac=PHONES[0])
    page = ana.post("/requests/new", 200, action="add", once="x" * 20, purpose="Obra", **first)
    assert 'name="mac-1"' in page and f'value="{PHONES[0]}"' in page
    second = row(1, kind="computer", holder="Eva", computer_name="obras-pc07")
    assert "OBRAS-PC07" in ana.post("/requests/new", once="x" * 20, purpose="Obra", **first, **second)
    assert "OBRAS-PC07" in ana.send("E1")
    assert stored(store) == (1, 2)


def test_a_row_can_be_taken_out_again_and_the_last_one_stays(signed_in: SignedIn) -> None:
    ana = signed_in(ANA)
    page = ana.post("/requests/new", 200, action="drop-0", **{"kind-0": "phone", "kind-1": "phone", "mac-1": "11"})
    assert 'name="mac-1"' not in page and 'value="11"' in page
    assert 'name="mac-0"' in ana.post("/requests/new", 200, action="drop-0", **{"kind-0": "phone"})


def test_the_same_address_twice_in_one_form_is_refused(signed_in: SignedIn, store: Store) -> None:
    values = row(0, mac=PHONES[0]) | row(1, mac=PHONES[0].upper())
    page = signed_in(ANA).post("/requests/new", 422, once="x" * 20, purpose="Obra", **values)
    assert "aparece dos veces" in page and stored(store) == (0, 0)


def test_a_form_sent_twice_is_one_request(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    assert ana.fill(PHONES[0], once="the-very-same-form-1") == "E1"
    assert ana.fill(PHONES[0], once="the-very-same-form-1") == "E1"
    before = ana.seen("E1")
    ana.send("E1")
    page = ana.post("/requests/E1/send", 409, seen=before, use_ack="yes", privacy_ack="yes")
    assert "Ana López concluyó el paso 1" in page
    assert stored(store) == (1, 1)


def test_it_approves_and_the_phone_is_sent_to_the_points(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    ines = signed_in(INES)
    assert folio in ines.get("/requests?state=en_revision")
    assert PHONES[0] in ines.get(f"/requests/{folio}")
    page = ines.post(f"/requests/{folio}/devices/1/approve")
    assert "Aprobado." in page and "1 de 3 teléfonos en uso" in page
    assert state_of(store, 1) == "pushing"


def test_a_fourth_phone_is_refused_with_the_hint_and_nothing_changes(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, *PHONES)
    for number in (1, 2, 3):
        deciding.approve(store, INES.email, number)
    page = signed_in(INES).post(f"/requests/{folio}/devices/4/approve")
    assert "Cupo lleno" in page and "Rechace por cupo" in page and "3 de 3 teléfonos en uso" in page
    assert state_of(store, 4) == "requested"


def test_a_rejection_needs_a_reason_and_the_area_reads_it(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    ines = signed_in(INES)
    assert "Motivo: Falta este dato." in ines.post(f"/requests/{folio}/devices/1/reject", code="other")
    assert state_of(store, 1) == "requested"
    ines.post(f"/requests/{folio}/devices/1/reject", code="other", reason="Equipo prestado")
    assert "Otra causa: Equipo prestado" in signed_in(ANA).get(f"/requests/{folio}")


def test_another_areas_folio_and_device_look_like_missing_ones(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    beto = signed_in(BETO)
    for path in (f"/requests/{folio}", f"/requests/{folio}/live", "/requests/ADJ-P03-2026-99999", "/devices/1"):
        assert "No existe esta página" in beto.get(path, 404)
    beto.get(f"/devices/{10**30}", 404)
    assert folio not in beto.get("/requests") and "Luis" not in beto.get("/devices")


def test_nobody_decides_what_they_asked_for(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0], who=SARA)
    page = signed_in(SARA).post(f"/requests/{folio}/devices/1/approve")
    assert "Nadie decide lo que pidió" in page and state_of(store, 1) == "requested"


def test_a_device_is_decided_only_in_its_own_folio(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    other = a_request(store, PHONES[1])
    signed_in(INES).post(f"/requests/{other}/devices/1/approve", 404)
    assert state_of(store, 1) == "requested"


def test_hostile_text_is_shown_as_text(signed_in: SignedIn, store: Store) -> None:
    evil = "<script>alert(1)</script>"
    folio = a_request(store, PHONES[0], purpose=evil, holder=evil)
    number = an_alert(store, place=evil, explanation=f'"><img src=x onerror=alert(1)> {evil}')
    ines = signed_in(INES)
    for path in (
        "/",
        f"/requests/{folio}",
        "/devices/1",
        "/devices?q=" + evil,
        "/alerts",
        f"/alerts/{number}",
        "/audit",
    ):
        assert evil not in ines.get(path)
    ines.get(f"/{evil}", 404)


def test_it_suspends_and_the_coordinator_restores_and_removes_with_a_reason(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    deciding.approve(store, INES.email, 1)
    ines, carla = signed_in(INES), signed_in(CARLA)
    assert "Motivo: Falta este dato." in ines.post("/devices/1/suspend", reason=" ", code="other")
    orders = ((ines, "suspend", "suspended"), (carla, "restore", "pushing"), (carla, "remove", "removing"))
    for who, action, state in orders:
        who.post(f"/devices/1/{action}", reason="Se perdió", code="lost")
        assert state_of(store, 1) == state
    assert "Se perdió" in ines.get("/devices/1")
    ines.post("/devices/1/restore", 403, reason="x")


def test_a_computer_is_bound_to_its_address_with_evidence(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.send(ana.fill(**row(0, kind="computer", holder="Eva", computer_name="OBRAS-PC07")))
    with store.transaction(ACTOR) as tx:
        device_access.put_through(tx, queries.ticket(tx.session, "E1"))
    deciding.approve(store, INES.email, 1)
    ines = signed_in(INES)
    assert "Dirección MAC: Revise" in ines.post(
        "/devices/1/bind", mac="zz", medium="wifi", evidence="ipconfig", kind="inspection"
    )
    seen = {"mac": PHONES[3], "medium": "ethernet", "evidence": "ipconfig", "kind": "inspection"}
    assert PHONES[3] in ines.post("/devices/1/bind", **seen)
    assert state_of(store, 1) == "pushing"
    assert "OBRAS-PC07" in ines.get(f"/devices?q={PHONES[3].upper().replace(':', '-')}&state=pushing")


def test_a_point_shows_its_counts_and_turns_verified(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    a_request(store, PHONES[0])
    deciding.approve(store, INES.email, 1)
    ines = signed_in(INES)
    page = ines.get("/points")
    assert "nunca verificado" in page and "SHA256:" in page
    before = ines.client.get("/points/cortafuegos/live")
    again = ines.client.get("/points/cortafuegos/live", headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304
    with store.transaction("agent:push") as tx:
        wanted = allowlists.desired(tx.session)
        points.record_push(tx, queries.point(tx.session, "cortafuegos"), wanted, added=1, removed=0)
    assert "state-good" not in before.text
    assert ines.client.get("/points/cortafuegos/live").headers["ETag"] != before.headers["ETag"]
    assert "Se pidió revisar cortafuegos ahora." in ines.post("/points/cortafuegos/push")


def test_a_plan_the_guard_stopped_is_read_and_confirmed_by_its_checksum(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    before = Allowlist.of([Entry(MacAddress(PHONES[0]), "nr-9")])
    refused = Plan.between(before, Allowlist()).checksum
    stop = UnsafePlan(
        "El plan vacía la lista.", "Empties.", adds=0, removes=1, limit=0, checksum=refused, reason="empty"
    )
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, before, added=1, removed=0)
        points.record_failure(tx, point, stop)
    ines = signed_in(INES)
    page = ines.get("/points")
    checksum = page.split('name="checksum" value="')[1][:64]
    assert "detenido" in page and PHONES[0] in page
    assert "Plan confirmado" in ines.post("/points/cortafuegos/confirm", checksum=checksum)
    with store.reading() as session:
        assert queries.point(session, "cortafuegos").confirmed_plan == checksum == refused


def test_who_ordered_what_a_stopped_plan_takes_out_is_told_who_confirms_it(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    a_request(store, PHONES[0])
    deciding.approve(store, INES.email, 1)
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, allowlists.desired(tx.session), added=1, removed=0)
    with store.transaction(NORA.email) as tx:
        devices.remove(tx, queries.device(tx.session, 1), "Se cambió")
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        plan = Plan.between(allowlists.baseline(point) or Allowlist(), Allowlist())
        stop = UnsafePlan("Vacía.", "Empties.", adds=0, removes=1, limit=0, checksum=plan.checksum, reason="empty")
        points.record_failure(tx, point, stop)
    nora, send = signed_in(NORA), "/points/cortafuegos/confirm"
    page = nora.get("/points")
    assert "lo confirma otra persona. Pueden hacerlo: Inés Mora, Sara Vega." in page and "Confirmar este" not in page
    assert "You ordered what this plan takes out" in nora.get("/points?lang=en")
    assert "Pídaselo a Inés Mora, Sara Vega." in (
        nora.get("/points?lang=es") and nora.post(send, checksum=plan.checksum)
    )
    with store.transaction(ACTOR) as tx:
        for member in (INES, SARA):
            people.set_active(tx, queries.known_person(tx.session, member.email), active=False)
    page = nora.get("/points")
    assert "nadie más puede confirmarlo" in page and "Confirmar este plan" in page
    assert "Plan confirmado" not in nora.post(send, checksum=plan.checksum)
    assert "Plan confirmado" in nora.post(send, checksum=plan.checksum, reason="Las demás están de vacaciones")


def test_a_point_that_is_left_alone_says_until_when_and_it_may_try_it_now(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    away = Unreachable("cortafuegos", "no connection")
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        for _ in range(4):
            pausing.failed(tx, point, away, now(), Pauses(), jitter=1)
            points.record_failure(tx, point, away)
    ines = signed_in(INES)
    page = ines.get("/points")
    assert "En pausa hasta las" in page and "4 fallos seguidos" in page and "Intentar ahora" in page
    assert "Intentar ahora" not in signed_in(ALMA).get("/points"), "an auditor changes nothing"
    page = ines.post("/points/cortafuegos/push")
    assert "se intenta ahora" in page and "En pausa" not in page


def test_a_push_under_way_and_one_that_died_are_told_step_by_step(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    ines = signed_in(INES)
    assert "Actualizar" not in ines.get("/points") and ines.get("/points/cortafuegos/running").strip() == ""
    with store.transaction("agent:push") as tx:
        claim = outbox.claim(tx.session, "worker", now(), timedelta(minutes=2), ("push",))
        assert claim is not None
        progress.note(tx.session, claim, ["read", "plan", "guard", "backup", "arm"], now(), now())
    for path in ("/points", "/points/cortafuegos/history"):
        page = ines.get(path)
        assert "Armó la vuelta atrás" in page and "Quitar la vuelta atrás" in page and "Actualizar" in page
        assert page.count('aria-current="step"') == 1 and 'is-current" aria-current="step">Aplicar los cambios' in page
    assert "Armed the way back" in ines.get("/points?lang=en")
    piece = ines.client.get("/points/cortafuegos/running")
    same = ines.client.get("/points/cortafuegos/running", headers={"If-None-Match": piece.headers["ETag"]})
    assert "data-busy" in piece.text and same.status_code == 304
    with time_machine.travel(now() + timedelta(minutes=3)):
        page = ines.get("/points?lang=es")
        assert "se interrumpió" in page and "Lo último que hizo: Armó la vuelta atrás." in page
        assert "data-busy" not in page


def test_the_history_of_a_point_tells_each_push_with_its_plan(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    plan = Plan.between(
        Allowlist(), Allowlist.of([Entry(MacAddress(mac(number)), f"nr-{number}") for number in (1, 2)])
    )
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        for _ in range(25):
            passes.note(tx, point, plan, seconds=0.2)
        for _ in range(4):
            passes.note(tx, point, None, error=Unreachable("cortafuegos", "no connection"))
        passes.note(tx, point, Plan.between(Allowlist(), Allowlist()), seconds=0.1)
    page = signed_in(INES).get("/points/cortafuegos/history")
    assert "4 veces seguidas" in page and "agrega 2, quita 0" in page and mac(1) in page and plan.checksum in page
    assert page.count("<h2") == 20, "what changed nothing is no history"
    older = page.split('href="/points/cortafuegos/history?before=')[1].split('"')[0]
    assert signed_in(INES).get(f"/points/cortafuegos/history?before={older}").count("<h2") == 6
    assert mac(1) not in signed_in(ALMA).get("/points/cortafuegos/history")


def test_it_decides_about_entries_made_by_hand_on_the_points_page(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    a_point(store)
    made = Allowlist.of([Entry(MacAddress(mac(71))), Entry(MacAddress(mac(72)), "copiadora")])
    with store.transaction("agent:push") as tx:
        strays.note_drift(tx, queries.point(tx.session, "cortafuegos"), made, Drift(made))
    page = ines.get("/points")
    assert mac(71) in page and "«copiadora»" in page and "dejan pasar, hasta que Informática decida" in page
    assert "Elija al menos una entrada." in ines.post("/points/cortafuegos/remove", reason="Nadie la pidió")
    assert "Se quitan de cortafuegos" in ines.post("/points/cortafuegos/remove", mac=mac(71), reason="Nadie la pidió")
    adopted = {"mac": mac(72), "area": "OBRAS", "name": "Copiadora", "location": "Pasillo"}
    assert "Registrado como infraestructura." in ines.post("/points/cortafuegos/adopt", **adopted)
    page = ines.get("/points")
    assert "por quitar" in page and mac(72) not in page
    assert mac(71) not in signed_in(ALMA).get("/points"), "an auditor reads no whole address"


def test_a_refused_order_comes_back_with_what_was_typed_once(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    number = an_alert(store)
    assert 'value="Vuelve el lunes"' in ines.post(f"/alerts/{number}/snooze", until="ayer", note="Vuelve el lunes")
    assert "Vuelve el lunes" not in ines.get(f"/alerts/{number}")
    folio = a_request(store, PHONES[0])
    page = ines.post(f"/requests/{folio}/devices/1/reject", code="other", reason=" ")
    assert "<details open>" in page and '<option value="other" selected>' in page


def test_a_request_goes_from_the_form_to_the_signed_receipt_through_every_desk(
    signed_in: SignedIn, store: Store, settings: Settings
) -> None:
    ana, sofia, carla, ines, leon = (signed_in(one) for one in (ANA, SOFIA, CARLA, INES, LEON))
    assert "Entregue el oficio firmado" in ana.ask(PHONES[0], letter_number="OP/012/2026")
    assert "E1" in sofia.get("/") and "1</p>" in sofia.get("/")
    page = sofia.post("/requests/E1/act", seen=sofia.seen("E1"), answer="else", annexes="1")
    assert "Falta el oficio firmado" in page and 'value="1"' in page
    page = sofia.act("E1", annexes="1", paper="yes")
    folio = page.split("<h1>Solicitud ")[1].split("<")[0]
    assert folio.startswith("ADJ-P03-") and ana.client.get(f"/requests/{folio}/receipt.pdf").data.startswith(b"%PDF")
    assert "Turnar a Informática" in carla.get(f"/requests/{folio}")
    carla.act(folio, instruction="Atender hoy")
    ines.post(f"/requests/{folio}/devices/1/reject", code="not_official_use")
    assert "No es para uso oficial" in ana.get(f"/requests/{folio}")
    draft = leon.get(f"/requests/{folio}")
    assert "{equipos_rechazados}" in draft and "Pasar a revisión" in draft
    leon.act(folio, paragraphs="No procede lo pedido.\n\n{equipos_rechazados}\n\nFolio {folio}.")
    assert leon.client.get(f"/requests/{folio}/letter.pdf").data.startswith(b"%PDF")
    ana.get(f"/requests/{folio}/letter.pdf", 404)
    carla.act(folio, answer="no", comment="Salude al final")
    leon.act(folio, paragraphs="No procede lo pedido.\n\n{equipos_rechazados}\n\nFolio {folio}. Saludos.")
    assert "<ins>" in carla.get(f"/requests/{folio}") and "Salude al final" in carla.get(f"/requests/{folio}")
    assert "OF/0001/" in carla.act(folio, answer="yes")
    sofia.act(folio, receiver="Tomás Gil", receiver_post="Director")
    assert "concluida" in sofia.act(folio, signed="yes")
    letter = ana.client.get(f"/requests/{folio}/letter.pdf")
    assert letter.data.startswith(b"%PDF") and letter.mimetype == "application/pdf"
    check_the_letter(ana, letter.data)


def check_the_letter(somebody: Visitor, content: bytes) -> None:
    """Anybody with the number may compare a file with the one that was signed."""
    number = f"OF-0001-{datetime.now().year}"
    for sent, said in ((content, "Es el mismo archivo"), (content + b" ", "no es el que se firmó")):
        somebody.get(f"/verify/{number}")
        data = {"csrf_token": somebody.token, "file": (BytesIO(sent), "oficio.pdf")}
        assert said in somebody.client.post(f"/verify/{number}", data=data).text
    somebody.get("/verify/OF-0009-2026", 404)


def test_who_comes_second_is_told_what_happened_and_keeps_what_was_typed(signed_in: SignedIn, store: Store) -> None:
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    ana.ask(PHONES[0])
    old = sofia.seen("E1")
    sofia.act("E1", paper="yes")
    page = signed_in(CARLA).post("/requests/E1/act", 409, seen=old, answer="else", instruction="Urge")
    assert "desde que usted la abrió" in page and "Sofía Cano concluyó el paso 2" in page and 'value="Urge"' in page


def test_a_returned_request_is_corrected_in_the_form_it_was_sent_with(signed_in: SignedIn, store: Store) -> None:
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    ana.ask(PHONES[0])
    sofia.post("/requests/E1/ways/return_for_correction", seen=sofia.seen("E1"), note="La dirección es de otro equipo")
    page = ana.get("/requests/E1")
    assert "La dirección es de otro equipo" in page and "Corrija y envíe de nuevo" in page
    assert PHONES[0] in ana.get("/requests/E1/correct")
    values = {**row(), "once": "x" * 20, "purpose": "Obra"}
    assert "letra O" in ana.post("/requests/E1/correct", 422, **values, **{"mac-0": "a4:83:e7:11:22:3O"})
    ana.post("/requests/E1/correct", **values, **{"mac-0": PHONES[1], "letter_number": "OP/013/2026"})
    ana.send("E1")
    assert "22:32" in ana.get("/requests/E1") and "OP/013/2026" in sofia.get("/requests/E1")
    ana.get("/requests/E1/correct", 404)


def test_a_liaison_withdraws_and_nobody_else_can(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.ask(PHONES[0])
    assert "No existe esta página" in signed_in(BETO).post("/requests/E1/ways/withdraw", 404, seen="2", note="x")
    order = {"seen": ana.seen("E1"), "note": "x"}
    assert "Este paso no le corresponde" in signed_in(INES).post("/requests/E1/ways/withdraw", **order)
    assert "desistida" in ana.post("/requests/E1/ways/withdraw", seen=ana.seen("E1"), note="Ya no")


def test_a_swap_is_asked_for_in_the_form_among_the_areas_own_phones(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    assert "¿Sustituye a otro teléfono?" not in ana.get("/requests/new"), "there is none to replace"
    a_request(store, PHONES[0])
    deciding.approve(store, INES.email, 1)
    assert "Luis Peña (••:••:••:••:22:31)" in ana.get("/requests/new")
    assert "uno por cada sustitución" in ana.post(
        "/requests/new", 422, **{"once": "y" * 20, "purpose": "Obra", **row(mac=PHONES[1], replaces="77")},
    )  # fmt: skip
    page = ana.ask(PHONES[1], **{"replaces-0": "1"})
    reference = page.split("<h1>Solicitud ")[1].split("<")[0]
    with store.transaction(ACTOR) as tx:
        folio = device_access.put_through(tx, queries.ticket(tx.session, reference)).reference
    assert "espera el cambio" in signed_in(INES).post(f"/requests/{folio}/devices/2/approve")
    assert state_of(store, 1) == "removing"


def test_the_registers_are_printed_for_those_who_may_see_them(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    carla = signed_in(CARLA)
    for path in ("/report/devices.pdf", "/report/letters.pdf"):
        assert carla.client.get(path).data.startswith(b"%PDF")
    assert signed_in(SOFIA).client.get("/report/letters.pdf").data.startswith(b"%PDF")
    signed_in(SOFIA).get("/report/devices.pdf", 403)


def test_the_signed_letter_is_handed_in_as_a_file_and_read_by_those_who_see_the_request(
    signed_in: SignedIn, store: Store
) -> None:
    ana, sofia, beto = (signed_in(one) for one in (ANA, SOFIA, BETO))
    ana.ask(PHONES[0])
    assert "no es un PDF" in hand_in(ana, b"MZ")
    declared = {"CONTENT_LENGTH": "11000000", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    refused = ana.client.post("/requests/E1/files", environ_overrides=declared)
    assert refused.status_code == 413 and "El archivo es demasiado grande" in refused.text
    assert "Se guardó el archivo." in hand_in(ana, pdf())
    assert "Oficio firmado: oficio.pdf" in sofia.get("/requests/E1")
    answer = sofia.client.get("/requests/E1/files/1")
    assert answer.data == pdf() and answer.headers["Content-Disposition"].startswith("attachment")
    beto.get("/requests/E1/files/1", 404)
    sofia.get("/requests/E1/files/2", 404)
    assert "ADJ-P03-" in sofia.act("E1"), "the file is as good as paper"
    assert "Entregar el archivo" not in ana.get("/requests/E1")


def hand_in(somebody: Visitor, content: bytes) -> str:
    data = {"csrf_token": somebody.token, "file": (BytesIO(content), "oficio.pdf")}
    answer = somebody.client.post("/requests/E1/files", data=data)
    assert answer.status_code == 303
    return somebody.get("/requests/E1")


def test_long_lists_come_a_page_at_a_time(signed_in: SignedIn, store: Store) -> None:
    folios = [a_request(store, f"a4:83:e7:00:00:{n:02x}") for n in range(51)]
    ines = signed_in(INES)
    first, last = ines.get("/requests"), ines.get("/requests?page=2&state=en_revision")
    assert folios[0] in first and folios[-1] not in first and 'rel="next"' in first and 'rel="prev"' not in first
    assert folios[-1] in last and folios[0] not in last and 'rel="prev"' in last
    assert ines.get("/requests?page=99").count("<tr>") == ines.get("/requests?page=2").count("<tr>") == 2
    assert "50 de 51 equipos" in ines.get("/devices?page=-1") and "1 de 51 equipos" in ines.get("/devices?page=2")


def test_the_audit_log_is_read_by_subject_in_pages(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    for _time in range(60):
        with store.transaction(ACTOR) as tx:
            points.ask_push(tx, queries.point(tx.session, "cortafuegos"))
    alma = signed_in(ALMA)
    page = alma.get("/audit?subject=point cortafuegos")
    assert "Anteriores" in page and "person" not in page.split("<tbody>")[1]
    assert "agregó el punto" in alma.get("/audit?subject=point cortafuegos&before=20")
    alma.get(f"/audit?before={10**30}")


def test_every_page_speaks_english_when_asked(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    folio = a_request(store, PHONES[0])
    ana = signed_in(ANA)
    assert "0 of 3 phones in use" in ana.get("/?lang=en")
    assert "Did you write the letter O" in ana.post("/requests/new", 422, **{"kind-0": "phone", "mac-0": "O"})
    assert "to be decided" in ana.get(f"/requests/{folio}")
    assert 'lang="es"' in ana.get("/?lang=es")
    ines = signed_in(INES)
    assert "never verified" in ines.get("/points?lang=en") and "finished step 1 of request" in ines.get("/audit")


def test_the_browsers_language_is_followed_and_then_the_offices(visitor: Visitor) -> None:
    assert "Sign in" in visitor.get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "Entrar" in visitor.get("/login", headers={"Accept-Language": "de"})


def test_past_the_term_the_page_asks_it_why_says_it_in_words_and_keeps_the_answer(
    signed_in: SignedIn, store: Store
) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        folio = a_request(store, PHONES[0])
    ana = signed_in(ANA)
    page = ana.get(f"/requests/{folio}")
    assert "fuera de plazo" in page and "pasó el término de 72 h" in page and "¿por qué?" not in page
    assert "Turno a Informática" not in page, "the office's own clocks are the office's"
    ines = signed_in(INES)
    page = ines.get(f"/requests/{folio}")
    assert "Pasó el término de 72 h: ¿por qué?" in page and "Turno a Informática" in page
    assert "Explicación: Falta este dato." in ines.post(f"/requests/{folio}/delay", why="other", words=" ")
    assert "Causa: Punto caído" in ines.post(f"/requests/{folio}/delay", why="point_down")
    assert "Causa: Punto caído" in ana.get(f"/requests/{folio}")
    for visitor in (ana, signed_in(SOFIA), signed_in(ALMA)):
        visitor.post(f"/requests/{folio}/delay", 403, why="workload")


def test_who_settles_a_device_late_lands_on_the_question_why(signed_in: SignedIn, store: Store) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        late = a_request(store, PHONES[0])
    prompt = a_request(store, PHONES[1])
    ines = signed_in(INES)
    for folio, device, anchor in ((late, 1, "delay-title"), (prompt, 2, "device-2")):
        sent = {"csrf_token": ines.token, "seen": ines.seen(folio)}
        answer = ines.client.post(f"/requests/{folio}/devices/{device}/approve", data=sent)
        assert answer.location.endswith(f"#{anchor}")


def test_the_mark_of_24_hours_and_a_pause_are_told_in_words(signed_in: SignedIn, store: Store) -> None:
    with time_machine.travel(now() - timedelta(days=2)):
        folio = a_request(store, PHONES[0])
    marks = ("pasó la marca de 24 h", "en plazo", "pasó la marca de 48 h")
    assert any(mark in signed_in(INES).get(f"/requests/{folio}") for mark in marks)
    with store.transaction(INES.email) as tx:
        ticket = queries.ticket(tx.session, folio)
        tickets.extend(tx, ticket, queries.person(tx.session, INES.email), "return_for_correction", "Falta la firma")
    page = signed_in(SOFIA).get(f"/requests/{folio}")
    assert "reloj detenido" in page and "devuelta: «Falta la firma»" in page and "Corrección del área" in page


def test_the_start_page_shows_the_first_of_many_and_where_all_are(signed_in: SignedIn, store: Store) -> None:
    folios = [a_request(store, f"a4:83:e7:00:00:{n:02x}") for n in range(12)]
    page = signed_in(INES).get("/")
    assert "(12)" in page and "primeras 10" in page and 'href="/requests/queue"' in page
    shown = page.split('id="group-')[1].split("</table>")[0]
    assert folios[0] in shown and folios[9] in shown and folios[10] not in shown


def test_the_start_page_groups_what_waits(signed_in: SignedIn, store: Store) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        late = a_request(store, PHONES[0])
    a_request(store, PHONES[1])
    page = signed_in(INES).get("/")
    overdue, rest = page.index('id="group-overdue"'), page.index('id="group-rest"')
    assert overdue < page.index(late, overdue) < rest and "Fuera de plazo" in page and "1 fuera de plazo" in page
