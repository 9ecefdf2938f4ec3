"""Letters that steps issue, on the pages: who reads them when, how they are signed and replaced, what is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest

from netreg.office import AUTOGRAPH
from netreg.procedures import attending, catalogue
from netreg.procedures.archive import kept
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.models import Letter
from netreg.registry.models import Ticket
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, DIEGO, SOFIA, Member
from tests.portal.conftest import Visitor
from tests.portal.test_letters import checked
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave, scan
from tests.samples import pdf

SignedIn = Callable[[Member], Visitor]


@pytest.fixture(autouse=True)
def office(store: Store) -> None:
    """It has adopted every procedure, and signs by hand."""
    adopted = Catalogue(enabled=tuple(catalogue.procedures()))
    store.office = replace(store.office, catalogue=adopted, signing=AUTOGRAPH, small=True)


def returned(store: Store) -> tuple[int, str]:
    """A request for a graphic piece that was returned with a letter: its number and its folio."""
    number = at(store, "GCH-CCS-P06", 4)
    with store.reading() as session:
        return number, session.get_one(Ticket, number).reference


def issued(store: Store, number: int) -> list[Letter]:
    with store.reading() as session:
        rows = attending.produced(session, session.get_one(Ticket, number))
        found = [letter for row in rows for letter in row.letters]
        session.expunge_all()
        return found


def code(letter: Letter) -> str:
    return str(letter.number).replace("/", "-")


def test_an_area_reads_a_letter_once_it_is_signed_and_the_house_before(signed_in: SignedIn, store: Store) -> None:
    number, folio = returned(store)
    (one,) = issued(store, number)
    ana, carla, path = signed_in(ANA), signed_in(CARLA), f"/requests/{folio}/documents/{one.id}.pdf"
    assert ana.client.get(path).status_code == 404 and carla.client.get(path).data.startswith(b"%PDF")
    page = ana.get(f"/requests/{folio}")
    assert "falta la firma en el papel" in page and path not in page and "Entregar el escaneo" not in page
    page = carla.get(f"/requests/{folio}")
    assert path in page and f"El oficio {one.number} espera su firma en el papel." in page
    scan(store, number)
    assert ana.client.get(path).data.startswith(b"%PDF")
    assert "falta la firma" not in ana.get(f"/requests/{folio}")


def test_the_scan_is_handed_in_on_the_page_and_anybody_can_check_both_files(
    signed_in: SignedIn, store: Store, visitor: Visitor
) -> None:
    number, folio = returned(store)
    (one,) = issued(store, number)
    assert one.pdf
    check, sofia = f"/verify/{code(one)}", signed_in(SOFIA)
    assert "todavía sin firma" in visitor.get(check)
    assert f"Oficio {one.number} firmado, escaneado" in sofia.get(f"/requests/{folio}")
    sent = {"csrf_token": sofia.token, "file": (BytesIO(pdf()), "escaneo.pdf")}
    assert sofia.client.post(f"/requests/{folio}/files", data=sent).status_code == 303
    assert issued(store, number)[0].state == "signed" and "vigente" in visitor.get(check)
    printed = kept(store.office.files, one.pdf).read_bytes()
    assert "antes de firmarse en papel" in checked(visitor, check, printed)
    assert "Es el escaneo del oficio firmado" in checked(visitor, check, pdf())
    assert "no es el que se firmó" in checked(visitor, check, pdf(2))


def test_whoever_issued_a_letter_replaces_it_and_whoever_has_the_old_one_is_told(
    signed_in: SignedIn, store: Store, visitor: Visitor
) -> None:
    number, folio = returned(store)
    scan(store, number)
    (old,) = issued(store, number)
    carla, ana, path = signed_in(CARLA), signed_in(ANA), _replacing(signed_in(CARLA).get(f"/requests/{folio}"))
    assert "Anular el oficio" not in ana.get(f"/requests/{folio}")
    carla.post(path, seen=carla.seen(folio), note="Falta el tamaño", letter_text="Falta decir el tamaño de impresión.")
    _old, new = issued(store, number)
    page = visitor.get(f"/verify/{code(old)}")
    assert f"Este oficio está anulado; lo sustituye el {new.number}." in page
    assert "Falta el tamaño" not in page and "Ana" not in page
    page = carla.get(f"/requests/{folio}")
    assert f"Anulado: {old.number}" in page and "Falta el tamaño" in page
    assert f"Anulado: {old.number}" not in ana.get(f"/requests/{folio}")


def _replacing(page: str) -> str:
    found = re.search(r'action="([^"]+/documents/[0-9]+/replace)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("member", [ANA, DIEGO], ids=lambda one: one.name)
def test_nobody_else_replaces_it(signed_in: SignedIn, store: Store, member: Member) -> None:
    number, folio = returned(store)
    path, other = _replacing(signed_in(CARLA).get(f"/requests/{folio}")), signed_in(member)
    said = {"csrf_token": other.token, "note": "Porque sí", "letter_text": "Otro texto"}
    assert other.client.post(path, data=said | {"seen": signed_in(CARLA).seen(folio)}).status_code in (303, 403, 404)
    assert [one.state for one in issued(store, number)] == ["to_sign"]


def test_a_letter_of_another_request_is_not_replaced_through_this_one(signed_in: SignedIn, store: Store) -> None:
    number, folio = returned(store)
    other, _folio = returned(store)
    carla = signed_in(CARLA)
    with store.reading() as session:
        row = next(one for one in attending.produced(session, session.get_one(Ticket, other)) if one.letters).id
    carla.post(
        f"/requests/{folio}/documents/{row}/replace", seen=carla.seen(folio), note="x", letter_text="y", status=404
    )
    assert [one.state for one in (*issued(store, number), *issued(store, other))] == ["to_sign", "to_sign"]


def test_of_two_letters_that_wait_the_desk_says_which_was_signed(signed_in: SignedIn, store: Store) -> None:
    number, folio = returned(store)
    for answer in ("else", "no", "else"):
        leave(store, catalogue.procedure("GCH-CCS-P06"), number, answer)
    first, second = issued(store, number)
    sofia = signed_in(SOFIA)
    assert "Qué oficio se firmó" in sofia.get(f"/requests/{folio}")
    sent = {"csrf_token": sofia.token, "letter": str(second.id), "file": (BytesIO(pdf()), "escaneo.pdf")}
    sofia.client.post(f"/requests/{folio}/files", data=sent)
    assert [one.state for one in issued(store, number)] == ["to_sign", "signed"] and first.id != second.id
