"""What people fill in is read once, by the definition: typed, bounded, and never guessed."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.procedures import catalogue, filling
from netreg.procedures.filling import Around, gaps, is_so, nested, read
from netreg.procedures.procedure import Column, FormField

AROUND = Around(
    date(2026, 11, 22), ZoneInfo("America/Mexico_City"), {"catalog:portal_modules": ("Avisos", "Directorio")},
    {"setting:mail_domain": "chalco.gob.mx"},
)  # fmt: skip
ALL = [one for one in catalogue.procedures().values()]


def column(kind: str, **more: Any) -> Column:
    return Column.model_validate({"id": "it", "es": "Dato", "en": "Datum", "type": kind, "required": True, **more})


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("text", "  Feria   del empleo ", "Feria del empleo"),
        ("textarea", "Uno\r\n\r\nDos", "Uno\n\nDos"),
        ("date", "20/11/2026", "2026-11-20"),
        ("datetime", "2026-11-20T16:00", "2026-11-20T22:00:00+00:00"),
        ("datetime", "2026-11-20T22:00:00+00:00", "2026-11-20T22:00:00+00:00"),
        ("integer", "30", 30),
        ("money", "$ 1,250.50", "1250.50"),
        ("bool", "no", False),
        ("email", "Obras@chalco.gob.mx", "obras@chalco.gob.mx"),
        ("mac", "A4-83-E7-11-22-33", "a4:83:e7:11:22:33"),
        ("hostname", "obras-pc07", "OBRAS-PC07"),
        ("text", "   ", None),
    ],
)
def test_each_kind_is_read_into_one_form(kind: str, typed: str, value: object) -> None:
    found = read([column(kind)], {"it": typed}, AROUND).checked()
    assert found.get("it") == value


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("date", "2026-02-30", "E_DATE"),
        ("datetime", "mañana a las 9", "E_MOMENT"),
        ("datetime", "2026-11-20T16:00+09:00", "E_MOMENT"),
        ("integer", "treinta", "E_NUMBER"),
        ("integer", "٣", "E_NUMBER"),
        ("decimal", "1,25,0", "E_NUMBER"),
        ("bool", "quizá", "E_CHOICE"),
        ("email", "no es correo", "E_FORM"),
        ("text", "hola\u202eadios", "E_HIDDEN"),
        ("text", "x" * 400, "E_TOO_LONG"),
        ("file", "../../etc/passwd", "E_NUMBER"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(kind: str, typed: str, code: str) -> None:
    (refusal,) = read([column(kind)], {"it": typed}, AROUND).refusals
    assert (refusal.code, refusal.field) == (code, "it")


def test_a_mailbox_of_another_domain_and_a_choice_that_is_not_offered_are_refused() -> None:
    mailbox = column("email", validation={"domain_from": "setting:mail_domain"})
    module = column("multichoice", choices_from="catalog:portal_modules")
    assert [one.code for one in read([mailbox], {"it": "a@gmail.com"}, AROUND).refusals] == ["E_DOMAIN"]
    assert [one.code for one in read([module], {"it": ["Otro"]}, AROUND).refusals] == ["E_CHOICE"]
    assert read([module], {"it": ["Directorio", "Avisos"]}, AROUND).checked() == {"it": ["Avisos", "Directorio"]}


def test_days_are_held_against_today_and_against_each_other() -> None:
    first, last = column("date", validation={"not_after": "today"}), column("date", validation={"after": "it"})
    last = last.model_copy(update={"id": "last"})
    assert [one.field for one in read([first], {"it": "2026-11-23"}, AROUND).refusals] == ["it"]
    said = {"it": "2026-11-20", "last": "2026-11-20"}
    assert [one.field for one in read([first, last], said, AROUND).refusals] == ["last"]


def test_a_form_of_a_browser_has_its_rows_in_order_and_nothing_of_ours_that_it_made_up() -> None:
    goods = FormField.model_validate(
        {"id": "goods", "es": "Bienes", "en": "Goods", "type": "list", "required": True, "source": "manual",
         "columns": [column("text").model_dump() | {"id": "make"}]}
    )  # fmt: skip
    sent = {"goods-10-make": ["HP"], "goods-2-make": ["Dell"], "goods-2-evil": ["x"], "evil": ["y"]}
    assert nested([goods], sent) == {"goods": [{"make": "Dell", "evil": "x"}, {"make": "HP"}]}
    assert read([goods], nested([goods], sent), AROUND).checked() == {"goods": [{"make": "Dell"}, {"make": "HP"}]}


def test_a_list_has_an_end() -> None:
    (goods,) = [one for one in catalogue.procedure("GCH-CCS-P11").fields if one.id == "goods"]
    (refusal,) = read([goods], {"goods": [{"make": "HP"}] * 61}, AROUND).refusals
    assert refusal.code == "E_ROWS"


def test_what_is_missing_depends_on_what_else_was_said() -> None:
    size = column("text", required=False, required_if={"medium": ["print", "both"]})
    assert [gap.field for gap in gaps([size], {"medium": "print"})] == ["it"]
    assert gaps([size], {"medium": "digital"}) == [] == gaps([size], {"medium": "print", "it": "A4"})
    unless = column("text", required_unless={"medium": "digital"})
    assert gaps([unless], {"medium": "digital"}) == [] and gaps([unless], {})
    assert gaps([column("bool", validation={"must_be": True})], {"it": False})
    assert gaps([column("bool")], {"it": False}) == [], "no is an answer"


@given(st.sampled_from(ALL), st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=40), max_size=3)))
def test_whatever_a_browser_sends_it_is_read_or_refused(procedure: Any, sent: dict[str, list[str]]) -> None:
    columns = procedure.asks_at(1)
    raw = nested(columns, {key: values for key, values in sent.items() if values})
    found = read(columns, raw, AROUND)
    assert set(found.values) <= {one.id for one in columns}


@given(st.sampled_from(ALL), st.data())
def test_any_text_in_a_field_is_read_or_refused_under_its_name(procedure: Any, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from([column for column in procedure.asks_at(1) if column.type != "list"]))
    found = read([one], {one.id: data.draw(st.text(max_size=60))}, AROUND)
    assert {refusal.field for refusal in found.refusals} <= {one.id, "mac"}


@given(st.dictionaries(st.sampled_from("abc"), st.booleans()), st.dictionaries(st.sampled_from("abc"), st.booleans()))
def test_a_condition_holds_where_all_of_it_does(wanted: dict[str, bool], values: dict[str, bool]) -> None:
    assert is_so(wanted, values) == all(values.get(name) == value for name, value in wanted.items())


def test_a_value_that_is_kept_is_read_again_as_it_is() -> None:
    for procedure in ALL:
        for one in procedure.asks_at(1):
            if one.type in ("date", "datetime", "text", "textarea", "integer"):
                typed = {"date": "2026-11-20", "datetime": "2026-11-20 09:00", "integer": "3"}.get(one.type, "Algo")
                kept = filling.read([one], {one.id: typed}, AROUND).values.get(one.id)
                assert kept is None or read([one], {one.id: str(kept)}, AROUND).values[one.id] == kept
