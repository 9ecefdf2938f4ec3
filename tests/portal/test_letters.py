"""The pages around a letter: what may be printed by whom, how it is signed by hand, and what anybody may check."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest

from netreg.office import AUTOGRAPH
from netreg.procedures import letters
from netreg.procedures.archive import kept
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.transaction import Store
from tests.people import ALMA, ANA, BETO, CARLA, INES, LEON, NORA, SOFIA, TOMAS, Member, phone
from tests.portal.conftest import Visitor
from tests.procedures.test_answer import REFUSAL, signed
from tests.procedures.test_tickets import act, extend, sent, turned_over
from tests.procedures.test_uploads import pdf

SignedIn = Callable[[Member], Visitor]
DELIVERY = {"receiver": "Tomás Gil", "receiver_post": "Director"}


def fetched(visitor: Visitor, path: str) -> int:
    answer = visitor.client.get(path)
    assert answer.status_code != 200 or answer.data.startswith(b"%PDF-")
    return answer.status_code


def stored(store: Store, folio: str, name: str = "pdf") -> bytes:
    with store.reading() as session:
        one = letters.letter_of(session, queries.ticket(session, folio))
        return kept(store.office.files, getattr(one, name)).read_bytes()


# --- printing ---

BY_WHOM = {
    "request.pdf": {ANA: 200, TOMAS: 200, CARLA: 200, INES: 200, SOFIA: 403, LEON: 403, ALMA: 403, NORA: 403},
    "turn.pdf": {ANA: 403, TOMAS: 403, CARLA: 200, INES: 200, SOFIA: 200, LEON: 200, ALMA: 403, NORA: 403},
    "receipt.pdf": {ANA: 200, TOMAS: 200, CARLA: 200, INES: 200, SOFIA: 200, LEON: 200, ALMA: 200, NORA: 403},
}


@pytest.mark.parametrize("member", BY_WHOM["turn.pdf"], ids=lambda one: one.name)
def test_a_sheet_is_printed_by_those_it_is_for(signed_in: SignedIn, store: Store, member: Member) -> None:
    reader, before = signed_in(member), sent(store)
    assert fetched(reader, f"/requests/{before}/request.pdf") == BY_WHOM["request.pdf"][member]
    folio = turned_over(store, phone(2))
    for name in ("turn.pdf", "receipt.pdf"):
        assert fetched(reader, f"/requests/{folio}/{name}") == BY_WHOM[name][member], name


def test_scenario_39_another_areas_sheets_look_like_those_of_a_folio_that_is_not_there(
    signed_in: SignedIn, store: Store
) -> None:
    reference, beto = sent(store), signed_in(BETO)
    for name in ("request.pdf", "receipt.pdf", "letter.pdf"):
        pages = [beto.get(f"/requests/{one}/{name}", 404) for one in (reference, "E999")]
        mine, none = (re.sub(r'name="csrf_token" value="[^"]+"|<code>[0-9a-f]+</code>', "", page) for page in pages)
        assert mine == none.replace("E999", reference)


def test_a_liaison_who_helps_at_the_desk_prints_the_letters_of_their_own_area_only(
    signed_in: SignedIn, store: Store
) -> None:
    reference = sent(store)
    with store.transaction("cli:root") as tx:
        people.set_roles(tx, queries.known_person(tx.session, BETO.email), ("liaison", "secretarial"))
    beto = signed_in(BETO)
    assert "request.pdf" not in beto.get(f"/requests/{reference}")
    assert fetched(beto, f"/requests/{reference}/request.pdf") == 404


def test_the_page_offers_to_print_what_is_there(signed_in: SignedIn, store: Store) -> None:
    sent(store)
    ana = signed_in(ANA)
    page = ana.get("/requests/E1")
    assert "Imprimir" in page and "/requests/E1/request.pdf" in page
    assert "receipt.pdf" not in page and "turn.pdf" not in page
    assert "request.pdf" not in signed_in(SOFIA).get("/requests/E1")
    folio = act(store, SOFIA, "E1", paper=True).folio
    act(store, CARLA, str(folio))
    page = ana.get(f"/requests/{folio}")
    assert "receipt.pdf" in page and "request.pdf" not in page and "turn.pdf" not in page
    assert "turn.pdf" in signed_in(INES).get(f"/requests/{folio}")


# --- signed by hand ---


def test_a_letter_is_signed_on_paper_its_scan_handed_in_and_both_files_are_known(
    signed_in: SignedIn, store: Store, visitor: Visitor
) -> None:
    store.office = replace(store.office, signing=AUTOGRAPH)
    folio, ana, sofia = signed(store), signed_in(ANA), signed_in(SOFIA)
    check = f"/verify/{number(store, folio)}"
    assert "todavía sin firma" in visitor.get(check)
    assert fetched(ana, f"/requests/{folio}/letter.pdf") == 404, "nobody outside reads what is not signed"
    assert number(store, folio) not in ana.get(f"/requests/{folio}").replace("/", "-")
    page = sofia.get(f"/requests/{folio}")
    assert "recabe la firma" in page and "Respuesta firmada, escaneada" in page
    assert "Falta el escaneo" in sofia.act(folio, **DELIVERY)
    sent_in = {"csrf_token": sofia.token, "file": (BytesIO(pdf()), "escaneo.pdf")}
    assert sofia.client.post(f"/requests/{folio}/files", data=sent_in).status_code == 303
    sofia.act(folio, **DELIVERY)
    assert fetched(ana, f"/requests/{folio}/letter.pdf") == 200
    assert "antes de firmarse en papel" in checked(visitor, check, stored(store, folio))
    assert "Es el escaneo del oficio firmado" in checked(visitor, check, pdf())
    assert "no es el que se firmó" in checked(visitor, check, pdf(2))


def number(store: Store, folio: str) -> str:
    with store.reading() as session:
        one = letters.letter_of(session, queries.ticket(session, folio))
        return str(one and one.number).replace("/", "-")


def checked(visitor: Visitor, path: str, content: bytes) -> str:
    visitor.get(path)
    sent_in = {"csrf_token": visitor.token, "file": (BytesIO(content), "x.pdf")}
    return visitor.client.post(path, data=sent_in).text


# --- void ---


def test_the_coordinator_voids_a_letter_and_anybody_who_has_it_is_told(
    signed_in: SignedIn, store: Store, visitor: Visitor
) -> None:
    folio, carla, ana = signed(store), signed_in(CARLA), signed_in(ANA)
    old, content = number(store, folio), stored(store, folio)
    act(store, SOFIA, folio, **DELIVERY)
    assert "Anular el oficio y expedir otro" in carla.get(f"/requests/{folio}")
    assert "Anular" not in ana.get(f"/requests/{folio}")
    carla.post(f"/requests/{folio}/ways/void_letter", seen=carla.seen(folio), note="El cargo está mal")
    page = visitor.get(f"/verify/{old}")
    assert "todavía no se expide el que lo sustituye" in page and "El cargo está mal" not in page
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    page = checked(visitor, f"/verify/{old}", content)
    assert "anulado, sustituido por OF/0002/" in page and f"/verify/{number(store, folio)}" in page
    assert "vigente" in visitor.get(f"/verify/{number(store, folio)}")
    page = ana.get(f"/requests/{folio}")
    assert "Oficios anulados" in page and "El cargo está mal" in page
    assert fetched(ana, f"/requests/{folio}/void/1.pdf") == 200
    for path in (f"/requests/{folio}/void/2.pdf", f"/requests/{folio}/void/99.pdf"):
        assert fetched(ana, path) == 404
    assert fetched(signed_in(BETO), f"/requests/{folio}/void/1.pdf") == 404


def test_a_letter_that_was_void_before_it_was_out_stays_in_the_house(signed_in: SignedIn, store: Store) -> None:
    folio = signed(store)
    extend(store, CARLA, folio, "void_letter", "Sin sello")
    ana = signed_in(ANA)
    assert "Sin sello" not in ana.get(f"/requests/{folio}") and fetched(ana, f"/requests/{folio}/void/1.pdf") == 404
    assert fetched(signed_in(LEON), f"/requests/{folio}/void/1.pdf") == 200


def test_a_request_is_found_by_the_number_of_its_answer_also_of_a_void_one_by_those_who_may_read_it(
    signed_in: SignedIn, store: Store
) -> None:
    folio, carla, ana = signed(store), signed_in(CARLA), signed_in(ANA)
    assert folio in ana.get("/requests?q=of/0001") and "No hay solicitudes" in ana.get("/requests?q=of/0002")
    extend(store, CARLA, folio, "void_letter", "Sin sello")
    assert "No hay solicitudes" in ana.get("/requests?q=of/0001"), "it never was out"
    assert folio in carla.get("/requests?q=of/0001")
    assert "No hay solicitudes" in signed_in(BETO).get("/requests?q=of/0001")


# --- nobody takes it ---


def test_scenario_35_the_desk_notes_that_nobody_took_the_letter(signed_in: SignedIn, store: Store) -> None:
    folio, sofia = signed(store), signed_in(SOFIA)
    assert "Hacer constar que no se pudo entregar" in sofia.get(f"/requests/{folio}")
    way = f"/requests/{folio}/ways/not_delivered"
    assert "Motivo" in sofia.post(way, seen=sofia.seen(folio), note=" ")
    page = sofia.post(way, seen=sofia.seen(folio), note="Nadie quiso recibirlo")
    assert "concluida" in page and "Nadie quiso recibirlo" in page


def test_scenario_35_the_desk_notes_at_the_receipt_why_nobody_signed(signed_in: SignedIn, store: Store) -> None:
    folio, sofia = signed(store), signed_in(SOFIA)
    sofia.act(folio, **DELIVERY)
    assert 'name="reason"' in sofia.get(f"/requests/{folio}")
    page = sofia.act(folio, reason="No quiso firmar")
    assert "concluida" in page and "No quiso firmar" in page and "No se firmó de recibido" in page
