"""The printed formats of the write-off report and of the opinion before a purchase, made of what a request holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from time_machine import travel

from netreg.letters.photographs import HIGH, WIDE
from netreg.office import Office
from netreg.procedures import attachments, attending, catalogue, filing, setting_out
from netreg.procedures.archive import kept
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.procedure import Procedure, parse
from netreg.procedures.soundness import findings
from netreg.procedures.telling import lasting
from netreg.procedures.tickets import EFFECTS
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.transaction import Store
from tests.letters.reading import margins_are_clean, pages, pictures, squeezed
from tests.letters.samples import HEAD, technical, thing, written
from tests.people import ANA
from tests.procedures.test_block_rules import at
from tests.procedures.walking import filled, leave, send
from tests.samples import jpeg, pdf, png

WRITE_OFF, PURCHASE = (catalogue.procedure(f"GCH-CCS-{one}") for one in ("P11", "P12"))
HOSTILE = '#eval("1") *a* $x$ <b> @ref `z` {folio} \\ // -- = h'
TEN = ("Concepto", "Marca", "Modelo", "Número de serie", "Estado de uso", "Número de factura", "Costo",
       "Fecha de movimiento", "Clave de inventario", "Número de inventario")  # fmt: skip


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(
        files=tmp_path / "files",
        letterhead=HEAD,
        catalogue=Catalogue(enabled=tuple(catalogue.procedures())),
        small=True,
    )
    yield


def letter_of(store: Store, number: int, document: str) -> bytes:
    with store.reading() as session:
        rows = attending.produced(session, session.get_one(Ticket, number))
        letter = next(row.letter for row in rows if row.document == document)
        assert letter and letter.pdf
        return kept(store.office.files, letter.pdf).read_bytes()


# --- write-off ---


def written_off(store: Store, photos: list[tuple[str, bytes]], **said: str) -> int:
    """A request with an asset for each photograph, inspected, whose report is issued."""
    with store.transaction(ANA.email) as tx:
        person = queries.known_person(tx.session, ANA.email)
        form = filled(WRITE_OFF.asks_at(1))
        (row,) = form["goods"]
        form["goods"] = [row | {"serial": f"MXL{n:05d}", "cost": f"{n + 1}234.5"} | said for n in range(len(photos))]
        ticket = filing.draft(tx, WRITE_OFF, queries.area(tx.session, "OBRAS"), person, form)
        attachments.hand_in(tx, ticket, WRITE_OFF, person, "request_letter", "oficio.pdf", pdf())
        for place, (name, content) in enumerate(photos):
            file = attachments.hand_in(tx, ticket, WRITE_OFF, person, "photos", name, content)
            filing.point_at(ticket, "goods", place, "photo", file)
        number = ticket.id
    send(store, number, by=ANA)
    at(store, "GCH-CCS-P11", 8, number)
    found = {"data_ok": "yes", "present": "yes", "repair_viable": "no"}
    leave(store, WRITE_OFF, number, "yes", values={"inspection_result": [found] * len(photos)})
    leave(store, WRITE_OFF, number)
    return number


def test_a_report_shows_every_asset_with_its_photo_its_ten_data_and_what_the_inspection_found(
    sqlite_store: Store,
) -> None:
    number = written_off(sqlite_store, [("uno.jpg", jpeg()), ("dos.png", png(2000, 1500))])
    file = letter_of(sqlite_store, number, "writeoff_report")
    said = squeezed("".join(pages(file)))
    for name in TEN:
        assert said.count(squeezed(name)) == 2, name
    for text in ("Bien 1", "Bien 2", "MXL00000", "MXL00001", "$1,234.50 MXN", "$2,234.50 MXN", "Inspección física",
                 "Reparación viable y costeable: No", "Datos correctos: Sí", "Obras Públicas", "Diego Luna",
                 "Departamento de Gobierno Digital", "Recibí el original", "ATENTAMENTE"):  # fmt: skip
        assert squeezed(text) in said, text
    assert {(400, 200), (WIDE, HIGH)} <= set(pictures(file))


def test_thirty_assets_are_told_on_as_many_pages_as_they_need_and_none_is_cut() -> None:
    file = written("technical", technical(30))
    found = [squeezed(page) for page in pages(file)]
    for number in range(1, 31):
        (page,) = [page for page in found if squeezed(f"Bien {number}: Computadora") in page]
        assert f"MXL{number:07d}" in page and squeezed(f"CHA-GD-{number:04d}") in page
    for page in found:
        assert page.count(squeezed("Concepto")) == page.count(squeezed("Número de inventario"))
        assert page.count(squeezed("Reparación viable")) == page.count(squeezed("Concepto"))


def test_a_photo_that_is_a_pdf_is_named_as_an_annex_and_one_that_is_broken_too(sqlite_store: Store) -> None:
    number = written_off(sqlite_store, [("equipo.pdf", pdf(2)), ("rota.jpg", jpeg()[:200])])
    said = squeezed("".join(pages(letter_of(sqlite_store, number, "writeoff_report"))))
    assert squeezed("archivo anexo: equipo.pdf, 2 páginas") in said and squeezed("archivo anexo: rota.jpg") in said


@pytest.mark.parametrize("value", ["W" * 300, HOSTILE, "largo " * 49], ids=["word", "markup", "long"])
def test_whatever_is_typed_of_an_asset_stands_in_the_report_as_it_was_typed(sqlite_store: Store, value: str) -> None:
    number = written_off(sqlite_store, [("uno.jpg", jpeg())], concept=value, make=value, condition=value)
    assert squeezed("".join(pages(letter_of(sqlite_store, number, "writeoff_report")))).count(squeezed(value)) >= 3


def test_whatever_is_missing_or_long_stays_on_the_paper() -> None:
    word = "W" * 300
    bare = thing(1, resultado=[{"nombre": "Datos correctos"}], sin_foto=word)
    bare["datos"] = [{"nombre": pair["nombre"]} for pair in bare["datos"]]
    full = thing(2, titulo=word)
    full["datos"] = [pair | {"valor": word} for pair in full["datos"]]
    data = technical(0, bienes=[bare, full], sentido=[{"nombre": "Sentido", "valor": word}], datos=[
        {"nombre": "Asunto", "valor": word}, {"nombre": word, "valor": "x"},
    ])  # fmt: skip
    assert margins_are_clean("technical", data, HEAD)
    said = squeezed("".join(pages(written("technical", data))))
    assert said.count("sindato") == 11 and said.count("W") >= 13 * 300


def test_a_row_that_was_not_inspected_says_that_nothing_is_known(sqlite_store: Store) -> None:
    number = written_off(sqlite_store, [("uno.jpg", jpeg()), ("dos.jpg", png(40, 30))])
    with sqlite_store.reading() as session, session.no_autoflush:
        ticket = session.get_one(Ticket, number)
        ticket.form = {**ticket.form, "inspection_result": ticket.form["inspection_result"][:1]}
        row = next(one for one in attending.produced(session, ticket) if one.document == "writeoff_report")
        form = setting_out.format_of(WRITE_OFF, WRITE_OFF.document("writeoff_report"))
        assert form is not None
        made = setting_out.set_out(session, ticket, WRITE_OFF, form, row, sqlite_store.office)
        first, second = made.data["bienes"]
        assert [pair["valor"] for pair in first["resultado"]] == ["Sí", "Sí", "No"]
        assert [pair["valor"] for pair in second["resultado"]] == ["", "", ""] and len(made.pictures) == 2
        session.expunge_all()


# --- before a purchase ---


def test_an_opinion_says_what_was_asked_what_the_state_decided_and_how_long_that_took(sqlite_store: Store) -> None:
    begin = datetime.fromisoformat("2026-11-02T09:00:00-06:00")
    with travel(begin, tick=False):
        number = at(sqlite_store, "GCH-CCS-P12", 7)
    said = {"report_number": "DGSEI/0451/2026", "verdict": "conditional", "report_date": "2026-11-05"}
    for step, hours in ((7, 1), (8, 25), (9, 49), (11, 76), (12, 100)):
        with travel(begin + timedelta(hours=hours), tick=False):
            leave(sqlite_store, PURCHASE, number, "yes" if step == 9 else "else", values=said if step == 11 else None)
    with sqlite_store.reading() as session:
        folio = session.get_one(Ticket, number).form["sidem_folio"]
    text = squeezed("".join(pages(letter_of(sqlite_store, number, "handover"))))
    for one in (folio, "Adquisición", "DGSEI/0451/2026", "05/11/2026",
                "Sentido del dictamen: Favorable con condiciones",
                "3 días y 3 horas (del 02/11/2026 10:00 al 05/11/2026 13:00)", "Luis Peña", "ATENTAMENTE"):  # fmt: skip
        assert squeezed(one) in text, one


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1, hours=1), "1 día y 1 hora"), (timedelta(days=12, minutes=59), "12 días"),
        (timedelta(hours=23), "23 horas"), (timedelta(minutes=1), "1 minuto"), (timedelta(), "menos de un minuto"),
    ],
)  # fmt: skip
def test_a_stretch_of_time_is_told_in_days_and_hours(span: timedelta, words: str) -> None:
    assert lasting(span) == words


# --- the definition says it ---


def changed(procedure: Procedure, old: str, new: str) -> list[str]:
    assert re.search(re.escape(old), procedure.source_text)
    return list(findings(parse(procedure.source_text.replace(old, new), "x.toml"), frozenset(EFFECTS)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('from = "goods.make"', 'from = "goods.maker"', "goods.maker is no column of a list"),
        ('picture = true, from = "goods.photo"', 'picture = true, from = "goods.make"', "goods.make is no file"),
        ('from = "goods.serial"', 'from = "serial"', "serial is nothing that is asked for"),
    ],
)
def test_a_format_that_asks_for_what_there_is_not_is_found(old: str, new: str, says: str) -> None:
    assert any(says in one for one in changed(WRITE_OFF, old, new))


def test_another_procedure_sets_a_letter_of_its_own_out_without_any_code(sqlite_store: Store) -> None:
    text = WRITE_OFF.source_text.replace('document = "writeoff_report"', 'document = "refusal_letter"')
    assert setting_out.format_of(parse(text, "x.toml"), WRITE_OFF.document("refusal_letter")) is not None
    assert setting_out.format_of(WRITE_OFF, WRITE_OFF.document("refusal_letter")) is None
