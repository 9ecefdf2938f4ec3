"""The answer goes out in writing: drafted, reviewed, corrected until right, signed once, delivered, signed for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.office import Office
from netreg.procedures import catalogue, letters
from netreg.procedures.archive import keep, kept
from netreg.procedures.models import Letter
from netreg.registry import queries
from netreg.registry.commands import areas, devices, people
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, INES, LEON, SARA, SOFIA, Member, phone
from tests.procedures.test_tickets import act, first_device, look, step, turned_over

CORE = catalogue.procedure("ADJ-P03")
TEXT = "Se autoriza lo pedido, según el folio {folio}.\n\n{equipos_aprobados}\n\nSin otro particular."
REFUSAL = "No procede el folio {folio}.\n\n{equipos_rechazados}"


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    """The office's files lie in a folder of the test."""
    store.office = Office(files=tmp_path / "files")
    yield


def rejected(store: Store, reason: str = "not_official_use") -> str:
    """A request whose only device was rejected: the drafting desk has it."""
    folio = turned_over(store)
    with store.transaction(INES.email) as tx:
        one = queries.device(tx.session, first_device(store, folio))
        devices.reject(tx, one, queries.person(tx.session, INES.email), reason)
    return folio


def letter(store: Store, folio: str) -> Letter:
    with store.reading() as session:
        found = letters.letter_of(session, queries.ticket(session, folio))
        assert found is not None
        assert [version.number for version in found.versions] == list(range(1, len(found.versions) + 1))
        session.expunge_all()
        return found


def signed(store: Store) -> str:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    return folio


def pdf_text(store: Store, folio: str) -> str:
    sha256 = letter(store, folio).pdf
    assert sha256 is not None
    content = kept(store.office.files, sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_whoever_is_head_this_evening_is_written_to_though_it_is_tomorrow_in_utc(store: Store) -> None:
    folio, evening = rejected(store), datetime(2027, 3, 2, 1, tzinfo=UTC)
    with time_machine.travel(evening), store.transaction(CARLA.email) as tx:
        obras = queries.area(tx.session, "OBRAS")
        assert tx.today == date(2027, 3, 1) and store.office.today == tx.today
        areas.name_head(tx, obras, "Tomás Gil", "Director de Obras", date(2027, 1, 1))
        areas.name_head(tx, obras, "Rita Sol", "Directora de Obras", date(2027, 3, 2))
        said = letters.facts(tx.session, queries.ticket(tx.session, folio), CORE, store.office)
    assert (said["destinatario"], said["cargo"]) == ("Tomás Gil", "Director de Obras")


def test_an_answer_goes_from_the_draft_to_the_receipt_and_closes_the_request(store: Store) -> None:
    folio = signed(store)
    one = letter(store, folio)
    assert one.number is not None and one.number.startswith("OF/0001/") and one.signed_by == CARLA.email
    said = pdf_text(store, folio)
    assert folio in said and one.number in said and "Carla Ríos" in said and "00:01" in said
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
    assert look(store, folio, lambda t: t.closed) is None
    act(store, SOFIA, folio, signed="on")
    assert letter(store, folio).state == "acknowledged"
    assert look(store, folio, lambda t: (t.status, t.outcome, t.closed is not None)) == ("concluida", "completed", True)


def test_the_area_may_sign_for_its_letter_itself(store: Store) -> None:
    folio = signed(store)
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
    act(store, ANA, folio, signed="on")
    assert letter(store, folio).state == "acknowledged"


def test_scenario_31_a_draft_with_an_empty_placeholder_is_not_signed_and_the_placeholder_is_named(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs="Se rechaza {folio} conforme a {inventado}.\n\n{equipos_rechazados}")
    with pytest.raises(InvalidValue) as refused:
        act(store, CARLA, folio, "yes")
    assert refused.value.code == "letter_incomplete" and "inventado" in refused.value.text()
    assert (letter(store, folio).number, step(store, folio)) == (None, 8)


def test_scenario_32_a_letter_that_is_returned_twice_keeps_three_versions_two_comments_and_takes_one_number(
    store: Store,
) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    for comment in ("Falta el motivo", "Más corto"):
        with pytest.raises(InvalidValue):
            act(store, CARLA, folio, "no", comment=" ")
        act(store, CARLA, folio, "no", comment=comment)
        act(store, LEON, folio, paragraphs=f"{comment}. {REFUSAL}")
    act(store, CARLA, folio, "yes")
    one = letter(store, folio)
    with store.reading() as session:
        versions = session.get_one(Letter, one.id).versions
        assert [version.comment for version in versions] == ["Falta el motivo", "Más corto", ""]
    assert one.number is not None and one.number.endswith("0001/" + one.number[-4:])


def test_scenario_33_the_substitute_signs_and_the_letter_says_for_whom(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    stand_in(store, SARA)
    act(store, SARA, folio, "yes")
    assert "ausencia" in pdf_text(store, folio) and "Sara Vega" in pdf_text(store, folio)


def stand_in(store: Store, member: Member) -> None:
    with store.transaction("cli:root") as tx:
        one, carla = queries.person(tx.session, member.email), queries.person(tx.session, CARLA.email)
        assert one and carla
        people.substitute(tx, one, "coordinator", carla, tx.today, tx.today + timedelta(days=1))


def test_whoever_drafted_a_letter_does_not_sign_it_unless_the_office_is_small(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    stand_in(store, LEON)
    with pytest.raises(NotAllowed) as refused:
        act(store, LEON, folio, "yes")
    assert refused.value.code == "own_letter"
    store.office = replace(store.office, small=True)
    act(store, LEON, folio, "yes")


def test_scenario_35_an_area_that_will_not_sign_for_it_is_closed_with_a_reason(store: Store) -> None:
    folio = signed(store)
    act(store, SOFIA, folio, receiver="Recepción", receiver_post="Auxiliar")
    with pytest.raises(InvalidValue) as refused:
        act(store, SOFIA, folio)
    assert refused.value.field == "reason"
    act(store, SOFIA, folio, reason="No quiso firmar")
    assert (letter(store, folio).state, letter(store, folio).reason) == ("not_delivered", "No quiso firmar")
    assert look(store, folio, lambda t: t.closed) is not None


def test_an_approval_gets_a_letter_too_and_the_access_does_not_wait_for_it(store: Store) -> None:
    folio = turned_over(store, phone(1), phone(2, holder="Eva Sol"))
    for number in look(store, folio, lambda t: [device.id for device in t.devices]):
        approve(store, INES.email, number)
    assert step(store, folio) == 5
    with store.transaction("agent:push") as tx:
        for device in queries.ticket(tx.session, folio).devices:
            device.authorisation.state = "active"
            tx.record(events.DeviceActivated(device=device.id))
    assert step(store, folio) == 7
    act(store, LEON, folio, paragraphs=TEXT)
    act(store, CARLA, folio, "yes")
    said = pdf_text(store, folio)
    assert "Eva Sol" in said and "00:02" in said and "a4:83:e7" not in said.lower()


@pytest.mark.parametrize(
    ("outcomes", "sense"),
    [
        (["approve"], "approval"),
        (["quota_full"], "quota"),
        (["approve", "quota_full"], "partial"),
        (["quota_full", "unfit_device"], "other"),
    ],
)
def test_the_sense_of_an_answer_is_what_became_of_the_devices(store: Store, outcomes: list[str], sense: str) -> None:
    folio = turned_over(store, *(phone(n) for n in range(1, len(outcomes) + 1)))
    numbers = look(store, folio, lambda t: [device.id for device in t.devices])
    for number, outcome in zip(numbers, outcomes, strict=True):
        if outcome == "approve":
            approve(store, INES.email, number)
            continue
        with store.transaction(INES.email) as tx:
            devices.reject(tx, queries.device(tx.session, number), queries.person(tx.session, INES.email), outcome)
    with store.reading() as session:
        ticket = queries.ticket(session, folio)
        assert letters.sense(ticket) == sense
        assert letters.preview(session, ticket, CORE, store.office).startswith(b"%PDF")


@pytest.mark.parametrize("typed", ["", "  \n\n ", "uno\u202edos"])
def test_a_letter_has_words_and_no_hidden_characters(store: Store, typed: str) -> None:
    folio = rejected(store)
    with pytest.raises(InvalidValue) as refused:
        act(store, LEON, folio, paragraphs=typed)
    assert refused.value.field == "paragraphs" and step(store, folio) == 7


def test_a_stored_letter_is_kept_once_and_cannot_be_written(store: Store, tmp_path: Path) -> None:
    first, second = keep(tmp_path, b"one"), keep(tmp_path, b"one")
    assert first == second and oct(kept(tmp_path, first).stat().st_mode)[-3:] == "400"
    assert len([path for path in tmp_path.rglob("*") if path.is_file() and len(path.name) == 64]) >= 1
