"""The pages wear the letterhead's colours, as long as they can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netreg.letters.letterhead import contrast_on_white
from netreg.store.transaction import Store
from portal.views.colours import mixed
from tests.portal.conftest import Visitor


def sheet(visitor: Visitor, store: Store, primary: str) -> str:
    store.office = replace(store.office, letterhead=replace(store.office.letterhead, primary=primary))
    answer = visitor.client.get("/colours.css")
    assert answer.status_code == 200 and answer.mimetype == "text/css" and answer.headers["Cache-Control"] != "no-store"
    return answer.text


def test_every_page_bears_the_colours_of_the_letterhead(visitor: Visitor, store: Store) -> None:
    assert 'href="/colours.css"' in visitor.get("/login")
    text = sheet(visitor, store, "#691C32")
    assert "--primary: #691C32;" in text and "--bs-link-color-rgb: 105, 28, 50;" in text
    assert f"--secondary: {store.office.letterhead.secondary};" in text


@pytest.mark.parametrize("pale", ["#ffff00", "#ffffff", "#8a7a5c"])
def test_a_colour_that_cannot_be_read_gives_way(visitor: Visitor, store: Store, pale: str) -> None:
    assert f"--primary: {pale};" not in sheet(visitor, store, pale)


def test_a_mixed_colour_lies_between_the_two() -> None:
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert mixed("#691c32", "#ffffff", 0) == "#691c32" and mixed("#691c32", "#ffffff", 1) == "#ffffff"
    assert contrast_on_white(mixed("#691c32", "#000000", 0.25)) > contrast_on_white("#691c32")
