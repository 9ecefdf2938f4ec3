"""The calendar page: everybody who sees requests reads it, the coordinator changes it, and sees first what it moves."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from io import BytesIO

import pytest

from netreg.procedures import calendars
from netreg.registry import queries
from netreg.store.transaction import Store
from tests.people import ALMA, ANA, CARLA, INES, LEON, NORA, SOFIA, Member
from tests.portal.conftest import Visitor, a_request

SignedIn = Callable[[Member], Visitor]
VACATION = {"action": "add", "from": "2026-12-21", "to": "2027-01-06", "es": "Vacaciones", "source": "Gaceta 12"}
CSV = b"from,to,es,en,source\n2026-11-02,,Muertos,Day of the Dead,Gaceta\n"


def version(store: Store) -> int:
    with store.reading() as session:
        return calendars.current(session, store.office).version


def confirm(visitor: Visitor, page: str) -> str:
    """Press the button of a preview."""
    values = {name: html.unescape(value) for name, value in re.findall(r'name="(seen|rows)" value="([^"]*)"', page)}
    return visitor.post("/calendar/load", **values)


@pytest.mark.parametrize("who", [ANA, SOFIA, CARLA, INES, LEON, ALMA], ids=lambda one: one.name)
def test_who_sees_requests_reads_the_calendar_and_only_the_coordinator_may_change_it(
    signed_in: SignedIn, who: Member
) -> None:
    visitor = signed_in(who)
    page = visitor.get("/calendar?year=2026")
    assert "Revolución" in page and "mié 16 sept 2026" in page
    assert ("Agregar una fecha" in page) == (who is CARLA)
    if who is not CARLA:
        visitor.post("/calendar/preview", 403, **VACATION)
        visitor.post("/calendar/load", 403, seen="1", rows="{}")


def test_who_sees_no_request_sees_no_calendar_of_them(signed_in: SignedIn) -> None:
    signed_in(NORA).get("/calendar", 403)


def test_a_date_is_previewed_with_the_terms_it_moves_and_stored_when_confirmed(
    signed_in: SignedIn, store: Store
) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    carla = signed_in(CARLA)
    page = carla.post("/calendar/preview", 200, **{**VACATION, "from": "2026-01-01", "to": "2026-12-31"})
    assert "Todavía no se guardó nada" in page and folio in page and version(store) == 1
    page = confirm(carla, page)
    assert "Se guardó el calendario" in page and version(store) == 2 and "Gaceta 12" in carla.get("/calendar?year=2026")
    with store.reading() as session:
        names = [event.name for event in queries.audit(session)]
        loaded = next(event for event in queries.audit(session) if event.name == "calendar.loaded")
        assert "request.term_changed" in names and loaded.actor == CARLA.email
        assert loaded.facts["after"] == {"added": ["2026-01-01/2026-12-31 Vacaciones"]}


def test_a_date_is_taken_back_after_a_look(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    confirm(carla, carla.post("/calendar/preview", 200, **VACATION))
    page = carla.post("/calendar/preview", 200, action="take", row="0", seen="2")
    assert "Se quitan</h2>" not in page and "Se quitan (1)" in page
    confirm(carla, page)
    assert version(store) == 3 and "Vacaciones" not in carla.get("/calendar?year=2026")


def test_two_who_change_it_at_once_do_not_overwrite_each_other(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    first, second = (carla.post("/calendar/preview", 200, **{**VACATION, "es": why}) for why in ("Uno", "Dos"))
    confirm(carla, first)
    assert "Otra persona cambió el calendario" in confirm(carla, second) and version(store) == 2
    assert "cambió desde que abrió" in carla.post("/calendar/preview", action="take", row="0", seen="1")


def test_a_file_is_previewed_and_a_bad_one_is_refused_with_its_line(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    confirm(carla, carla.post("/calendar/preview", 200, **VACATION))
    for how, taken in (("add", 0), ("replace", 1)):
        page = upload(carla, CSV, "dias.csv", how)
        assert "Se agregan (1)" in page and f"Se quitan ({taken})" in page
    ics = carla.client.get("/calendar/days.ics").data
    assert "Se agregan (0)" in upload(carla, ics, "dias.ICS", "add")
    answer = sent(carla, CSV + b"2026-02-30,,Nunca,,\n", "dias.csv", "add")
    assert answer.status_code == 303 and "renglón 3" in carla.get(answer.location) and version(store) == 2


def upload(visitor: Visitor, content: bytes, name: str, how: str) -> str:
    answer = sent(visitor, content, name, how)
    assert answer.status_code == 200
    return answer.text


def sent(visitor: Visitor, content: bytes, name: str, how: str):  # type: ignore[no-untyped-def]
    data = {"csrf_token": visitor.token, "action": "upload", "how": how, "file": (BytesIO(content), name)}
    return visitor.client.post("/calendar/preview", data=data, content_type="multipart/form-data")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({**VACATION, "from": "ayer"}, "Desde"),
        ({**VACATION, "es": ""}, "Motivo"),
        ({**VACATION, "hours": "9 a 5"}, "Horario"),
        ({**VACATION, "to": "2026-01-01"}, "Hasta"),
        ({"action": "upload"}, "Elija un archivo"),
        ({"action": "sing"}, "Elija un archivo"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_comes_back(
    signed_in: SignedIn, store: Store, values: dict[str, str], says: str
) -> None:
    page = signed_in(CARLA).post("/calendar/preview", **values)
    assert says in page and (values.get("source", "") in page) and version(store) == 1


@pytest.mark.parametrize(
    "rows", ["", "[]", "{", '{"week": {}}', '{"closed": [{"from": 3}]}', '{"closed": 7}', "[" * 5000]
)
def test_rows_put_together_by_hand_store_nothing(signed_in: SignedIn, store: Store, rows: str) -> None:
    carla = signed_in(CARLA)
    carla.get("/calendar")
    carla.post("/calendar/load", seen="1", rows=rows)
    carla.post("/calendar/load", seen="uno", rows='{"closed": []}')
    assert version(store) == 1


def test_a_year_nobody_knows_shows_this_one_and_the_dates_download_harmless(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    for typed in ("1492", "x", "9" * 40):
        carla.get(f"/calendar?year={typed}")
    confirm(carla, carla.post("/calendar/preview", 200, **{**VACATION, "es": "=1+1"}))
    assert "'=1+1" in carla.client.get("/calendar/days.csv").data.decode("utf-8-sig")
