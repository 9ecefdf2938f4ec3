"""The forms of the manuals' annexes: numbered when their step begins, printed with what the request knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netreg.errors import NotFound
from netreg.office import Office
from netreg.procedures import annexes, attending, catalogue
from netreg.procedures.catalogue import Catalogue
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.letters.reading import pages
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave

SUPPORT, SERVICE = (catalogue.procedure(code) for code in ("ADJ-P02", "GCH-CCS-P10"))


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(files=tmp_path / "files", catalogue=Catalogue(enabled=tuple(catalogue.procedures())))
    yield


def printed(store: Store, number: int, form: str) -> str:
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        procedure = catalogue.procedure(ticket.procedure)
        return "\n".join(pages(annexes.write(session, ticket, procedure, form, store.office, now())))


def test_the_activity_log_is_printed_before_its_step_is_left_two_alike_on_a_page(sqlite_store: Store) -> None:
    number = at(sqlite_store, "ADJ-P02", 9)
    page = printed(sqlite_store, number, "bitacora")
    assert page.count("OS-20") == 2 and page.count("Obras Públicas") >= 2
    assert "Firma de conformidad" in page and "Realizó actividad" in page
    leave(sqlite_store, SUPPORT, number)
    with sqlite_store.reading() as session:
        made = attending.produced(session, session.get_one(Ticket, number))
        (log,) = [one for one in made if one.document == "bitacora"]
        assert log.said["conformity"] == "signed"


def test_the_support_sheet_has_its_folio_when_somebody_goes_and_keeps_it(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P10", 6)
    first = printed(sqlite_store, number, "formato_servicio")
    leave(sqlite_store, SERVICE, number)
    leave(sqlite_store, SERVICE, number, "yes", values={"work": "Se cambió el rodillo"})
    second = printed(sqlite_store, number, "formato_servicio")
    assert "ST-" in first and "0001" in second and "Se cambió el rodillo" in second


def test_there_is_no_form_before_its_number_and_none_of_another_name(sqlite_store: Store) -> None:
    number = at(sqlite_store, "ADJ-P02", 4)
    for form in ("bitacora", "formato_servicio"):
        with pytest.raises(NotFound):
            printed(sqlite_store, number, form)
