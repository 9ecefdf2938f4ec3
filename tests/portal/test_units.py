"""The pages call units as the installation does, and say beside it what the manual calls them."""

from __future__ import annotations

from dataclasses import replace

from netreg.procedures.catalogue import Catalogue
from netreg.procedures.particulars import Said
from netreg.procedures.units import Units
from netreg.store.transaction import Store
from tests.people import ANA, CARLA
from tests.portal.test_report import SignedIn

HELP = Said(es="Mesa de Ayuda", en="Help desk")


def test_pages_say_our_names_and_the_printed_side_the_manual_s(signed_in: SignedIn, store: Store) -> None:
    units = Units(roles={"it": HELP}, owner={"almoloya": Said(es="Sistemas", en="IS")}, executing={"ADJ-P02": HELP})
    store.office = replace(store.office, catalogue=Catalogue.of(["almoloya"], None, units))
    carla = signed_in(CARLA)
    assert "Mesa de Ayuda" in carla.get("/procedures")
    page = carla.get("/procedures/ADJ-P02")
    assert (
        "En el manual: Área de Informática" in page
        and '<td data-label="Quién" class="is-name">Mesa de Ayuda</td>' in page
    )
    assert '<td data-label="Impreso" class="is-name">Área de Informática</td>' in page
    assert "Sistemas" in signed_in(ANA).get("/requests/start")
    english = carla.get("/procedures/ADJ-P02", headers={"Accept-Language": "en"})
    assert "In the manual: IT area" in english


def test_without_names_the_manual_s_stand_and_nothing_is_said_twice(signed_in: SignedIn) -> None:
    page = signed_in(CARLA).get("/procedures/ADJ-P03")
    assert "En el manual" not in page and "Área de Informática" in page
