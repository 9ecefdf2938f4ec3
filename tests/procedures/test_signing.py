"""How a letter is signed, and what becomes of one that is wrong: it is voided, never edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from netreg import config
from netreg.errors import ConfigError, InvalidValue, NotAllowed
from netreg.letters.wording import Wording
from netreg.office import AUTOGRAPH, EFIRMA, Office, Seal
from netreg.procedures import calendars, cases, letters, registers, tickets, uploads
from netreg.procedures.archive import kept
from netreg.procedures.counting import Case
from netreg.procedures.models import Letter
from netreg.registry import queries
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, LEON, SARA, SOFIA, TOMAS, Member
from tests.procedures.test_answer import REFUSAL, letter, pdf_text, rejected, signed, stand_in
from tests.procedures.test_tickets import act, extend, look, step
from tests.procedures.test_uploads import pdf

DELIVERY = {"receiver": "Tomás Gil", "receiver_post": "Director"}


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    store.office = Office(files=tmp_path / "files")
    yield


def hand_in(store: Store, folio: str, content: bytes, by: Member = SOFIA) -> str:
    with store.transaction(by.email) as tx:
        person = queries.known_person(tx.session, by.email)
        return uploads.hand_in(tx, queries.ticket(tx.session, folio), person, "escaneo.pdf", content).sha256


def history(store: Store, folio: str) -> list[tuple[str, str | None, str]]:
    """Every letter of a request: state, number, reason."""
    with store.reading() as session:
        ticket = queries.ticket(session, folio)
        rows = session.query(Letter).filter(Letter.ticket_id == ticket.id).order_by(Letter.id)
        return [(one.state, one.number, one.reason) for one in rows]


# --- by hand ---


def by_hand(store: Store) -> str:
    store.office = replace(store.office, signing=AUTOGRAPH)
    return signed(store)


def test_a_letter_to_sign_by_hand_has_its_number_and_file_and_is_not_signed_before_its_scan(store: Store) -> None:
    folio = by_hand(store)
    before = letter(store, folio)
    assert before.state == "to_sign" and before.number and before.number in pdf_text(store, folio)
    with pytest.raises(InvalidValue) as refused:
        act(store, SOFIA, folio, **DELIVERY)
    assert refused.value.code == "unsigned" and "escaneo" in refused.value.text() and step(store, folio) == 10
    sha256 = hand_in(store, folio, pdf())
    after = letter(store, folio)
    assert (after.state, after.scan, after.pdf, after.number) == ("signed", sha256, before.pdf, before.number)
    assert kept(store.office.files, sha256).read_bytes() == pdf()
    act(store, SOFIA, folio, **DELIVERY)
    assert letter(store, folio).state == "delivered"


def test_the_letter_without_its_signature_is_no_scan_of_it(store: Store) -> None:
    folio = by_hand(store)
    sha256 = letter(store, folio).pdf
    assert sha256
    with pytest.raises(InvalidValue) as refused:
        hand_in(store, folio, kept(store.office.files, sha256).read_bytes())
    assert refused.value.code == "E_FILE_UNSIGNED" and letter(store, folio).state == "to_sign"
    with pytest.raises(InvalidValue):
        hand_in(store, folio, b"MZ")


@pytest.mark.parametrize("member", [ANA, TOMAS, LEON], ids=lambda one: one.name)
def test_the_scan_comes_from_the_desk_or_the_coordinator(store: Store, member: Member) -> None:
    folio = by_hand(store)
    with pytest.raises(NotAllowed):
        hand_in(store, folio, pdf(), by=member)
    hand_in(store, folio, pdf(), by=CARLA)
    assert letter(store, folio).state == "signed"
    with pytest.raises(NotAllowed):
        hand_in(store, folio, pdf(2), by=CARLA)


def test_signed_in_the_portal_a_letter_wants_no_scan(store: Store) -> None:
    folio = signed(store)
    assert letter(store, folio).state == "signed"
    with pytest.raises(NotAllowed):
        hand_in(store, folio, pdf())


def test_the_register_says_which_letters_are_void_and_which_wait_for_their_signature(store: Store) -> None:
    folio = by_hand(store)
    extend(store, CARLA, folio, "void_letter", "Cargo equivocado")
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    with store.reading() as session:
        said = {str(row[0]): str(row[4]) for row in registers.letters(session, store.office)}
    assert "(anulado: Cargo equivocado)" in said[f"OF/0001/{now().year}"]
    assert said[f"OF/0002/{now().year}"].endswith("(por firmar)")


# --- void, and another ---


def test_a_void_letter_keeps_its_number_and_file_and_the_next_one_takes_another(store: Store) -> None:
    folio = signed(store)
    first = letter(store, folio)
    extend(store, CARLA, folio, "void_letter", "El nombre está mal escrito")
    assert (step(store, folio), look(store, folio, lambda t: t.status)) == (7, "respuesta_en_elaboracion")
    act(store, LEON, folio, paragraphs=f"Corregido. {REFUSAL}")
    act(store, CARLA, folio, "yes")
    second = letter(store, folio)
    assert first.number != second.number and first.pdf != second.pdf and "Corregido" in pdf_text(store, folio)
    assert history(store, folio) == [
        ("void", first.number, "El nombre está mal escrito"), ("signed", second.number, ""),
    ]  # fmt: skip
    with store.reading() as session:
        old = letters.voided(session, queries.ticket(session, folio))
        newer = letters.replacement(session, old[0])
        assert [one.pdf for one in old] == [first.pdf] and newer is not None and newer.number == second.number
        assert first.pdf is not None and kept(store.office.files, first.pdf).exists()


def test_the_audit_log_tells_which_letter_was_voided_by_whom_and_why(store: Store) -> None:
    folio = signed(store)
    number = letter(store, folio).number
    extend(store, CARLA, folio, "void_letter", "Fecha equivocada")
    with store.reading() as session:
        said = {event.name: (event.sentence("es"), event.facts["reason"]) for event in queries.audit(session, most=2)}
    assert said["letter.voided"] == (
        f"{CARLA.email} anuló el oficio {number} de la solicitud {folio}",
        "Fecha equivocada",
    )
    assert "Anulación" in said["request.moved"][0] and "Entrega" not in said["request.moved"][0]


def test_the_new_draft_starts_from_the_words_of_the_void_letter(store: Store) -> None:
    folio = signed(store)
    extend(store, CARLA, folio, "void_letter")
    with store.reading() as session:
        ticket = queries.ticket(session, folio)
        drafted = letters.draft_paragraphs(session, ticket, tickets.definition(session, ticket), store.office)
    assert "\n\n".join(drafted) == REFUSAL


@pytest.mark.parametrize("member", [SOFIA, LEON, ANA, TOMAS], ids=lambda one: one.name)
def test_nobody_but_the_coordinator_voids_a_letter(store: Store, member: Member) -> None:
    folio = signed(store)
    with pytest.raises(NotAllowed):
        extend(store, member, folio, "void_letter")
    assert letter(store, folio).state == "signed"


def test_a_letter_is_voided_with_a_reason_while_it_is_out_and_not_after_its_receipt(store: Store) -> None:
    folio = signed(store)
    with pytest.raises(InvalidValue):
        extend(store, CARLA, folio, "void_letter", " ")
    act(store, SOFIA, folio, **DELIVERY)
    extend(store, CARLA, folio, "void_letter")
    act(store, LEON, folio, paragraphs=REFUSAL)
    with pytest.raises(NotAllowed):
        extend(store, CARLA, folio, "void_letter")
    act(store, CARLA, folio, "yes")
    act(store, SOFIA, folio, **DELIVERY)
    act(store, SOFIA, folio, signed="on")
    with pytest.raises(Exception, match="cambió"):
        extend(store, CARLA, folio, "void_letter")


def test_an_answer_counts_when_it_was_delivered_first_and_is_reopened_when_it_is_voided(store: Store) -> None:
    folio = signed(store)
    act(store, SOFIA, folio, **DELIVERY)
    first = letter(store, folio).delivered
    extend(store, CARLA, folio, "void_letter")
    assert _case(store).attended == first and len(_case(store).reopened) == 1
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    act(store, SOFIA, folio, **DELIVERY)
    assert _case(store).attended == first and len(_case(store).reopened) == 1


def test_a_letter_that_was_void_before_anybody_had_it_reopens_nothing(store: Store) -> None:
    extend(store, CARLA, signed(store), "void_letter")
    assert (_case(store).attended, _case(store).reopened) == (None, ())


def _case(store: Store) -> Case:
    with store.reading() as session:
        (case,) = cases.as_of(session, "ADJ-P03", calendars.current(session, store.office), now())
        return case


# --- nobody takes it ---


def test_scenario_35_a_letter_nobody_takes_is_closed_by_a_reasoned_note_and_counts_on_that_day(store: Store) -> None:
    folio = signed(store)
    extend(store, SOFIA, folio, "not_delivered", "El área estuvo cerrada tres días")
    assert history(store, folio)[0][::2] == ("not_delivered", "El área estuvo cerrada tres días")
    closed, outcome, status = look(store, folio, lambda t: (t.closed, t.outcome, t.status))
    assert closed and (outcome, status) == ("completed", "concluida")
    assert _case(store).attended == closed and _case(store).undelivered


def test_what_is_not_signed_on_paper_cannot_be_undeliverable(store: Store) -> None:
    folio = by_hand(store)
    with pytest.raises(InvalidValue) as refused:
        extend(store, SOFIA, folio, "not_delivered")
    assert refused.value.code == "unsigned" and look(store, folio, lambda t: (t.step, t.closed)) == (10, None)


# --- with an e.firma ---


def seal(folder: Path, owner: Member = CARLA) -> Seal:
    from tests.letters.test_efirma import PASSWORD, pair

    names = [folder / name for name in ("firma.cer", "firma.key", "clave.txt")]
    for path, content in zip(names, (*pair(), PASSWORD + b"\n"), strict=True):
        path.write_bytes(content)
    return Seal(owner.email.upper(), *names)


@pytest.fixture
def with_efirma(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("pyhanko", reason="the extra `firma` is not installed")
    store.office = replace(store.office, signing=EFIRMA, seal=seal(tmp_path))


@pytest.mark.usefixtures("with_efirma")
def test_a_letter_signed_with_an_e_firma_is_filed_as_it_was_signed(store: Store) -> None:
    from tests.letters.test_efirma import NUMBER, verdict

    folio = signed(store)
    one = letter(store, folio)
    assert one.state == "signed" and one.pdf is not None and NUMBER in pdf_text(store, folio)
    assert verdict(kept(store.office.files, one.pdf).read_bytes()).bottom_line


@pytest.mark.usefixtures("with_efirma")
def test_whoever_stands_in_signs_by_hand_and_never_with_the_e_firma_of_another(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    stand_in(store, SARA)
    act(store, SARA, folio, "yes")
    assert letter(store, folio).state == "to_sign" and "e.firma" not in pdf_text(store, folio)


@pytest.mark.usefixtures("with_efirma")
@pytest.mark.parametrize("spoilt", ["key", "password", "certificate"])
def test_an_e_firma_that_does_not_open_signs_nothing_and_takes_no_number(store: Store, spoilt: str) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    assert store.office.seal is not None
    getattr(store.office.seal, spoilt).unlink()
    with pytest.raises(InvalidValue) as refused:
        act(store, CARLA, folio, "yes")
    assert refused.value.code == "efirma_unreadable" and str(store.office.files.parent) not in refused.value.text()
    assert (letter(store, folio).number, letter(store, folio).state, step(store, folio)) == (None, "in_review", 8)


def test_an_installation_that_cannot_sign_as_it_says_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[letterhead]\nsigning = 'efirma'\nefirma_owner = 'c@m.mx'\nefirma_certificate_file = 'a.cer'\n"
    text += "efirma_key_file = 'a.key'\nefirma_password_file = 'a.txt'\n"
    settings = config.parse(text, tmp_path)
    monkeypatch.setattr("netreg.letters.efirma.find_spec", lambda _name: None)
    with pytest.raises(ConfigError) as found:
        Office.of(settings)
    assert found.value.id == "netreg.C013" and "netreg[firma]" in found.value.hint
    monkeypatch.setattr("netreg.letters.efirma.find_spec", lambda _name: find_spec("json"))
    with pytest.raises(ConfigError, match=r"a\.cer"):
        Office.of(settings)
    for name in ("a.cer", "a.key", "a.txt"):
        (tmp_path / name).write_text("x")
    made = Office.of(settings).seal
    assert made == Seal("c@m.mx", tmp_path / "a.cer", tmp_path / "a.key", tmp_path / "a.txt")


# --- the office's own words ---


def test_a_draft_starts_with_the_offices_own_words(store: Store) -> None:
    own = ("Va la respuesta: {equipos_rechazados}", "{motivo}")
    store.office = replace(store.office, wording=Wording({"other": own}, "Saludos."))
    folio = rejected(store)
    with store.reading() as session:
        ticket = queries.ticket(session, folio)
        drafted = letters.draft_paragraphs(session, ticket, tickets.definition(session, ticket), store.office)
    assert drafted[:2] == list(own) and drafted[-1] == "Saludos."
