"""The pages of presence: who may see what, what is looked for, and what leaves a line in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.policy.week import Week
from netreg.registry import queries
from netreg.registry.commands import sightings
from netreg.registry.days import Figure
from netreg.registry.watching import end_sources
from netreg.store.base import now
from netreg.store.transaction import Store
from portal import charts
from tests.people import ALMA, ANA, BETO, CARLA, INES, NORA, SOFIA, TOMAS, Member, mac, phones
from tests.portal.conftest import Visitor, an_alert
from tests.registry.hearing import RANDOM, ROGUE, hear

SignedIn = Callable[[Member], Visitor]
PAGES = ("/presence", "/presence/days", "/presence/sources", "/report/rogues", "/report/rogues.csv",
         "/report/rogues.pdf")  # fmt: skip


def heard(store: Store) -> int:
    """Luis' phone on a radio, a stranger who calls himself by a nasty name, a made-up address; the phone's number."""
    number = phones(store, 1)[0]
    at = now()
    hear(store, Heard(MacAddress(mac(1)), "192.0.2.7", port="wlan0"), source="stations", place="antena", at=at)
    hear(store, Heard(ROGUE, "fe80::a683:e7ff:fe00:99", name=f"<script>{ROGUE}</script>"), Heard(RANDOM), at=at)
    return number


@pytest.mark.parametrize("who", [ANA, BETO, TOMAS, SOFIA, NORA])
def test_who_works_in_an_area_or_keeps_accounts_sees_nobody_s_presence(
    signed_in: SignedIn, store: Store, who: Member
) -> None:
    heard(store)
    visitor = signed_in(who)
    for path in (*PAGES, f"/presence/{mac(1)}", "/presence?q=192.0.2.7"):
        assert visitor.client.get(path).status_code == 403, path
    assert 'href="/presence"' not in visitor.get("/")


def test_it_sees_who_is_there_and_hostile_names_are_text(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    page = signed_in(INES).get("/presence")
    assert page.index(str(ROGUE)) < page.index(mac(1)) and "antena (wlan0)" in page and "Luis Peña" in page
    assert "<script>" + str(ROGUE) not in page and "&lt;script&gt;" in page
    assert f'href="/presence/{ROGUE}"' in page


def test_places_and_strangers_can_be_looked_at_alone(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    visitor = signed_in(INES)
    assert str(ROGUE) not in visitor.get("/presence?place=antena")
    assert mac(1) not in visitor.get("/presence?who=unknown") and str(ROGUE) in visitor.get("/presence?who=unknown")
    assert str(ROGUE) not in visitor.get("/presence?who=known")


def test_an_auditor_reads_no_whole_address_by_any_way(signed_in: SignedIn, store: Store) -> None:
    """Nor follows one device, nor finds an address by trying its beginning; an IPv6 address may hold one too."""
    heard(store)
    visitor = signed_in(ALMA)
    for path in ("/presence", "/presence?q=a4:83:e7:00:00", "/report/rogues"):
        page = visitor.get(path)
        assert ROGUE.masked in page and str(ROGUE) not in page and "a683:e7ff" not in page, path
    assert visitor.client.get(f"/presence/{ROGUE}").status_code == 403
    assert str(ROGUE).encode() not in visitor.client.get("/report/rogues.csv").data


def test_an_address_is_followed_from_its_device_and_that_stands_in_the_device_s_story(
    signed_in: SignedIn, store: Store
) -> None:
    number = heard(store)
    visitor = signed_in(INES)
    assert f'href="/presence/{mac(1)}"' in visitor.get(f"/devices/{number}")
    for path in (f"/presence/{mac(1)}", f"/presence/{mac(1).upper().replace(':', '-')}"):
        page = visitor.get(path)
        assert "antena (wlan0)" in page and f'href="/devices/{number}"' in page
    with store.reading() as session:
        told = [event.name for event in queries.story(session, [f"device {number}"])]
    assert told.count("trail.read") == 1
    assert "consultó en qué lugares" in visitor.get(f"/devices/{number}")


def test_a_stranger_s_page_leads_to_its_alert(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    alert = an_alert(store, str(ROGUE))
    visitor = signed_in(CARLA)
    assert f'href="/alerts/{alert}"' in visitor.get(f"/presence/{ROGUE}")
    assert f'href="/alerts/{alert}"' in visitor.get("/presence")


def test_what_is_no_address_has_no_page(signed_in: SignedIn) -> None:
    visitor = signed_in(INES)
    for path in ("/presence/nobody", "/presence/a4:83", "/presence/a4:83:e7:00:00:0g"):
        visitor.get(path, 404)
    assert "no se ha visto" in visitor.get("/presence/a4:83:e7:ff:ff:ff")


def test_the_search_finds_by_ip_address_and_holder_and_says_when_it_cannot(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    visitor = signed_in(INES)
    for typed in ("192.0.2.7", "A483.E700.0001", "luis pena"):
        assert mac(1) in visitor.get(f"/presence?q={typed}"), typed
    assert "No se encontró nada" in visitor.get("/presence?q=%25")
    assert "la tenía entonces" not in visitor.get("/presence?q=192.0.2.7&at=2020-01-01T09:00")
    assert "Escriba fecha y hora" in visitor.get("/presence?q=192.0.2.7&at=ayer")
    assert "caracteres como máximo" in visitor.get("/presence?q=" + "x" * 81)


def test_lists_and_files_with_whole_addresses_leave_a_line(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    for who in (INES, ALMA):
        visitor = signed_in(who)
        for path in ("/presence", "/presence", "/report/rogues", "/report/rogues.csv", "/report/rogues.pdf"):
            visitor.client.get(path)
    with store.reading() as session:
        told = [(event.actor, event.subject) for event in queries.audit(session) if "addresses" in event.subject]
    assert sorted(told) == [
        (INES.email, "addresses presence"),
        (INES.email, "addresses rogues"),
        (INES.email, "addresses rogues-csv"),
        (INES.email, "addresses rogues-pdf"),
    ]


def test_the_weekly_report_is_a_page_a_csv_and_a_pdf(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    week, visitor = Week.of(now(), store.office.zone), signed_in(INES)
    page = visitor.get(f"/report/rogues?week={week}")
    assert str(ROGUE) in page and mac(1) not in page and "barrido activo, palacio" in page
    assert str(ROGUE) not in visitor.get(f"/report/rogues?week={week.before}")
    assert visitor.client.get(f"/report/rogues.pdf?week={week}").data.startswith(b"%PDF")
    assert str(ROGUE).encode() in visitor.client.get(f"/report/rogues.csv?week={week}").data
    for wrong in ("2026-W54", "ayer", "2026-W1"):
        assert "Escriba la semana" in visitor.get(f"/report/rogues?week={wrong}", 400)


def test_the_chart_has_a_table_behind_it_and_any_span_is_one_of_two(signed_in: SignedIn, store: Store) -> None:
    heard(store)
    visitor = signed_in(INES)
    assert visitor.get("/presence/days").count("<tr>") == 31
    assert visitor.get("/presence/days?span=90").count("<tr>") == 91
    assert visitor.get("/presence/days?span=100000").count("<tr>") == 31


def test_a_source_says_its_error_whole_to_those_who_may_and_one_that_ended_is_told_last(
    signed_in: SignedIn, store: Store
) -> None:
    with store.transaction("agent:scan") as tx:
        sightings.note_source(tx.session, "capture:patio", now(), error=f"<b>no answer</b> from {ROGUE}")
        sightings.note_source(tx.session, "sweep:bodega", now())
        end_sources(tx, ["capture:patio"], now())
    page = signed_in(INES).get("/presence/sources")
    assert page.index("escucha de la red, patio") < page.index("barrido activo, bodega") < page.index("ya no se usa")
    assert "no ve nada" in page and f"&lt;b&gt;no answer&lt;/b&gt; from {ROGUE}" in page
    assert str(ROGUE) not in signed_in(ALMA).get("/presence/sources")


def test_the_weekly_report_stands_under_presence_and_the_monthly_one_under_reports(
    signed_in: SignedIn, store: Store
) -> None:
    visitor = signed_in(INES)
    for path, current in (("/report/rogues", "/presence"), ("/report", "/report")):
        assert f'href="{current}" aria-current="page"' in visitor.get(path), path


@pytest.mark.parametrize("most", [0, 1, 3, 9, 10, 11, 999, 2500])
def test_every_bar_fits_under_the_highest_line_and_whoever_was_there_is_seen(most: int) -> None:
    first = date(2026, 1, 1)
    figures = {first + timedelta(days=day): Figure(most, min(most, 1), 0) if day else None for day in range(30)}
    chart = charts.of_days(figures)
    assert all(bar.known + bar.unknown <= charts.HEIGHT for bar in chart.bars)
    assert all((bar.unknown > 0) is (most > 0 and bar.counted) for bar in chart.bars)
    assert [bar.counted for bar in chart.bars].count(False) == 1 and chart.labels[-1] == chart.bars[-1]
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.width
