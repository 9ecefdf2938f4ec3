"""The audit log on pages: filtered, one event whole, as a file; and the page of the points after a restore."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from netreg.registry import audit_search, deciding, queries
from netreg.registry.commands import areas, enrolling, restoring
from netreg.store.audit import AuditEvent
from netreg.store.transaction import Store
from tests.people import ALMA, INES, Member
from tests.portal.conftest import Visitor, a_point, a_request

SignedIn = Callable[[Member], Visitor]
PHONES = ("a4:83:e7:11:22:31",)


def test_the_audit_log_is_filtered_and_one_event_is_read_whole(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    with store.transaction(INES.email) as tx:
        area = queries.area(tx.session, "OBRAS")
        areas.rename(tx, area, "Obras y Servicios")
    ines = signed_in(INES)
    page = ines.get("/audit?text=obras y servicios&actor=ines@municipio.gob.mx&since=2026-01-01&name=area.")
    assert page.count("<tr>") == 2 and 'value="2026-01-01"' in page and "events.csv?" in page
    assert "No hay nada que mostrar" in ines.get("/audit?until=2020-01-01")
    assert "<tbody>" in ines.get("/audit?since=ayer"), "a day that is none filters nothing"
    number = re.search(r'/audit/([0-9]+)"', page)
    assert number is not None
    event = ines.get(f"/audit/{number[1]}")
    assert "Obras Públicas" in event and "Obras y Servicios" in event and "Antes y después" in event
    with store.reading() as session:
        row = session.get(AuditEvent, int(number[1]))
        assert row is not None and row.hash in event and row.previous in event
    ines.get("/audit/999999", 404)


def test_a_search_of_a_long_log_says_how_far_it_looked_and_goes_on_from_there(
    signed_in: SignedIn, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_request(store, PHONES[0])
    monkeypatch.setattr(audit_search, "REACH", 5)
    alma = signed_in(ALMA)
    read, looks = alma.get("/audit?text=Obras+P%C3%BAblicas"), 1
    assert re.search(r"Nada coincide hasta el renglón [0-9]+, del ", read) and "No hay nada que mostrar" not in read
    while "<tbody>" not in read:
        address = re.search(r'href="(/audit\?before=[^"]+)">Buscar más atrás', read)
        assert address is not None and "text=Obras" in address[1]
        read, looks = alma.get(html.unescape(address[1])), looks + 1
    assert looks > 1 and "Obras Públicas" in read


def test_a_sentence_that_ends_with_a_full_stop_has_no_second_one(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    ines = signed_in(INES)
    numbers = re.findall(r'/audit/([0-9]+)"', ines.get("/audit?name=request.moved"))
    told = [re.findall(r"<p>(.*concluyó.*)</p>", ines.get(f"/audit/{number}")) for number in numbers]
    assert told and all(one.endswith(".") and not one.endswith("..") for (one,) in told)


def test_the_audit_log_as_csv_shows_each_what_they_may_see_and_is_recorded(signed_in: SignedIn, store: Store) -> None:
    a_request(store, PHONES[0])
    deciding.approve(store, INES.email, 1)
    for who, sees in ((ALMA, False), (INES, True)):
        answer = signed_in(who).client.get("/audit/events.csv?subject=device 1")
        assert answer.mimetype == "text/csv" and answer.data.startswith(b"\xef\xbb\xbf")
        assert (PHONES[0] in answer.text) is sees, who.name
    with store.reading() as session:
        told = [(one.actor, one.subject) for one in queries.audit(session) if one.name.startswith("addresses.")]
    assert told == [(INES.email, "addresses audit-csv")]
    assert "No hay nada que mostrar" in signed_in(ALMA).get(f"/audit?text={PHONES[0]}")


def test_after_a_restore_the_page_of_the_points_says_which_of_them_wait(signed_in: SignedIn, store: Store) -> None:
    a_point(store)
    assert "Se restauró" not in signed_in(INES).get("/points")
    with store.transaction("cli:nora") as tx:
        restoring.hold_points(tx, made="2026-11-20 08:00 UTC", file="netreg.age")
    page = signed_in(INES).get("/points")
    assert "Se restauró un respaldo" in page and 'href="#point-cortafuegos"' in page
    assert "Seguir con su puesta en servicio" in page
    assert "A backup was restored" in signed_in(INES).get("/points?lang=en")
    with store.transaction(INES.email) as tx:
        queries.point(tx.session, "cortafuegos").looked = {"plan": "p"}
        enrolling.enable(tx, queries.point(tx.session, "cortafuegos"), "p")
    assert "Se restauró" not in signed_in(INES).get("/points?lang=es")
