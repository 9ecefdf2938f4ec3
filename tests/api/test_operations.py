"""What programs do: the same rules as at the pages, each change once, and only on what they have read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from agents import schedule
from netreg.allowlist import Allowlist
from netreg.procedures.catalogue import Catalogue
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.registry.models import KeptAnswer
from netreg.store import audit
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.api.conftest import Program
from tests.people import (
    ACTOR,
    ALMA,
    ANA,
    BETO,
    CARLA,
    INES,
    LEON,
    NORA,
    SARA,
    SOFIA,
    Member,
    ask,
    mac,
    phone,
    phones,
    state,
)
from tests.portal.conftest import Visitor, a_point, an_alert
from tests.procedures.test_reporting import START
from tests.samples import own_definition

Start = Callable[..., Program]
PHONE = {"kind": "phone", "holder": "Luis Peña", "mac": "A4-83-E7-00-00-01", "ownership": "personal"}


def test_a_phone_goes_from_the_form_to_the_allowlist(program: Start) -> None:
    asked = program(ANA).post("/requests", {"area": "OBRAS", "purpose": "Obra", "devices": [PHONE]}, 201)
    reference = asked["reference"]
    assert (asked["folio"], asked["kind"], len(asked["asked"])) == (None, "add", 1)
    paper = {"values": {"paper": True, "annexes": 0, "signed_by": "", "letter_date": ""}}
    received = program(SOFIA).post(f"/tickets/{reference}/act", paper)
    assert received["folio"].startswith("ADJ-P03-")
    turned = program(CARLA).post(f"/tickets/{received['folio']}/act", {"values": {"instruction": ""}})
    assert turned["step"] == 4
    approved = program(INES).post(f"/devices/{asked['asked'][0]['number']}/approve")
    assert approved["authorisation"]["slot"] == 1
    assert program(INES).get("/allowlist")["items"][0]["mac"] == mac(1)


def test_a_fourth_phone_is_refused_and_the_attempt_is_on_record(program: Start, store: Store) -> None:
    phones(store, 3)
    (fourth,) = ask(store, phone(4))
    refused = program(INES).post(f"/devices/{fourth}/approve", status=409)
    assert refused["code"] == "quota_full" and refused["type"] == "urn:netreg:problem:quota_full"
    with store.reading() as session:
        assert "quota_conflict" in {event.name.split(".")[-1] for event in queries.audit(session)}


def test_forty_programs_at_once_get_three_phones_in(program: Start, store: Store) -> None:
    asked = [number for first in (1, 11) for number in ask(store, *(phone(first + i) for i in range(10)))]
    callers = [program(INES) for _ in asked]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda pair: pair[0].ask("POST", f"/devices/{pair[1]}/approve").status_code,
                                 zip(callers, asked, strict=True)))  # fmt: skip
    assert sorted(set(statuses) - {503}) == [200, 409] and statuses.count(200) == 3
    assert sorted(state(store, number)[1] or 0 for number in asked)[-3:] == [1, 2, 3]


def test_nobody_decides_what_they_asked_for_by_this_way_either(program: Start, store: Store) -> None:
    (number,) = ask(store, phone(1), by=SARA)
    assert program(SARA).post(f"/devices/{number}/approve", status=403)["code"] == "not_allowed"


def test_a_change_sent_twice_is_carried_out_once(program: Start, store: Store) -> None:
    ana = program(ANA)
    body = {"area": "OBRAS", "purpose": "Obra", "devices": [PHONE]}
    first = ana.ask("POST", "/requests", body, {"Idempotency_Key": "pedido-1"})
    again = ana.ask("POST", "/requests", body, {"Idempotency_Key": "pedido-1"})
    assert (first.status_code, again.status_code) == (201, 201) and first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true" and again.headers["Location"] == first.headers["Location"]
    with store.reading() as session:
        assert len(queries.tickets(session)) == 1 and session.query(KeptAnswer).count() == 1


def test_a_key_is_good_for_one_thing(program: Start) -> None:
    nora = program(NORA)
    nora.post("/areas", {"code": "TES", "name": "Tesorería"}, 201, Idempotency_Key="a")
    again = nora.post("/areas", {"code": "CAT", "name": "Catastro"}, 422, Idempotency_Key="a")
    assert again["code"] == "key_reused"
    assert program(NORA).post("/areas", {"code": "CAT", "name": "Catastro"}, 201, Idempotency_Key="a")


def test_what_was_refused_may_be_sent_again_under_the_same_key(program: Start, store: Store) -> None:
    inés = program(INES)
    (number,) = phones(store, 1)
    path = f"/devices/{number}/restore"
    assert inés.post(path, {"reason": "volvió"}, 409, Idempotency_Key="k")["code"]
    with store.reading() as session:
        assert session.query(KeptAnswer).count() == 0
    inés.post(f"/devices/{number}/suspend", {"reason": "perdido"})
    assert inés.post(path, {"reason": "volvió"}, Idempotency_Key="k")["authorisation"]["state"] != "suspended"


def test_an_answer_is_forgotten_after_a_day_whether_or_not_another_comes(program: Start, store: Store) -> None:
    nora, body = program(NORA), {"code": "TES", "name": "Tesorería"}
    nora.post("/areas", body, 201, Idempotency_Key="a")
    for hours, kept in ((23, 1), (25, 0)):
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            schedule.keep_office(store)
        with store.reading() as session:
            assert session.query(KeptAnswer).count() == kept


def test_after_a_day_a_key_is_new_also_before_its_answer_was_forgotten(program: Start, store: Store) -> None:
    nora, body = program(NORA), {"code": "TES", "name": "Tesorería"}
    nora.post("/areas", body, 201, Idempotency_Key="a")
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        nora.post("/areas", {"code": "CAT", "name": "Catastro"}, 201, Idempotency_Key="a")
    with store.reading() as session:
        assert session.query(KeptAnswer).count() == 1


def test_a_change_on_what_somebody_else_changed_is_refused(program: Start, store: Store) -> None:
    (number,) = phones(store, 1)
    inés = program(INES)
    seen = inés.ask("GET", f"/devices/{number}").headers["ETag"]
    program(INES).post(f"/devices/{number}/suspend", {"reason": "perdido"}, If_Match=seen)
    late = program(INES).post(f"/devices/{number}/remove", {"reason": "perdido"}, 412, If_Match=seen)
    assert late["code"] == "changed_meanwhile" and state(store, number)[0] == "suspended"


def test_who_has_the_answer_already_is_told_so(program: Start, store: Store) -> None:
    phones(store, 1)
    inés = program(INES)
    tag = inés.ask("GET", "/devices").headers["ETag"]
    again = inés.ask("GET", "/devices", headers={"If_None_Match": tag})
    assert again.status_code == 304 and not again.data


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_page_by_page_every_device_is_told_once_also_while_new_ones_come(
    program: Start, store: Store, limit: int
) -> None:
    there = set(ask(store, *(phone(1 + i) for i in range(7))))
    inés, told, after = program(INES), [], ""
    while after is not None:
        page = inés.get(f"/devices?limit={limit}" + (f"&after={after}" if after else ""))
        told += [one["number"] for one in page["items"]]
        after = page["next"]
        if len(told) == limit:
            ask(store, phone(50))
    assert set(told) == there and len(told) == len(there)


@pytest.mark.parametrize("after", ["%%%", "7", "c-1", "c1234567890123456789", "ñ", "c١"])
def test_a_cursor_that_is_none_of_ours_is_refused(program: Start, after: str) -> None:
    assert program(INES).get(f"/devices?after={after}", 422)["field"] == "after"


def test_refusals_speak_the_language_that_is_asked_for(program: Start) -> None:
    inés = program(INES)
    assert inés.get("/devices/99", 404)["detail"] == "No existe ese equipo."
    assert inés.get("/devices/99", 404, Accept_Language="en")["detail"] == "There is no such device."


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nada", None, 404),
        ("DELETE", "/devices", None, 405),
        ("GET", "/devices?limit=0", None, 422),
        ("GET", "/devices?otra=1", None, 422),
        ("POST", "/areas", {"code": "X"}, 422),
        ("POST", "/areas", {"code": "X", "name": "Y", "más": 1}, 422),
        ("POST", "/areas", [1], 422),
    ],
)
def test_what_is_asked_wrongly_is_told_as_a_problem(
    program: Start, method: str, path: str, body: Any, status: int
) -> None:
    answer = program(NORA if method == "POST" else INES).ask(method, path, body)
    problem = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert problem["status"] == status and problem["code"] and problem["request_id"]


def test_an_alert_is_dealt_with(program: Start, store: Store) -> None:
    number = an_alert(store)
    inés = program(INES)
    assert inés.get("/alerts?state=open")["items"][0]["number"] == number
    assert inés.post(f"/alerts/{number}/ack", {"note": "voy"})["state"] == "acknowledged"
    assert inés.post(f"/alerts/{number}/assign", {"email": INES.email})["assigned_to"] == INES.email
    closed = inés.post(f"/alerts/{number}/close", {"note": "impresora", "decision": ""})
    assert closed["state"] == "closed"


def test_a_point_is_looked_at_and_its_plan_told(program: Start, store: Store) -> None:
    a_point(store)
    phones(store, 1)
    inés = program(INES)
    assert inés.get("/points/cortafuegos/plan", 404)["code"] == "never_read"
    assert inés.post("/points/cortafuegos/push", status=202)["desired"] == 1
    with store.transaction(ACTOR) as tx:
        points.record_push(tx, queries.point(tx.session, "cortafuegos"), Allowlist(), added=0, removed=0)
    assert inés.get("/points/cortafuegos/plan")["adds"] == [mac(1)]


def test_the_audit_log_says_which_request_made_a_change(program: Start, store: Store) -> None:
    answer = program(NORA).ask("POST", "/areas", {"code": "TES", "name": "Tesorería"})
    (newest,) = program(ALMA).get("/audit?name=area.added")["items"][:1]
    assert newest["request_id"] == answer.headers["X-Request-Id"] and newest["actor"] == NORA.email
    assert program(ALMA).get("/audit/verify")["broken_at"] is None
    with store.reading() as session:
        assert audit.verify_store(session).broken_at is None


def test_the_figures_of_a_month_are_told_with_the_folios_behind_them(program: Start) -> None:
    assert program(ALMA).get("/figures/2026-11")["received"] == []
    assert program(ALMA).get("/figures/2026-13", 422)["field"] == "month"
    assert program(ALMA).get("/figures/2026-11?procedure=X", 404)["code"]


def test_what_may_be_done_with_a_request_is_told_with_what_it_asks_for(program: Start, store: Store) -> None:
    ask(store, phone(1))
    (ticket,) = program(INES).get("/tickets?open=true")["items"]
    ways = program(INES).get(f"/tickets/{ticket['reference']}/ways")["items"]
    assert {"return_for_correction"} <= {one["id"] for one in ways if one["kind"] == "extension"}
    assert program(LEON).get(f"/tickets/{ticket['reference']}/ways")["items"] == []


def test_no_password_is_told_or_taken(program: Start) -> None:
    nora = program(NORA)
    assert nora.post("/people", {"email": "x@y.mx", "name": "X", "roles": ["it"], "password": "p"}, 422)
    made = nora.post("/people", {"email": "luz@municipio.gob.mx", "name": "Luz", "roles": ["it"]}, 201)
    assert set(made) == {"number", "email", "name", "area", "roles", "active"}
    closed = nora.patch(f"/people/{made['number']}", {"active": False})
    assert closed["active"] is False


def test_a_program_of_an_area_asks_for_no_other_by_either_way(program: Start, store: Store) -> None:
    store.office = replace(store.office, catalogue=Catalogue.of(["almoloya", "chalco"], None))
    beto = program(BETO)
    device = {"area": "OBRAS", "purpose": "Obra", "devices": [PHONE]}
    light = {"procedure": "GCH-CCS-P06", "area": "OBRAS", "form": {}}
    assert beto.post("/requests", device, 404)["field"] == "area"
    assert beto.post("/tickets", light, 404)["field"] == "area"
    assert program(BETO).post("/requests", device | {"area": "DIF"}, 201)["area"] == "DIF"
    assert program(SOFIA).post("/requests", device | {"devices": [PHONE | {"mac": mac(2)}]}, 201)["area"] == "OBRAS"


def test_a_program_opens_what_the_office_offers_and_devices_by_their_own_form(program: Start) -> None:
    ana = program(ANA)
    assert ana.post("/tickets", {"procedure": "GCH-CCS-P06", "area": "OBRAS"}, 404)["code"] == "procedure_unknown"
    assert ana.post("/tickets", {"procedure": "ADJ-P03", "area": "OBRAS"}, 422)["code"] == "own_form"


def test_the_figures_know_a_definition_of_the_offices_own(
    program: Start, signed_in: Callable[[Member], Visitor], store: Store, tmp_path: Path
) -> None:
    own = tmp_path / "procedures"
    own.mkdir()
    store.office = replace(store.office, catalogue=Catalogue.of([own_definition(own)], own))
    asked = {"procedure": "SMA-P06", "area": "OBRAS", "form": {}}
    with time_machine.travel(START, tick=False):
        folio = program(SOFIA).post("/tickets", asked, 201)["folio"]
        alma = program(ALMA)
        assert alma.get("/figures/2026-10?procedure=SMA-P06")["received"] == [folio]
        assert alma.get("/figures/2026-10?procedure=SMA-P99", 404)["code"] == "procedure_unknown"
        page = signed_in(ALMA).get("/report?month=2026-10&procedure=SMA-P06")
    assert '<option value="SMA-P06" selected' in page and "Carteles de aquí" in page
