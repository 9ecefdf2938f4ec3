"""The files of a request by API: a program fills in any procedure, hands in what it wants, and reads what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from netreg.procedures import asking, attachments, catalogue
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.procedure import Attachment, FormField, Procedure
from netreg.registry import queries
from netreg.store.transaction import Store
from tests.api.conftest import Program
from tests.api.test_operations import PHONE
from tests.people import ANA, BETO, CARLA, INES, Member, phone
from tests.portal.conftest import Visitor
from tests.procedures.walking import applicant, content, filled
from tests.samples import pdf

Start = Callable[..., Program]
ALL = Catalogue.of(["almoloya", "chalco"], None).known
WITH_FILES = sorted(code for code, one in ALL.items() if code != catalogue.CORE and one.files_at(1))


@pytest.fixture
def office(store: Store) -> Store:
    store.office = replace(
        store.office,
        catalogue=Catalogue.of(["almoloya", "chalco"], None),
        lists={"catalog:portal_modules": ("Avisos",)},
    )
    return store


def hand_in(who: Program, reference: str, kind: str, name: str, what: bytes, status: int = 201, **more: Any) -> Any:
    query = {"kind": kind, "name": name, **more}
    answer = who.client.post(
        f"/api/v1/tickets/{reference}/files", query_string=query, data=what,
        headers={"Authorization": f"Bearer {who.token}"}, content_type="application/octet-stream",
    )  # fmt: skip
    assert answer.status_code == status, answer.text
    return answer.get_json()


def draft(who: Program, procedure: Procedure, area: str = "OBRAS") -> str:
    asked = {"procedure": procedure.code, "area": area, "form": filled(procedure.asks_at(1)), "send": False}
    return str(who.post("/tickets", asked, 201)["reference"])


def rows_of(procedure: Procedure, one: Attachment) -> Iterator[str]:
    """The lists in the form whose rows point at a file of this kind."""
    for field in procedure.asks_at(1):
        for column in field.columns if isinstance(field, FormField) else ():
            if column.validation.get("attachment") == one.id:
                yield field.id


@pytest.mark.parametrize("code", WITH_FILES)
def test_a_draft_takes_its_files_and_is_sent(program: Start, office: Store, code: str) -> None:
    procedure = ALL[code]
    who = program(applicant(procedure))
    reference = draft(who, procedure)
    told = who.get(f"/tickets/{reference}/files")
    wanted = procedure.files_at(1)
    assert told == {"items": [], "expected": [one.id for one in wanted]}
    assert who.get(f"/tickets/{reference}")["sent"] is None
    for one in wanted:
        # The form came with one row in each of its lists.
        row = next(({"field": field, "row": 0} for field in rows_of(procedure, one)), {})
        kept = hand_in(who, reference, one.id, f"{one.id}.pdf", content(one), **row)
        assert (kept["kind"], kept["size"]) == (one.id, len(content(one)))
    sent_at = who.post(f"/tickets/{reference}/send")["sent"]
    thrown = who.ask("DELETE", f"/tickets/{reference}")
    assert (thrown.status_code, thrown.get_json()["code"]) == (409, "concurrent_change"), "sent, it stays on record"
    assert sent_at and who.get(f"/tickets/{reference}")["sent"] == sent_at


def sent(who: Program) -> str:
    """A request for a phone that waits for its signed letter."""
    return str(who.post("/requests", {"area": "OBRAS", "purpose": "Obra", "devices": [PHONE]}, 201)["reference"])


def test_the_signed_letter_of_a_request_is_handed_in_and_read_byte_for_byte(program: Start) -> None:
    ana = program(ANA)
    reference = sent(ana)
    assert ana.get(f"/tickets/{reference}/files")["expected"] == ["request_letter"]
    kept = hand_in(ana, reference, "request_letter", "../oficio 12.pdf", pdf(2))
    assert (kept["name"], kept["pages"], kept["by"]) == ("oficio 12.pdf", 2, ANA.email)
    address = f"/tickets/{reference}/files/{kept['number']}"
    for who in (program(ANA), program(INES)):
        read = who.ask("GET", address)
        assert read.data == pdf(2) and read.mimetype == "application/octet-stream"
        assert read.headers["Content-Disposition"] == "attachment"
        assert who.ask("GET", address, None, {"If_None_Match": read.headers["ETag"]}).status_code == 304
    assert program(BETO).get(address, 404)["code"] == "not_found", "of another area"
    assert program(ANA, "requests:read").get(address, 403)["code"] == "scope_missing", "a letter may name addresses"
    assert ana.get(f"/tickets/{reference}/files/{kept['number'] + 1}", 404)["code"] == "not_found"


def test_the_same_file_sent_again_under_its_key_is_kept_once(program: Start) -> None:
    ana = program(ANA)
    reference = sent(ana)
    said = {"Authorization": f"Bearer {ana.token}", "Idempotency-Key": "oficio-1"}
    kind, path = "application/octet-stream", f"/api/v1/tickets/{reference}/files?kind=request_letter&name=a.pdf"
    first, again = (ana.client.post(path, data=pdf(), headers=said, content_type=kind) for _ in range(2))
    assert first.get_json() == again.get_json() and again.headers["Idempotency-Replayed"] == "true"
    assert len(ana.get(f"/tickets/{reference}/files")["items"]) == 1
    other = ana.client.post(path, data=pdf(3), headers=said, content_type=kind)
    assert (other.status_code, other.get_json()["code"]) == (422, "key_reused")


def test_what_nobody_waits_for_is_refused_and_nothing_is_kept(program: Start) -> None:
    ana = program(ANA)
    reference = sent(ana)
    assert hand_in(ana, reference, "photos", "a.jpg", b"\xff\xd8\xff\xe0", 403)["code"] == "no_file_expected"
    assert hand_in(program(INES), reference, "request_letter", "a.pdf", pdf(), 403)["code"] == "no_file_expected"
    assert hand_in(ana, reference, "request_letter", "a.pdf", b"MZ", 422)["code"] == "E_FILE_KIND"
    assert hand_in(program(BETO), reference, "request_letter", "a.pdf", pdf(), 404)["code"] == "not_found"
    assert hand_in(program(ANA, "requests:read"), reference, "request_letter", "a.pdf", pdf(), 403)
    named = ana.ask("POST", f"/tickets/{reference}/files?kind=request_letter&name=a.pdf", {"content": "x"})
    assert (named.status_code, named.get_json()["code"]) == (415, "media_type")
    large = b"%PDF-" + bytes(attachments.MOST_BYTES + 2 * 1024 * 1024)
    assert hand_in(ana, reference, "request_letter", "a.pdf", large, 413)["code"] == "too_large"
    assert ana.get(f"/tickets/{reference}/files")["items"] == []


def test_a_draft_without_its_files_is_not_sent_and_may_be_thrown_away(program: Start, office: Store) -> None:
    procedure = ALL["GCH-CCS-P02"]
    ana = program(applicant(procedure))
    reference = draft(ana, procedure)
    lacking = ana.post(f"/tickets/{reference}/send", None, 422)
    assert lacking["field"] and ana.get(f"/tickets/{reference}")["sent"] is None
    number = hand_in(ana, reference, "fact_sheet", "ficha.pdf", pdf())["number"]
    left = ana.ask("DELETE", f"/tickets/{reference}/files/{number}").get_json()
    assert left["items"] == [] and "fact_sheet" in left["expected"]
    assert program(CARLA).get(f"/tickets/{reference}", 404), "a draft is seen by who fills it in"
    assert ana.ask("DELETE", f"/tickets/{reference}").get_json()["reference"] == reference
    assert ana.get(f"/tickets/{reference}", 404)["code"] == "not_found"


def test_a_draft_of_the_form_for_devices_is_left_to_that_form(
    program: Start, signed_in: Callable[[Member], Visitor], store: Store
) -> None:
    with store.transaction(ANA.email) as tx:
        person = queries.known_person(tx.session, ANA.email)
        wanted = asking.Form("Obra", wanted=[phone(1)])
        reference = asking.draft(tx, queries.area(tx.session, "OBRAS"), person, wanted).reference
    ana = program(ANA)
    for refused in (ana.ask("POST", f"/tickets/{reference}/send", {}), ana.ask("DELETE", f"/tickets/{reference}")):
        assert (refused.status_code, refused.get_json()["code"]) == (422, "own_form")
    for way in ("file", "throw-away"):
        assert "formulario" in signed_in(ANA).post(f"/requests/{reference}/{way}", privacy_ack="1")
    assert ana.get(f"/tickets/{reference}")["sent"] is None, "it is as it was"


def test_a_file_of_a_row_belongs_to_a_row_that_has_one(program: Start, office: Store) -> None:
    procedure = ALL["ADJ-P01"]
    who = program(applicant(procedure))
    reference = draft(who, procedure)
    (field,) = rows_of(procedure, next(one for one in procedure.files_at(1) if one.id == "content_files"))
    for wrong in ({"field": field, "row": 1}, {"field": "no_such_list", "row": 0}):
        refused = hand_in(who, reference, "content_files", "reglamento-2026.pdf", pdf(), 422, **wrong)
        assert (refused["code"], refused["field"]) == ("E_FILE_ROW", "row")
    assert who.get(f"/tickets/{reference}/files")["items"] == []
