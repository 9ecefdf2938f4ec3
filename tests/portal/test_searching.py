"""Lists are searched as people type, on both databases alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netreg.procedures import asking
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.store.transaction import Store
from tests import databases
from tests.databases import database
from tests.people import ANA, CARLA, INES, NORA, SOFIA, Member
from tests.portal.conftest import Visitor, a_request

__all__ = ["database"]

SignedIn = Callable[[Member], Visitor]
PHONES = ("a4:83:e7:11:22:31", "a4:83:e7:11:22:32")
pytestmark = pytest.mark.usefixtures("shared_counts")


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    with databases.opened(database) as store:
        store.office = replace(store.office, files=tmp_path / "files", retention_key=tmp_path / "retention.key")
        yield store


def test_w_08_a_request_is_found_without_accents_and_by_an_address_in_any_notation(
    signed_in: SignedIn, store: Store
) -> None:
    folio = a_request(store, PHONES[0], purpose="Prevención de incendios", holder="Íñigo Peña")
    a_request(store, PHONES[1])
    ines = signed_in(INES)
    for sought in (
        "prevencion",
        "inigo pena",
        "A483.E711.2231",
        "a4-83-e7-11-22-31",
        "11:22:31",
        "e711.2231",
        folio[-5:],
    ):
        page = ines.get("/requests?q=" + sought)
        assert folio in page and page.count("<tr>") == 2, sought
    assert "No hay solicitudes" in signed_in(SOFIA).get("/requests?q=a4-83-e7-11-22-31"), "the desk sees no address"


def test_signs_without_digits_are_no_part_of_an_address(signed_in: SignedIn, store: Store) -> None:
    """A lone colon once found every device there is."""
    a_request(store, PHONES[0])
    ines = signed_in(INES)
    for sought in (":", "%20-%20", "q", "7"):
        assert "No hay equipos" in ines.get("/devices?q=" + sought), sought
    assert "No hay equipos" not in ines.get("/devices?q=2:31")


def test_a_sending_is_found_by_its_number_until_it_has_a_folio(signed_in: SignedIn, store: Store) -> None:
    with store.transaction(ANA.email) as tx:
        ana = queries.known_person(tx.session, ANA.email)
        made = asking.submit(
            tx, queries.area(tx.session, "OBRAS"), ana, "Obra", [Wanted("phone", "Luis", mac=PHONES[0])]
        )
        number = made.reference
    sofia = signed_in(SOFIA)
    assert f"/requests/{number}" in sofia.get("/requests?q=" + number.lower())
    assert "No hay solicitudes" in sofia.get("/requests?q=E99")
    folio = a_request(store, PHONES[1])
    assert folio in sofia.get("/requests?q=" + folio) and "No hay solicitudes" in sofia.get("/requests?q=E2")


def test_devices_people_and_areas_are_found_by_what_they_are_called(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0], holder="Íñigo Peña")
    ines, nora, carla = signed_in(INES), signed_in(NORA), signed_in(CARLA)
    assert "Íñigo Peña" in ines.get("/devices?q=INIGO") and "Íñigo Peña" in ines.get("/devices?q=obras publicas")
    assert "Íñigo Peña" not in ines.get("/devices?q=nadie%")
    assert "Sofía Cano" in nora.get("/people?q=sofia") and "Ana López" not in nora.get("/people?q=sofia")
    found = carla.get("/areas?q=PUBLICAS")
    assert "/areas/OBRAS" in found and "/areas/DIF" not in found
