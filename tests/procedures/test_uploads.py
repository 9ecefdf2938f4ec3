"""What people hand in is judged by its content, kept under its hash, and never a path of ours."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from netreg.errors import InvalidValue, NotAllowed
from netreg.office import Office
from netreg.procedures import asking, uploads
from netreg.procedures.archive import kept
from netreg.procedures.asking import Form
from netreg.registry import queries
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, LEON, SOFIA, Member, phone
from tests.procedures.test_tickets import act, extend, look, sent


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.office = Office(files=tmp_path / "files")


def pdf(pages: int = 1, *, script: bool = False, password: str = "", attached: bool = False) -> bytes:
    writer, stream = PdfWriter(), BytesIO()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
        )
        writer.root_object[NameObject("/OpenAction")] = action
    if attached:
        writer.add_attachment("evil.exe", b"MZ")
    if password:
        writer.encrypt(password)
    writer.write(stream)
    return stream.getvalue()


def hand_in(store: Store, content: bytes, name: str = "oficio.pdf", by: Member = ANA) -> str:
    with store.transaction(by.email) as tx:
        person = queries.known_person(tx.session, by.email)
        return uploads.hand_in(tx, queries.ticket(tx.session, "E1"), person, name, content).sha256


def test_scenario_03_the_signed_letter_as_a_file_is_as_good_as_paper(sqlite_store: Store) -> None:
    sent(sqlite_store)
    content = pdf()
    sha256 = hand_in(sqlite_store, content)
    assert kept(sqlite_store.office.files, sha256).read_bytes() == content
    assert act(sqlite_store, SOFIA, "E1", annexes="1").folio is not None


def test_a_letter_of_an_earlier_revision_does_not_count(sqlite_store: Store) -> None:
    sent(sqlite_store)
    hand_in(sqlite_store, pdf())
    extend(sqlite_store, SOFIA, "E1", "return_for_correction")
    with sqlite_store.transaction(ANA.email) as tx:
        ticket, ana = queries.ticket(tx.session, "E1"), queries.known_person(tx.session, ANA.email)
        asking.redraft(tx, ticket, Form("Obra", wanted=[phone(2)]), seen=ticket.version)
        asking.send(tx, ticket, ana, accepted=True)
    with pytest.raises(InvalidValue) as refused:
        act(sqlite_store, SOFIA, "E1")
    assert refused.value.code == "letter_missing"
    hand_in(sqlite_store, pdf(2))
    assert act(sqlite_store, SOFIA, "E1").folio is not None


@pytest.mark.parametrize("member", [BETO, INES, CARLA, LEON], ids=lambda one: one.name)
def test_a_file_is_taken_from_the_area_and_the_desk_only(sqlite_store: Store, member: Member) -> None:
    sent(sqlite_store)
    with pytest.raises(NotAllowed) as refused:
        hand_in(sqlite_store, pdf(), by=member)
    assert refused.value.code == "no_file_expected" and not sqlite_store.office.files.exists()


def test_after_the_receipt_no_letter_is_taken_any_more(sqlite_store: Store) -> None:
    sent(sqlite_store)
    hand_in(sqlite_store, pdf(), by=SOFIA)
    act(sqlite_store, SOFIA, "E1")
    for member in (ANA, SOFIA):
        with pytest.raises(NotAllowed):
            hand_in(sqlite_store, pdf(), by=member)


BAD = {
    "a program": (b"MZ\x90", "E_FILE_KIND"),
    "nothing": (b"", "E_FILE_KIND"),
    "a page that says it is a PDF": (b"%PDF-1.7\n<script>alert(1)</script>", "E_FILE_BROKEN"),
    "half a PDF": (pdf()[:200], "E_FILE_BROKEN"),
    "a PDF with a script": (pdf(script=True), "E_FILE_ACTIVE"),
    "a PDF with a file inside": (pdf(attached=True), "E_FILE_ACTIVE"),
    "a PDF with a password": (pdf(password="x"), "E_FILE_LOCKED"),
    "a book": (pdf(61), "E_FILE_PAGES"),
    "more than ten megabytes": (b"%PDF-" + b"0" * uploads.MOST_BYTES, "E_FILE_SIZE"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plain_pdf_is_refused_and_nothing_is_kept(sqlite_store: Store, name: str) -> None:
    sent(sqlite_store)
    content, code = BAD[name]
    with pytest.raises(InvalidValue) as refused:
        hand_in(sqlite_store, content)
    assert (refused.value.code, refused.value.field) == (code, "file")
    assert not sqlite_store.office.files.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\tmp\\a.pdf", "a\r\nb.pdf", "", "x" * 500, "\x1b[2J.pdf"])
def test_a_files_name_is_a_label_and_never_a_path(sqlite_store: Store, name: str) -> None:
    sent(sqlite_store)
    hand_in(sqlite_store, pdf(), name)
    with sqlite_store.reading() as session:
        (row,) = uploads.files_of(session, queries.ticket(session, "E1"))
        assert row.name and len(row.name) <= 100 and "/" not in row.name and row.name.isprintable()


def test_every_file_leaves_a_line_in_the_audit_log_with_its_hash(sqlite_store: Store) -> None:
    sent(sqlite_store)
    sha256 = hand_in(sqlite_store, pdf(3))
    with sqlite_store.reading() as session:
        event = queries.audit(session, most=1)[0]
        assert event.name == "request.file_handed_in" and event.facts["after"]["sha256"] == sha256
        assert "3 página" in event.sentence("es") and look(sqlite_store, "E1", lambda t: t.step) == 2
