"""Letters that steps issue: numbered, signed, checked, voided and replaced as the answer of device access is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.office import AUTOGRAPH, EFIRMA, Office
from netreg.procedures import attending, catalogue, letters, registers, uploads
from netreg.procedures.archive import kept
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.models import Letter
from netreg.procedures.procedure import Procedure
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.transaction import Store
from tests.letters.reading import pages
from tests.people import ANA, CARLA, DIEGO, INES, LEON, SOFIA, Member
from tests.procedures.test_block_rules import at
from tests.procedures.test_signing import seal
from tests.procedures.walking import leave, opened, routes, scan, step_of

GRAPHIC, WRITE_OFF, SUPPORT = (catalogue.procedure(f"GCH-CCS-{one}") for one in ("P06", "P11", "P10"))
ALL = catalogue.procedures()
# Those that end with a letter of their last step, or with one that a step before it issued.
ISSUING = [ALL[f"GCH-CCS-{one}"] for one in ("P03", "P10", "P11", "P12")]


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    """An office that signs by hand."""
    sqlite_store.office = Office(
        files=tmp_path / "files",
        catalogue=Catalogue(enabled=tuple(ALL)),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ()},
        small=True,
        signing=AUTOGRAPH,
    )
    yield


def issued(store: Store, number: int) -> list[Letter]:
    """Every letter that steps of the request issued, void ones too."""
    with store.reading() as session:
        rows = attending.produced(session, session.get_one(Ticket, number))
        found = [letter for row in rows for letter in row.letters]
        session.expunge_all()
        return found


def text_of(store: Store, letter: Letter) -> str:
    assert letter.pdf
    return "\n".join(pages(kept(store.office.files, letter.pdf).read_bytes()))


def reissue(store: Store, number: int, reason: str, body: str, by: Member = CARLA) -> None:
    with store.transaction(by.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        row = next(one for one in attending.produced(tx.session, ticket) if one.letters)
        attending.reissue(tx, ticket, queries.known_person(tx.session, by.email), row, reason, body)


def state(store: Store, number: int) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in issued(store, number)]


# --- signed ---


def test_signed_in_the_portal_it_is_signed_at_once_and_leads_to_the_page_that_checks_it(sqlite_store: Store) -> None:
    sqlite_store.office = replace(sqlite_store.office, signing="portal", address="https://red.municipio.gob.mx")
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    (one,) = issued(sqlite_store, number)
    said = text_of(sqlite_store, one)
    assert one.state == "signed" and one.number and one.number in said
    assert f"https://red.municipio.gob.mx/verify/{one.number.replace('/', '-')}" in said and "Folio GCH" in said


def test_by_hand_the_request_goes_on_and_the_letter_waits_for_its_scan(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    assert state(sqlite_store, number) == [("to_sign", "")]
    scan(sqlite_store, number)
    (one,) = issued(sqlite_store, number)
    assert one.state == "signed" and one.scan and one.scan != one.pdf and step_of(sqlite_store, number) == 4


def test_the_printed_letter_without_its_signature_is_no_scan_of_it(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    (one,) = issued(sqlite_store, number)
    assert one.pdf
    with sqlite_store.transaction(SOFIA.email) as tx, pytest.raises(InvalidValue) as refused:
        person = queries.known_person(tx.session, SOFIA.email)
        content = kept(sqlite_store.office.files, one.pdf).read_bytes()
        uploads.hand_in(tx, tx.session.get_one(Ticket, number), person, "a.pdf", content)
    assert refused.value.code == "E_FILE_UNSIGNED"


@pytest.mark.parametrize("procedure", ISSUING, ids=lambda one: one.code)
def test_no_request_ends_while_one_of_its_letters_waits_for_its_signature(
    sqlite_store: Store, procedure: Procedure
) -> None:
    ends = {step.n for step in procedure.steps if step.kind == "end"}
    own = {one.id for one in procedure.documents if one.letter}
    for route in _to_ends(procedure):
        number = opened(sqlite_store, procedure)
        for step, answer in route[1:]:
            if step in ends and any(one.state == "to_sign" for one in issued(sqlite_store, number)):
                with pytest.raises(InvalidValue) as refused:
                    leave(sqlite_store, procedure, number, answer, with_files=False)
                assert refused.value.code == "unsigned"
            if step in ends or procedure.step(step).does == "deliver_letter":
                _scan_all(sqlite_store, number)
            leave(sqlite_store, procedure, number, answer)
        waits = bool(own & set(procedure.step(route[-1][0]).produces))
        assert step_of(sqlite_store, number) == (route[-1][0] if waits else 0)
        _scan_all(sqlite_store, number)
        assert step_of(sqlite_store, number) == 0
        with sqlite_store.reading() as session:
            ticket = session.get_one(Ticket, number)
            assert ticket.moves[-1].to == 0 and ticket.outcome == procedure.step(route[-1][0]).outcome


def _to_ends(procedure: Procedure) -> list[list[tuple[int, str]]]:
    """One walk to each end, without turning back."""
    found: dict[int, list[tuple[int, str]]] = {}
    for route in sorted(routes(procedure), key=len):
        steps = [step for step, _answer in route]
        if len(set(steps)) == len(steps):
            found.setdefault(route[-1][0], route)
    return list(found.values())


def _scan_all(store: Store, number: int) -> None:
    with store.reading() as session:
        waiting = [one.id for one in letters.to_sign(session, session.get_one(Ticket, number))]
    for one in waiting:
        scan(store, number, one)


def test_a_letter_of_correction_that_was_never_signed_keeps_the_request_from_its_end(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    leave(sqlite_store, GRAPHIC, number)
    at(sqlite_store, "GCH-CCS-P06", 10, number)
    with pytest.raises(InvalidValue) as refused:
        leave(sqlite_store, GRAPHIC, number)
    assert refused.value.code == "unsigned" and issued(sqlite_store, number)[0].number in refused.value.message
    scan(sqlite_store, number)
    leave(sqlite_store, GRAPHIC, number, with_files=False)
    assert step_of(sqlite_store, number) == 0


def test_a_request_that_ends_with_a_letter_ends_by_itself_once_the_letter_is_signed(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P11", 9)
    leave(sqlite_store, WRITE_OFF, number)
    assert step_of(sqlite_store, number) == 9
    with pytest.raises(InvalidValue) as refused:
        leave(sqlite_store, WRITE_OFF, number)
    assert refused.value.code == "unsigned" and len(issued(sqlite_store, number)) == 1
    scan(sqlite_store, number)
    (one,) = issued(sqlite_store, number)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        last = ticket.moves[-1]
        assert (ticket.outcome, last.left, last.actor) == ("refused", 9, SOFIA.email)
        assert last.facts["documents"]["refusal_letter"]["number"] == one.number and last.facts["letter_text"]


def test_of_several_letters_the_scan_is_of_the_one_that_is_named(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    leave(sqlite_store, GRAPHIC, number)
    leave(sqlite_store, GRAPHIC, number, "no")
    leave(sqlite_store, GRAPHIC, number)
    first, second = issued(sqlite_store, number)
    scan(sqlite_store, number, second.id)
    assert [one.state for one in issued(sqlite_store, number)] == ["to_sign", "signed"]
    with pytest.raises(NotAllowed):
        scan(sqlite_store, number, second.id, pages=2)
    scan(sqlite_store, number, first.id, pages=2)
    assert [one.state for one in issued(sqlite_store, number)] == ["signed", "signed"]


@pytest.mark.parametrize("member", [ANA, LEON, INES], ids=lambda one: one.name)
def test_the_scan_comes_from_the_desk_the_coordinator_or_whoever_issued_it(sqlite_store: Store, member: Member) -> None:
    number = at(sqlite_store, "GCH-CCS-P11", 11)
    with pytest.raises(NotAllowed):
        scan(sqlite_store, number, by=member)
    scan(sqlite_store, number, by=DIEGO)
    assert state(sqlite_store, number) == [("signed", "")]


def test_with_an_e_firma_its_owner_signs_and_whoever_has_none_signs_by_hand(
    sqlite_store: Store, tmp_path: Path
) -> None:
    pytest.importorskip("pyhanko", reason="the extra `firma` is not installed")
    from tests.letters.test_efirma import verdict

    sqlite_store.office = replace(sqlite_store.office, signing=EFIRMA, seal=seal(tmp_path))
    (one,) = issued(sqlite_store, at(sqlite_store, "GCH-CCS-P06", 4))
    assert one.state == "signed" and one.pdf
    assert verdict(kept(sqlite_store.office.files, one.pdf).read_bytes()).bottom_line
    (report,) = issued(sqlite_store, at(sqlite_store, "GCH-CCS-P11", 11))
    assert report.state == "to_sign" and "e.firma" not in text_of(sqlite_store, report)


# --- void, and another ---


def test_a_void_letter_keeps_its_number_and_another_one_takes_its_place(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    scan(sqlite_store, number)
    reissue(sqlite_store, number, "La medida está mal", "Falta la medida en centímetros.")
    first, second = issued(sqlite_store, number)
    assert (first.state, first.reason) == ("void", "La medida está mal") and first.number != second.number
    assert second.state == "to_sign" and "en centímetros" in text_of(sqlite_store, second)
    with sqlite_store.reading() as session:
        newer = letters.replacement(session, session.get_one(Letter, first.id))
        assert newer is not None and newer.number == second.number
        said = {str(row[0]): str(row[4]) for row in registers.letters(session, sqlite_store.office)}
        names = [event.name for event in queries.audit(session, most=2)]
    assert "(anulado: La medida está mal)" in said[str(first.number)]
    assert said[str(second.number)].endswith("(por firmar)") and set(names) == {"letter.voided", "letter.issued"}


def test_a_letter_of_another_document_replaces_nothing(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    reissue(sqlite_store, number, "La medida está mal", "Falta la medida en centímetros.")
    leave(sqlite_store, GRAPHIC, number)
    leave(sqlite_store, GRAPHIC, number, "no")
    leave(sqlite_store, GRAPHIC, number)
    first, second, third = issued(sqlite_store, number)
    with sqlite_store.reading() as session:
        newer = letters.replacement(session, session.get_one(Letter, first.id))
        assert newer is not None and newer.id == second.id
        assert letters.replacement(session, session.get_one(Letter, third.id)) is None
        assert letters.letter_of(session, session.get_one(Ticket, number)) is None, "none of them is the answer"


def test_a_letter_that_ends_a_request_may_be_voided_while_it_waits_and_the_next_one_ends_it(
    sqlite_store: Store,
) -> None:
    number = at(sqlite_store, "GCH-CCS-P10", 8)
    leave(sqlite_store, SUPPORT, number)
    reissue(sqlite_store, number, "Faltó un repuesto", "Se necesita también un rodillo.", by=DIEGO)
    assert step_of(sqlite_store, number) == 8
    scan(sqlite_store, number)
    assert [one for one, _reason in state(sqlite_store, number)] == ["void", "signed"]
    assert step_of(sqlite_store, number) == 0
    with pytest.raises(ConcurrentChange):
        reissue(sqlite_store, number, "Otra vez", "Otro texto", by=DIEGO)


@pytest.mark.parametrize(("reason", "body"), [(" ", "Texto"), ("Porque sí", " "), ("x" * 501, "Texto")])
def test_without_a_reason_or_a_text_nothing_is_voided(sqlite_store: Store, reason: str, body: str) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    with pytest.raises(InvalidValue):
        reissue(sqlite_store, number, reason, body)
    assert state(sqlite_store, number) == [("to_sign", "")]


@pytest.mark.parametrize("member", [ANA, SOFIA, DIEGO], ids=lambda one: one.name)
def test_nobody_voids_a_letter_of_a_step_that_is_not_theirs(sqlite_store: Store, member: Member) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    with pytest.raises(NotAllowed):
        reissue(sqlite_store, number, "Está mal", "Otro texto", by=member)
    assert state(sqlite_store, number) == [("to_sign", "")]


def test_what_steps_issue_is_no_answer_in_the_figures(sqlite_store: Store) -> None:
    number = at(sqlite_store, "ADJ-P01", 6)
    assert len(issued(sqlite_store, number)) == 1
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert letters.letter_of(session, ticket) is None and letters.voided(session, ticket) == []
