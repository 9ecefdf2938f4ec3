"""The desk at the portal: the queue of a unit, hands, notes and followers; and what the area never sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from netreg.store.base import now
from netreg.store.transaction import Store
from tests.databases import asked
from tests.people import ALMA, ANA, BETO, CARLA, INES, LEON, SARA, SOFIA, TOMAS, Member
from tests.portal.conftest import Visitor, a_request
from tests.procedures.desk.test_endings import completed
from tests.procedures.desk.test_notes import SECRET
from tests.procedures.desk.test_taking import OMAR, hire, holder
from tests.procedures.test_tickets import look

SignedIn = Callable[[Member], Visitor]
PHONES = [f"a4:83:e7:11:22:{n}" for n in range(31, 40)]


@pytest.fixture(autouse=True)
def mail(store: Store, tmp_path: Path) -> None:
    """An office that sends mail."""
    store.office = dataclasses.replace(store.office, mail=True)


def part(page: str, title: str) -> str:
    """What stands under a heading of the queue."""
    return page.split(f"<h2>{title}")[1].split("<h2>")[0]


def test_the_queue_shows_what_is_mine_what_is_free_and_what_colleagues_have(signed_in: SignedIn, store: Store) -> None:
    hire(store, OMAR)
    first, second, third = (a_request(store, one, who=BETO) for one in PHONES[:3])
    ines, omar = signed_in(INES), signed_in(OMAR)
    ines.post(f"/requests/{first}/take")
    omar.post(f"/requests/{second}/take")
    page = ines.get("/requests/queue")
    assert first in part(page, "Las que tomé") and third in part(page, "De mi unidad, sin tomar")
    assert second in part(page, "Las tiene un compañero") and "Omar Cruz" in part(page, "Las tiene un compañero")
    for who in (ANA, ALMA):
        signed_in(who).get("/requests/queue", 403)


def test_a_long_queue_comes_a_page_at_a_time_and_says_how_much_there_is_of_each_part(
    signed_in: SignedIn, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.paging.ROWS", 2)
    hire(store, OMAR)
    first, second, third = (a_request(store, one, who=BETO) for one in PHONES[:3])
    ines, omar = signed_in(INES), signed_in(OMAR)
    omar.post(f"/requests/{first}/take")
    page, rest = ines.get("/requests/queue"), ines.get("/requests/queue?page=2")
    assert second in part(page, "De mi unidad, sin tomar") and third in part(page, "De mi unidad, sin tomar")
    assert "(1)" in part(page, "Las tiene un compañero") and first not in page and "Están en otra página." in page
    assert first in part(rest, "Las tiene un compañero") and "Omar Cruz" in part(rest, "Las tiene un compañero")
    assert "(2)" in part(rest, "De mi unidad, sin tomar") and second not in rest


@pytest.mark.parametrize("page", ["/", "/requests/queue", "/requests"])
def test_more_requests_ask_the_database_no_more_questions(signed_in: SignedIn, store: Store, page: str) -> None:
    ines, found = signed_in(INES), []
    for some in (PHONES[:1], PHONES[1:4]):
        for one in some:
            a_request(store, one, who=BETO)
        # What is remembered of the lists of points is worked out at the first look.
        ines.get(page)
        with asked(store) as statements:
            found.append((ines.get(page).count("requests/ADJ-P03-"), len(statements)))
    (few, before), (many, after) = found
    assert few < many and before == after


def test_whoever_takes_it_second_is_told_who_was_first(signed_in: SignedIn, store: Store) -> None:
    hire(store, OMAR)
    folio = a_request(store, PHONES[0], who=BETO)
    ines, omar = signed_in(INES), signed_in(OMAR)
    old = omar.seen(folio)
    ines.post(f"/requests/{folio}/take")
    page = omar.post(f"/requests/{folio}/take", 409, seen=old)
    assert "Inés Mora tomó la solicitud" in page and "La tiene Inés Mora" in page and "Tomarla de todos modos" in page
    omar.post(f"/requests/{folio}/take", over="yes", seen=omar.seen(folio))
    assert holder(store, folio) == "Omar Cruz"


def test_a_request_is_handed_over_and_what_was_refused_is_still_in_the_fields(
    signed_in: SignedIn, store: Store
) -> None:
    hire(store, OMAR)
    folio = a_request(store, PHONES[0], who=BETO)
    ines = signed_in(INES)
    number = ines.get(f"/requests/{folio}").split(">Omar Cruz</option>")[0].split('value="')[-1].split('"')[0]
    page = ines.post(f"/requests/{folio}/hand-over", colleague="1", hand_over="Revise el inventario")
    assert 'value="Revise el inventario"' in page and holder(store, folio) == ""
    ines.post(f"/requests/{folio}/hand-over", colleague=number, hand_over="Revise el inventario")
    assert "Inés Mora: <q>Revise el inventario</q>" in signed_in(OMAR).get(f"/requests/{folio}")
    assert "Revise el inventario" in part(signed_in(OMAR).get("/requests/queue"), "Las que tomé")


def test_no_page_of_the_area_shows_an_internal_note_or_who_has_it(signed_in: SignedIn, store: Store) -> None:
    """Not to Ana who asked, not to Tomás her head, not to Sara who is of IT as well."""
    folio = a_request(store, PHONES[0])
    ines = signed_in(INES)
    readers = {who: signed_in(who) for who in (ANA, TOMAS, SARA)}
    before = {who: visitor.seen(folio) for who, visitor in readers.items() if who != SARA}
    ines.post(f"/requests/{folio}/take")
    assert SECRET in ines.post(f"/requests/{folio}/note", internal_note=SECRET)
    for visitor in readers.values():
        for path in (f"/requests/{folio}", f"/requests/{folio}/live", "/", "/requests", f"/requests?q={SECRET[:10]}"):
            page = visitor.get(path)
            assert SECRET not in page and "nota interna" not in page.lower() and "tomó" not in page, path
        visitor.post(f"/requests/{folio}/note", 403 if visitor is not readers[SARA] else 303, internal_note="x")
    assert len(before) == 2
    refused = readers[ANA].post(f"/requests/{folio}/ways/withdraw", seen=before[ANA], note="Ya no")
    assert SECRET not in refused and "409" not in refused, "what they do among themselves is no collision for the area"


def test_a_message_is_read_by_the_area_without_the_name_of_who_wrote_it(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    carla = signed_in(CARLA)
    carla.post(f"/requests/{folio}/message", message="Traiga el equipo el lunes")
    page = signed_in(ANA).get(f"/requests/{folio}")
    assert "<q>Traiga el equipo el lunes</q>" in page and "Carla" not in page
    assert "Carla Ríos <q>Traiga" in signed_in(LEON).get(f"/requests/{folio}")
    signed_in(BETO).get(f"/requests/{folio}", 404)
    signed_in(ANA).post(f"/requests/{folio}/message", 403, message="Yo también")


def test_a_note_that_is_refused_comes_back_as_it_was_typed(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    sofia = signed_in(SOFIA)
    assert ">Bien\u200b</textarea>" in sofia.post(f"/requests/{folio}/note", internal_note="Bien\u200b")
    page = sofia.post(f"/requests/{folio}/note", 409, seen="1", internal_note="Esto es largo")
    assert ">Esto es largo</textarea>" in page


def test_a_request_is_followed_and_unfollowed_from_its_page(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    tomas = signed_in(TOMAS)
    assert "Seguirla por correo" in tomas.get(f"/requests/{folio}")
    assert "Dejar de seguirla" in tomas.post(f"/requests/{folio}/follow", follow="yes")
    assert "Seguirla por correo" in tomas.post(f"/requests/{folio}/follow", follow="no")
    signed_in(BETO).post(f"/requests/{folio}/follow", 404, follow="yes")
    assert "Seguirla por correo" not in signed_in(ANA).get(f"/requests/{folio}"), "who asked gets its mails anyway"


def test_a_duplicate_and_its_original_link_to_each_other_for_the_area_too(signed_in: SignedIn, store: Store) -> None:
    first, second = a_request(store, PHONES[0]), a_request(store, PHONES[1])
    ines, ana = signed_in(INES), signed_in(ANA)
    for wrong in ("E99", second):
        page = ines.post(f"/requests/{second}/duplicate", original=wrong, duplicate_note="El mismo oficio")
        assert "Folio de la otra: Escriba el folio" in page and 'value="El mismo oficio"' in page
    page = ines.post(f"/requests/{second}/duplicate", original=first, duplicate_note="El mismo oficio")
    assert "duplicada" in page
    for visitor in (ines, ana):
        assert f'<a href="/requests/{first}">' in visitor.get(f"/requests/{second}")
        assert f'<a href="/requests/{second}">' in visitor.get(f"/requests/{first}")


def test_the_coordinator_opens_a_closed_request_again_from_its_page(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    ana, carla = signed_in(ANA), signed_in(CARLA)
    ana.post(f"/requests/{folio}/ways/withdraw", note="Ya no")
    assert "Reabrir la solicitud" not in signed_in(INES).get(f"/requests/{folio}")
    page = carla.post(f"/requests/{folio}/reopen", reopen_reason="")
    assert "Motivo: Falta este dato." in page
    assert "en revisión" in carla.post(f"/requests/{folio}/reopen", reopen_reason="Se retractaron")
    signed_in(INES).post(f"/requests/{folio}/reopen", 403, reopen_reason="x")


def test_the_area_answers_one_question_and_the_office_never_reads_it(signed_in: SignedIn, store: Store) -> None:
    folio = completed(store)
    ana = signed_in(ANA)
    assert "¿Cómo le atendieron?" in ana.get(f"/requests/{folio}")
    page = ana.post(f"/requests/{folio}/satisfaction", score_comment="Muy amables")
    assert "Elija de 1 a 5." in page and ">Muy amables</textarea>" in page
    page = ana.post(f"/requests/{folio}/satisfaction", score="5", score_comment="Muy amables")
    assert 'value="5" checked' in page and ">Muy amables</textarea>" in page
    for who in (INES, SOFIA, ALMA):
        page = signed_in(who).get(f"/requests/{folio}")
        assert "Muy amables" not in page and "¿Cómo le atendieron?" not in page
    signed_in(CARLA).post(f"/requests/{folio}/satisfaction", 403, score="5")


def test_a_return_begins_with_a_text_of_the_catalogue_that_may_be_changed(signed_in: SignedIn, store: Store) -> None:
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    ana.ask(PHONES[0])
    way = "/requests/E1/ways/return_for_correction"
    page = sofia.post(way, 200, code="signature_missing", note="", begin="yes")
    text = "El oficio no está firmado por el titular del área Obras Públicas; recabe su firma y entréguelo de nuevo."
    assert f">{text}</textarea>" in page and 'value="signature_missing" selected' in page
    assert ">Ojo. El oficio no está" in sofia.post(way, 200, code="signature_missing", note="Ojo.", begin="yes")
    assert look(store, "E1", lambda t: t.status) != "prevenida", "beginning a text stores nothing"
    assert ">Falta un dato" in sofia.post(way, 200, code="data_missing", note=""), "a beginning wants its end"
    sofia.post(way, code="signature_missing", note=text.replace("recabe", "consiga"))
    assert "consiga su firma" in ana.get("/requests/E1")


def test_without_words_of_ones_own_the_text_of_the_reason_is_used(signed_in: SignedIn, store: Store) -> None:
    signed_in(ANA).ask(PHONES[0])
    sofia = signed_in(SOFIA)
    way = "/requests/E1/ways/return_for_correction"
    assert "Falta este dato" in sofia.post(way, code="", note=" ")
    sofia.post(way, code="unreadable", note=" ")
    assert look(store, "E1", lambda t: t.moves[-1].note).startswith("El archivo entregado no se puede leer")


def test_a_rejection_and_a_delay_begin_with_a_text_too(signed_in: SignedIn, store: Store) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        folio = a_request(store, PHONES[0])
    ines = signed_in(INES)
    page = ines.post(f"/requests/{folio}/devices/1/reject", 200, code="quota_full", begin="yes")
    assert 'value="El área Obras Públicas ya tiene autorizados sus 3 teléfonos' in page
    page = ines.post(f"/requests/{folio}/delay", 200, why="workload", begin="yes")
    assert 'value="Se atendieron antes solicitudes recibidas con anterioridad."' in page
    assert look(store, folio, lambda t: (t.late_reason, t.devices[0].authorisation.state)) == ("", "requested")
