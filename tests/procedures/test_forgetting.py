"""What requests of other procedures hold on people: found for whoever asks for it, and forgotten after its term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from netreg.errors import NotFound
from netreg.office import Office
from netreg.privacy import Retention
from netreg.procedures import catalogue, forgetting, personal, reporting, tickets
from netreg.procedures.archive import keep, kept
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.counting import Month
from netreg.procedures.desk import notes, satisfaction
from netreg.procedures.desk.models import Note, Satisfaction
from netreg.procedures.forgetting import Emptied
from netreg.procedures.models import StoredFile
from netreg.procedures.procedure import parse
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.audit import verify_store
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, CARLA, IRMA
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave, open_one, send, step_of
from tests.registry.test_retention import texts_of

# A Wednesday: what is sent is received at once.
START = datetime(2026, 11, 18, 17, tzinfo=UTC)
ALL = catalogue.procedures()
DESIGN, MAIL, DISPOSAL = ALL["GCH-CCS-P06"], ALL["GCH-CCS-P09"], ALL["GCH-CCS-P11"]
ROSA = "Rosa Montes Ñúñez"
YEAR = START.replace(year=2027) + timedelta(days=1)


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.office = Office(
        files=tmp_path / "files",
        catalogue=Catalogue(enabled=tuple(ALL)),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ()},
        small=True,
    )


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def designed(store: Store) -> int:
    """A piece for Rosa, whom its form names as the liaison: proposed, approved, closed, noted and judged."""
    number = open_one(store, DESIGN, {"liaison": f"{ROSA}, ext. 12"})
    send(store, number, by=ANA)
    with store.transaction(CARLA.email) as tx:
        ticket, person = tx.session.get_one(Ticket, number), queries.person(tx.session, CARLA.email)
        notes.note(tx, ticket, person, "Hablar con ROSA  MONTES ÑÚÑEZ antes")
        notes.tell(tx, ticket, person, "Rosa Montes Núñez trae el logotipo")
        file = tx.session.scalars(select(StoredFile).where(StoredFile.ticket_id == number)).first()
        assert file is not None
        file.name = "oficio_rosa-montes-nunez.pdf"
        tx.session.flush()
    for answer in ("yes", "else", "else", "else", "yes", "else"):
        leave(store, DESIGN, number, answer)
    assert step_of(store, number) == 0
    with store.transaction(ANA.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        satisfaction.judge(tx, ticket, queries.known_person(tx.session, ANA.email), "5", "Gracias a Rosa Montes Ñúñez")
    return number


def export(store: Store, who: str) -> dict[str, Any]:
    with store.transaction(CARLA.email) as tx:
        return personal.export(tx, who, now())


def run(store: Store) -> Emptied:
    return forgetting.run(store, ACTOR, now())


# --- finding --------------------------------------------------------------------------------------------------------


def test_somebody_without_account_or_device_is_found_wherever_a_request_names_them(sqlite_store: Store) -> None:
    number = designed(sqlite_store)
    found = export(sqlite_store, "rosa montes nuñez")
    assert [one["donde"] for one in found["menciones"]] == [
        "formulario: Enlace (nombre, cargo y contacto)", "nota interna", "mensaje al área",
        "comentario de satisfacción", "archivo",
    ]  # fmt: skip
    with sqlite_store.reading() as session:
        assert {one["solicitud"] for one in found["menciones"]} == {session.get_one(Ticket, number).reference}
    assert found["menciones"][0]["dicho"] == f"{ROSA}, ext. 12" and found["cuenta"] is None
    assert personal.bundle(found, sqlite_store.office, now()).startswith(b"PK")


def test_what_a_step_wrote_down_is_found_too_and_so_is_an_address(sqlite_store: Store) -> None:
    number = at(sqlite_store, MAIL.code, 6)
    leave(sqlite_store, MAIL, number, values={"delivered_to": ROSA, "delivered_on": "2026-11-18"})
    (said,) = export(sqlite_store, ROSA)["menciones"]
    assert said["donde"].startswith("paso 6: ") and said["dicho"] == ROSA
    (said,) = export(sqlite_store, "Obras@municipio.gob.mx")["menciones"]
    assert said["donde"].startswith("formulario: ")


@pytest.mark.parametrize("who", ["Rosa Mont", "Montes Ñ", "osa Montes Ñúñez", "nadie@municipio.gob.mx", "ext"])
def test_a_part_of_a_word_is_nobody(sqlite_store: Store, who: str) -> None:
    designed(sqlite_store)
    if who == "ext":
        assert len(export(sqlite_store, who)["menciones"]) == 1, "a whole word is found, whoever's it is"
        return
    with pytest.raises(NotFound):
        export(sqlite_store, who)


def test_the_files_of_any_procedure_are_called_by_their_kind(sqlite_store: Store) -> None:
    designed(sqlite_store)
    assert {one["tipo"] for one in export(sqlite_store, ANA.email)["archivos"]} == {
        "oficio firmado", "Textos, logotipos e imágenes de apoyo", "Propuesta",
    }  # fmt: skip


# --- forgetting -----------------------------------------------------------------------------------------------------


def test_after_its_term_nothing_of_a_request_names_them_and_a_second_run_does_nothing(
    sqlite_store: Store, clock: time_machine.Traveller
) -> None:
    number = designed(sqlite_store)
    clock.move_to(YEAR - timedelta(days=2))
    assert run(sqlite_store) == Emptied()
    clock.move_to(YEAR)
    with sqlite_store.reading() as session:
        assert forgetting.due(session, sqlite_store.office, now()) == 1
    assert (run(sqlite_store), run(sqlite_store)) == (Emptied(requests=1, files=2, notes=2), Emptied())
    with pytest.raises(NotFound):
        export(sqlite_store, ROSA)
    said = texts_of(sqlite_store).casefold()
    assert "rosa" not in said and "montes" not in said
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert ticket.emptied == now() and ticket.form["piece"] and "liaison" not in ticket.form
        told = [one for one in queries.audit(session) if one.name == "retention.emptied"]
        assert len(told) == 1 and "1 solicitudes" in told[0].sentence()
        assert verify_store(session).broken_at is None


def test_the_log_never_learns_what_the_request_will_forget(sqlite_store: Store) -> None:
    number = at(sqlite_store, MAIL.code, 6)
    leave(sqlite_store, MAIL, number, values={"delivered_to": ROSA, "delivered_on": "2026-11-18"})
    with sqlite_store.reading() as session:
        assert session.get_one(Ticket, number).moves[-1].facts["delivered_to"] == ROSA
        assert all(ROSA not in one.data for one in queries.audit(session))


def test_folio_dates_steps_and_figures_stay(sqlite_store: Store, clock: time_machine.Traveller) -> None:
    number = designed(sqlite_store)
    clock.move_to(YEAR)
    month = Month(START.year, START.month)

    def figures() -> Any:
        with sqlite_store.reading() as session:
            told = reporting.overview(session, Scope(), month, sqlite_store.office, now())
            moves = [(one.left, one.to, one.answer, one.at) for one in session.get_one(Ticket, number).moves]
            return replace(told.report, comments=()), told.cases, moves

    before = figures()
    run(sqlite_store)
    assert figures() == before
    with sqlite_store.reading() as session:
        assert session.get_one(Satisfaction, number).score == 5
        assert session.scalars(select(Note)).all() == []


def test_material_goes_with_its_content_and_papers_stay_under_their_kind(
    sqlite_store: Store, clock: time_machine.Traveller
) -> None:
    number, files = designed(sqlite_store), sqlite_store.office.files
    own = keep(files, b"%PDF-1.4 propuesta")
    with sqlite_store.engine.begin() as connection:
        connection.execute(update(StoredFile).where(StoredFile.kind == "proposal_files").values(sha256=own))
    clock.move_to(YEAR)
    run(sqlite_store)
    with sqlite_store.reading() as session:
        (left,) = session.scalars(select(StoredFile).where(StoredFile.ticket_id == number)).all()
        assert (left.kind, left.name) == ("request_letter", "")
        assert kept(files, left.sha256).exists()
    assert not kept(files, own).exists()


def test_a_content_that_another_request_still_has_stays(sqlite_store: Store, clock: time_machine.Traveller) -> None:
    designed(sqlite_store)
    clock.move_to(YEAR - timedelta(days=1))
    later = open_one(sqlite_store, DESIGN)  # the same sample files
    clock.move_to(YEAR)
    assert run(sqlite_store).files == 2
    with sqlite_store.reading() as session:
        for one in session.scalars(select(StoredFile).where(StoredFile.ticket_id == later)):
            assert kept(sqlite_store.office.files, one.sha256).exists()


def test_the_definition_may_say_another_term_and_the_setting_counts_where_it_says_none(
    sqlite_store: Store, clock: time_machine.Traveller
) -> None:
    designed(sqlite_store)
    office = sqlite_store.office
    text = DESIGN.source_text.replace("order = ", "retention_months = 24\norder = ", 1)
    longer = parse(text, "longer")
    sqlite_store.office = replace(office, catalogue=Catalogue({**ALL, DESIGN.code: longer}, tuple(ALL)))
    clock.move_to(YEAR)
    assert run(sqlite_store) == Emptied()
    sqlite_store.office = replace(office, retention=Retention(months=24))
    assert run(sqlite_store) == Emptied()
    sqlite_store.office = replace(office, retention=Retention(months=1))
    assert run(sqlite_store).requests == 1


def test_what_is_open_is_never_emptied(sqlite_store: Store, clock: time_machine.Traveller) -> None:
    at(sqlite_store, DESIGN.code, 8)
    clock.move_to(YEAR + timedelta(days=900))
    assert run(sqlite_store) == Emptied()


def test_a_request_that_was_refused_or_whose_procedure_is_gone_is_emptied_as_well(
    sqlite_store: Store, clock: time_machine.Traveller
) -> None:
    number = at(sqlite_store, "GCH-CCS-P02", 7)
    with sqlite_store.transaction(IRMA.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        tickets.extend(tx, ticket, queries.person(tx.session, IRMA.email), "reject_content", "No se puede")
    known = {code: one for code, one in ALL.items() if code != "GCH-CCS-P02"}
    sqlite_store.office = replace(sqlite_store.office, catalogue=Catalogue(known, ("ADJ-P03",)))
    clock.move_to(YEAR)
    assert run(sqlite_store).requests == 1
    with sqlite_store.reading() as session:
        assert "people" not in session.get_one(Ticket, number).form
