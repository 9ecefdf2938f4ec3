"""The form asks for what the definition of ADJ-P03 lists, as strictly as it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from netreg.procedures.catalogue import procedure
from netreg.procedures.procedure import Column
from netreg.store.transaction import Store
from portal.forms import RequestForm
from tests.people import ANA, Member
from tests.portal.conftest import Page, Visitor, row

SignedIn = Callable[[Member], Visitor]
# What the definition calls a field -> what the form does, where it is another word.
CALLED = {"make_model": "model"}
# Filled in elsewhere: the area is that of the account, the kind of request its own page, the signatory the desk's.
ELSEWHERE = {"area", "signatory", "request_kind", "devices"}
# A list to choose from, where one is chosen from the start.
CHOSEN = {"ownership", "connection"}
AT_SENDING = {"use_ack", "privacy_ack"}


def columns() -> Iterator[Column]:
    (devices,) = (field for field in procedure("ADJ-P03").fields if field.id == "devices")
    yield from devices.columns


def test_every_field_of_the_definition_is_asked_for(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.ask("a4:83:e7:11:22:31")
    page = Page(ana.get("/requests/new"))
    named = {str(one.get("name", "")).removesuffix("-0") for tag in ("input", "select") for one in page.all(tag)}
    wanted = {CALLED.get(one.id, one.id) for one in columns()} - {"replaces"}
    above = {field.id for field in procedure("ADJ-P03").fields} - ELSEWHERE - AT_SENDING
    assert wanted | above <= named, "the definition lists a field that nobody can fill in"
    draft = ana.fill("a4:83:e7:11:22:32")
    sending = {str(one.get("name")) for one in Page(ana.get(f"/requests/{draft}")).all("input")}
    assert sending >= AT_SENDING


@pytest.mark.parametrize("column", [one for one in columns() if one.id != "replaces"], ids=lambda one: one.id)
def test_what_the_definition_requires_the_form_requires(column: Column) -> None:
    typed = {"mac": "a4:83:e7:11:22:31", "computer_name": "OBRAS-07", "inventory_no": "ALM-1"}
    kind = column.required_if.get("kind", "phone")
    owner = column.required_if.get("ownership", "personal")
    sent = {"purpose": "Obra", "once": "x" * 20} | row(0, **typed | {"kind": str(kind), "ownership": str(owner)})
    name = f"{CALLED.get(column.id, column.id)}-0"
    assert RequestForm.of(sent).check()
    without = RequestForm.of({key: said for key, said in sent.items() if key != name})
    required = (column.required or column.required_if) and column.id not in CHOSEN
    assert bool(without.errors or not without.check()) == bool(required)
