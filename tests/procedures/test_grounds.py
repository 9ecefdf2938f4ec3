"""Why a request went back or was refused: chosen from the catalogue, kept with the move, counted in the figures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from time_machine import travel

from netreg.errors import InvalidValue
from netreg.office import Office
from netreg.procedures import catalogue, grounds, report_book, report_sheet, reporting, tickets
from netreg.procedures.catalogue import CORE, Catalogue
from netreg.procedures.counting import Month
from netreg.procedures.report_lines import counts, english, lines
from netreg.procedures.trends import Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries, reasons
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import CARLA, DIEGO, INES, IRMA, Member
from tests.procedures.test_block_rules import at
from tests.procedures.test_tickets import turned_over
from tests.procedures.walking import filled, leave

ALL = catalogue.procedures()
IMAGE, DISPOSAL, SOCIAL = ALL["GCH-CCS-P06"], ALL["GCH-CCS-P11"], ALL["GCH-CCS-P02"]


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    """An office that has adopted every procedure."""
    sqlite_store.office = Office(
        files=tmp_path / "files",
        catalogue=Catalogue(enabled=tuple(ALL)),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ()},
        small=True,
    )
    with travel("2026-11-18T11:00:00-06:00"):  # a Wednesday: what is sent is received at once
        yield


def say_no(store: Store, number: int, reason: str, *, by: Member = CARLA, answer: str = "no") -> None:
    with store.transaction(by.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        procedure = tickets.definition(tx.session, ticket)
        values = filled(procedure.asks_at(ticket.step), answer=answer)
        tickets.answer(tx, ticket, queries.person(tx.session, by.email), answer, values, reason=reason)


def take(store: Store, number: int, way: str, reason: str, *, by: Member) -> None:
    with store.transaction(by.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        tickets.extend(tx, ticket, queries.person(tx.session, by.email), way, "Así no se puede", reason=reason)


def this_month(store: Store) -> Overview:
    moment = now()
    month = Month.of(moment, store.office.zone)
    with store.reading() as session:
        return reporting.overview(session, Scope(), month, store.office, moment)


# --- which ways ask for one -----------------------------------------------------------------------------------------


def test_every_procedure_that_may_send_a_request_back_asks_why() -> None:
    found = {
        code: {
            (step.n, way.on): grounds.kind_of(one, step.n, way.on)
            for step in one.steps
            for way in step.transitions
            if grounds.kind_of(one, step.n, way.on)
        }
        for code, one in ALL.items()
    }
    assert found.pop("ADJ-P02") == found.pop(CORE) == {}, "what goes back there goes beside the table"
    assert all("return" in kinds.values() for kinds in found.values())
    assert found["GCH-CCS-P11"] == {(2, "no"): "return", (8, "no"): "rejection"}
    assert found["GCH-CCS-P10"] == {(3, "no"): "return"}, "a fault that nobody can mend is no refusal"


@pytest.mark.parametrize(
    ("code", "way", "kind"),
    [
        (CORE, "return_for_correction", "return"), (CORE, "reject_other_reason", "rejection"), (CORE, "withdraw", None),
        ("ADJ-P02", "return_for_correction", "return"), ("GCH-CCS-P02", "reject_content", "rejection"),
        ("GCH-CCS-P07", "not_feasible", "rejection"), ("GCH-CCS-P10", "take_to_workshop", None),
    ],
)  # fmt: skip
def test_so_does_a_way_beside_the_table_that_returns_or_refuses(code: str, way: str, kind: str | None) -> None:
    assert grounds.kind_of(ALL[code], 4, way) == kind


def test_reasons_about_devices_are_for_devices_and_the_others_for_the_rest() -> None:
    devices, rest = (set(grounds.offered(ALL[code], "rejection")) for code in (CORE, "GCH-CCS-P11"))
    assert "quota_full" in devices - rest and "goods_in_use" in rest - devices and "other" in devices & rest
    assert grounds.UNCODED not in {code for kind in reasons.CATALOGUE.values() for code in kind}


# --- choosing -------------------------------------------------------------------------------------------------------


def test_a_no_keeps_the_code_of_its_reason_with_the_move_and_in_the_audit_log(sqlite_store: Store) -> None:
    number = at(sqlite_store, IMAGE.code, 2)
    say_no(sqlite_store, number, "data_missing")
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert ticket.moves[-1].facts[grounds.REASON] == "data_missing"
        why = grounds.current(ticket, IMAGE)
        assert why is not None and why.en == "Data are missing"
        told = [one for one in queries.story(session, [f"request {number}"]) if one.name == "request.moved"]
        assert told[-1].facts["after"][grounds.REASON] == "data_missing"


def test_the_reason_is_told_until_the_area_has_sent_it_anew(sqlite_store: Store) -> None:
    number = at(sqlite_store, IMAGE.code, 2)
    say_no(sqlite_store, number, "data_missing")
    leave(sqlite_store, IMAGE, number)
    with sqlite_store.reading() as session:
        assert grounds.current(session.get_one(Ticket, number), IMAGE) is not None
    leave(sqlite_store, IMAGE, number)
    with sqlite_store.reading() as session:
        assert grounds.current(session.get_one(Ticket, number), IMAGE) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("no", "quota_full"), ("no", "goods_in_use"), ("no", "nonsense"), ("no", "none"), ("no", "workload"),
        ("yes", "data_missing"), ("no", "data_missing "),
    ],
)  # fmt: skip
def test_a_reason_of_another_kind_or_where_none_is_asked_for_is_refused_and_nothing_moves(
    sqlite_store: Store, answer: str, reason: str
) -> None:
    number = at(sqlite_store, IMAGE.code, 2)
    with pytest.raises(InvalidValue) as refused:
        say_no(sqlite_store, number, reason, answer=answer)
    assert (refused.value.code, refused.value.field) == ("E_REASON", grounds.REASON)
    with sqlite_store.reading() as session:
        assert session.get_one(Ticket, number).step == 2


def test_a_definition_cannot_slip_a_reason_in_among_the_things_it_asks_for(sqlite_store: Store) -> None:
    number = at(sqlite_store, IMAGE.code, 2)
    leave(sqlite_store, IMAGE, number, "no", values={grounds.REASON: "data_missing"})
    with sqlite_store.reading() as session:
        assert grounds.REASON not in session.get_one(Ticket, number).moves[-1].facts


def test_devices_that_are_all_refused_are_refused_for_the_reason_that_was_chosen(sqlite_store: Store) -> None:
    folio = turned_over(sqlite_store)
    with sqlite_store.transaction(INES.email) as tx:
        ticket = queries.ticket(tx.session, folio)
        tickets.extend(
            tx, ticket, queries.person(tx.session, INES.email), "reject_other_reason", "Virus", reason="unfit_device"
        )
        right = ticket.devices[0].authorisation
        assert (right.reason_code, right.reason) == ("unfit_device", "Virus")


# --- counting -------------------------------------------------------------------------------------------------------


def test_returns_and_refusals_of_any_procedure_are_counted_by_reason_with_their_folios(sqlite_store: Store) -> None:
    twice, words, refused, ended = (
        at(sqlite_store, IMAGE.code, 2), at(sqlite_store, IMAGE.code, 2), at(sqlite_store, DISPOSAL.code, 8),
        at(sqlite_store, SOCIAL.code, 7),
    )  # fmt: skip
    say_no(sqlite_store, twice, "data_missing")
    leave(sqlite_store, IMAGE, twice)
    leave(sqlite_store, IMAGE, twice)
    say_no(sqlite_store, twice, "too_late")
    say_no(sqlite_store, words, "")
    say_no(sqlite_store, refused, "goods_in_use", by=DIEGO)
    leave(sqlite_store, DISPOSAL, refused)
    take(sqlite_store, ended, "reject_content", "", by=IRMA)
    found = this_month(sqlite_store)
    with sqlite_store.reading() as session:
        folio = {number: str(session.get_one(Ticket, number).folio) for number in (twice, words, refused, ended)}
    assert {code: count.folios for code, count in found.report.by_return.items()} == {
        "data_missing": (folio[twice],), "too_late": (folio[twice],), "none": (folio[words],),
    }  # fmt: skip
    assert {code: count.folios for code, count in found.report.by_reason.items()} == {
        "goods_in_use": (folio[refused],), "none": (folio[ended],),
    }  # fmt: skip


def test_they_stand_in_the_figures_the_csv_and_the_workbook(sqlite_store: Store) -> None:
    with_reason, with_words = at(sqlite_store, IMAGE.code, 2), at(sqlite_store, IMAGE.code, 2)
    say_no(sqlite_store, with_reason, "data_missing")
    say_no(sqlite_store, with_words, "")
    found, office = this_month(sqlite_store), sqlite_store.office
    told = {line.what: line.value for line in lines(found, english)}
    assert told["Return: Data are missing"] == told["Return: no reason of the catalogue"] == "1"
    assert len(counts(found)["return:data_missing"]) == len(counts(found)["return:none"]) == 1
    written = report_sheet.to_csv(found, office).decode("utf-8-sig")
    assert "Devoluciones por motivo" in written and "sin motivo del catálogo,1,GCH-CCS-P06-" in written
    book = load_workbook(io.BytesIO(report_book.to_xlsx(found, office, now())))
    assert [cell.value for cell in book["Devoluciones por motivo"]["A"]] == [
        "Motivo", "Faltan datos", "sin motivo del catálogo",
    ]  # fmt: skip
