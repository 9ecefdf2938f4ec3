"""Every kind of letter is written as a file that can be archived and read aloud, and says what its data say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.letters import composing, texts, writer
from netreg.letters.letterhead import Letterhead
from netreg.letters.printable import clean
from tests.letters import samples
from tests.letters.reading import (
    claims,
    fonts,
    inks,
    margins_are_clean,
    nodes,
    pages,
    places,
    reader,
    root,
    says,
    spoken,
    squeezed,
    tags,
)
from tests.letters.samples import HEAD, ISSUED, LETTERS, register, report, request, response, written

every_letter = pytest.mark.parametrize(("kind", "data"), LETTERS.values(), ids=LETTERS)
HOSTILE = "Peña #*$x$_y_ <b>@ref</b> `z` \\n #eval(\"1\") [a](b) // c -- 'q' ~ {folio} {x.__class__} = h"


# --- what every letter is -------------------------------------------------------------------------------------------


@every_letter
def test_a_letter_claims_to_be_archivable_and_readable_aloud(kind: str, data: dict[str, Any]) -> None:
    pdf = written(kind, data)
    for claim in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
        assert claim in claims(pdf)
    assert root(pdf)["/MarkInfo"]["/Marked"] and root(pdf)["/OutputIntents"]
    assert root(pdf)["/Lang"] == "es-MX"


@every_letter
def test_a_letter_is_on_letter_paper_and_a_register_lies_on_its_side(kind: str, data: dict[str, Any]) -> None:
    size = (792, 612) if kind in ("register", "personal") else (612, 792)
    assert {(page.mediabox.width, page.mediabox.height) for page in reader(written(kind, data)).pages} == {size}


@every_letter
def test_a_letter_carries_its_fonts_and_takes_none_from_the_system(kind: str, data: dict[str, Any]) -> None:
    found = fonts(written(kind, data))
    assert found and all(found.values())
    assert {name.split("+")[1].split("-")[0] for name in found} <= {"LibertinusSerif", "NewCM10", "DejaVuSansMono"}


@every_letter
def test_the_same_letter_is_the_same_bytes(kind: str, data: dict[str, Any]) -> None:
    assert written(kind, data) == written(kind, dict(reversed(data.items())))


@every_letter
def test_a_letter_is_titled_and_dated_by_its_data(kind: str, data: dict[str, Any]) -> None:
    pdf = written(kind, data)
    title = {
        "response": "CGDI/0123/2026",
        "notice": "CGDI/0124/2026",
        "technical": "CGDI/0125/2026",
        "form": "OS-2026-0001",
        "request": "DOP/0457/2026",
        "report": "noviembre de 2026",
        "personal": "Íñigo",
    }
    assert title.get(kind, data.get("folio", data.get("titulo"))) in reader(pdf).metadata.title
    assert root(pdf)["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader(pdf).metadata.creation_date == ISSUED.astimezone(UTC)


@every_letter
def test_a_letter_names_who_writes_and_numbers_its_pages(kind: str, data: dict[str, Any]) -> None:
    pdf = written(kind, data)
    assert says(pdf, HEAD.municipality) and says(pdf, HEAD.unit) and says(pdf, HEAD.slogan) and says(pdf, HEAD.email)
    for number, text in enumerate(pages(pdf), 1):
        assert f"Página {number} de {len(pages(pdf))}" in text


@every_letter
def test_a_letter_needs_no_settings_but_the_defaults(kind: str, data: dict[str, Any]) -> None:
    assert says(written(kind, data, Letterhead()), "Ayuntamiento")


def test_only_a_moment_with_its_zone_can_date_a_letter() -> None:
    with pytest.raises(ValueError, match="zone"):
        writer.write("turn", samples.turn(), letterhead=HEAD, issued=datetime(2026, 11, 20))


def test_the_time_of_issue_is_one_moment_in_every_zone() -> None:
    there = writer.write("turn", samples.turn(), letterhead=HEAD, issued=ISSUED.astimezone(UTC))
    later = writer.write("turn", samples.turn(), letterhead=HEAD, issued=ISSUED + timedelta(seconds=1))
    assert there == written("turn", samples.turn()) != later


def test_an_unknown_kind_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="response"):
        written("love", {})


# --- what each letter says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sense", samples.SENSES)
def test_an_answer_names_the_letter_it_answers_its_addressee_and_its_signatory(sense: str) -> None:
    pdf = written("response", response(sense))
    for text in (
        "CGDI/0123/2026",
        "San Ángel del Río, Estado de México, a 20 de noviembre de 2026",
        "Lic. María Fernanda Núñez Ibáñez",
        "Directora de Obras Públicas",
        "oficio DOP/0457/2026, de fecha 18 de noviembre de 2026",
        "ATENTAMENTE",
        "Ing. Raúl Domínguez Ortúzar",
        "C.c.p. Archivo.",
        "Bando Municipal 2026, artículos 86 y 87",
    ):
        assert says(pdf, text), text


@pytest.mark.parametrize(
    ("sense", "wanted", "unwanted"),
    [
        ("approval", ["Guardia 1", "01:34", "OBRAS-LAP-07", "fue autorizada", "ocupa 3 de los 3"], ["Guardia 4"]),
        ("quota", ["Guardia 4", "04:34", "no es posible autorizar", "3 de los 3"], ["Guardia 1"]),
        ("partial", ["Guardia 1", "Guardia 4", "sólo en parte", "El área ya ocupa sus tres lugares."], []),
        ("other", ["Guardia 4", "El equipo no se destina a funciones institucionales."], ["Guardia 1"]),
    ],
)
def test_an_answer_states_every_result_in_its_sense(sense: str, wanted: list[str], unwanted: list[str]) -> None:
    pdf = written("response", response(sense))
    assert [text for text in wanted if not says(pdf, text)] == []
    assert [text for text in unwanted if says(pdf, text)] == []


@pytest.mark.parametrize("sense", ["approval", "quota", "other"])
def test_an_ordinary_answer_fits_on_one_sheet_with_its_receipt(sense: str) -> None:
    assert len(pages(written("response", response(sense)))) == 1


def test_who_signs_for_somebody_else_says_so() -> None:
    pdf = written("response", response(por_ausencia="Coordinador de Gobierno Digital e Informática"))
    assert says(pdf, "por ausencia de quien ocupa el cargo de Coordinador de Gobierno Digital e Informática")
    assert not says(written("response", response()), "por ausencia")


def test_an_acuse_says_when_to_the_minute_by_the_clock_of_the_office() -> None:
    pdf = written("acuse", samples.acuse())
    for text in (
        "viernes 20 de noviembre de 2026, 13:00 horas",
        "miércoles 25 de noviembre de 2026, 13:00 horas",
        "C. Sofía Arriaga Lomelí",
        "Anexos 0",
        "Sello de recibido",
        "no autoriza todavía la conexión",
    ):
        assert says(pdf, text), text


def test_a_turn_says_from_whom_to_whom_and_what_to_do() -> None:
    pdf = written("turn", samples.turn(vence="2026-11-25T13:00:00-06:00"))
    for text in ("Área de Informática", "13:40 horas", "verificar el cupo del área", "miércoles 25 de noviembre"):
        assert says(pdf, text), text


def test_a_request_carries_the_devices_and_what_the_head_of_area_declares() -> None:
    pdf = written("request", request())
    for text in ("a4:83:e7:11:22:33", "Luis Peña Villaseñor", "Personal, WiFi", "Supervisión de obra", "versión 2"):
        assert says(pdf, text), text
    assert all(says(pdf, statement.split(".")[0] + ".") for statement in texts.statements())


@pytest.mark.parametrize("movement", ["add", "swap", "remove", "update"])
def test_a_request_may_ask_for_any_movement(movement: str) -> None:
    data = request(cuerpo=texts.request_body(movement))
    data["equipos"][0]["sustituye"] = "Teléfono que termina en 12:34"
    assert says(written("request", data), "termina en 12:34")


def test_a_report_shows_figures_lists_and_charts_with_their_description() -> None:
    pdf = written("report", report())
    for text in ("noviembre de 2026", "112.5 %", "Acuses expedidos", "ADJ-P03-2026-00031", "81", "No hubo pausas."):
        assert says(pdf, text), text
    assert "Barras de octubre y noviembre" in spoken(pdf) and tags(pdf)["/H2"] == 4


def test_a_register_of_letters_has_the_columns_of_the_manual() -> None:
    row = ["CGDI/0001/2026", "20/11/2026 10:00", "CGDI", "Obras", "Respuesta", "ADJ-P03-2026-00001", 2, "Ana"]
    pdf = written("register", register(columnas=list(texts.LETTER_REGISTER), filas=[row]))
    assert all(says(pdf, str(cell)) for cell in row) and says(pdf, "1 registro")
    assert all(says(pdf, str(column["titulo"])) for column in texts.LETTER_REGISTER)


def test_an_empty_register_says_that_it_is_empty() -> None:
    assert says(written("register", register(0)), "Sin registros")


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_register_of_sixty_rows_repeats_its_head_and_keeps_every_row() -> None:
    data = register(60)
    found = pages(written("register", data))
    assert len(found) > 1
    for text in found:
        assert all(str(column["titulo"]) in text for column in texts.DEVICE_REGISTER)
    for number in range(1, 61):
        assert sum(f"ADJ-P03-2026-{number:05d}" in text for text in found) == 1
    assert margins_are_clean("register", data, HEAD)


def test_the_sender_of_a_later_page_is_known_from_its_head() -> None:
    later = pages(written("register", register(60)))[1]
    assert HEAD.municipality in later and "Registro de equipos conectados" in later


def test_a_list_of_twenty_devices_goes_on_with_its_head_on_the_next_page() -> None:
    found = pages(written("response", response(equipos_aprobados=[samples.phone(n) for n in range(60)])))
    assert len(found) > 1 and all("Marca y modelo" in text for text in found[:2])


def test_nobody_signs_a_sheet_that_only_says_goodbye() -> None:
    for length in range(0, 2400, 300):
        cuerpo = ["{equipos_aprobados}", "Texto. " * (length // 7), "Penúltimo párrafo.", "Último párrafo."]
        found = pages(written("response", response(cuerpo=cuerpo, cupo_usado=None)))
        assert any("Penúltimo" in text and "ATENTAMENTE" in text for text in found)


@pytest.mark.parametrize("word", ["W" * 300, "supercalifragilistico-" * 12, "mississippi" * 9, "a4:83:e7:" * 30])
def test_a_word_without_end_stays_on_the_paper_and_in_its_column(word: str) -> None:
    data = register(filas=[[word] * len(texts.DEVICE_REGISTER)])
    assert margins_are_clean("register", data, HEAD)
    alone = written("register", register(filas=[[word, *[None] * (len(texts.DEVICE_REGISTER) - 1)]]))
    assert says(alone, word)
    runs = Counter((round(y), round(x)) for x, y in places(reader(alone).pages[0]))
    head = next(y for y in {y for y, _ in runs} if sum(y == other for other, _ in runs) == len(texts.DEVICE_REGISTER))
    second_column = sorted(x for y, x in runs if y == head)[1]
    below = [(y, x) for y, x in runs if head - 300 < y < head]
    assert len({y for y, _ in below}) > 2, "it takes several lines"
    assert max(x for _, x in below) < second_column - 4


@pytest.mark.parametrize("word", ["W", "largo "])
def test_a_letter_full_of_long_texts_loses_none_of_them(word: str) -> None:
    text = word * 120
    rows = [samples.phone(1, alias=text, modelo=text, motivo=text)]
    data = response(
        "partial", destinatario=text, cargo=text, asunto=text, firmante=text, firmante_cargo=text, copias=[text],
        por_ausencia=text, equipos_rechazados=rows, motivo=text,
    )  # fmt: skip
    data["cuerpo"] = [*data["cuerpo"][:-1], text, "{motivo}"]
    assert margins_are_clean("response", data, HEAD)
    assert "".join(pages(written("response", data))).count(word.strip()) >= 120 * 11


# --- what people type -----------------------------------------------------------------------------------------------


@every_letter
def test_a_hostile_name_comes_out_as_it_was_typed(kind: str, data: dict[str, Any]) -> None:
    field = {
        "register": "descripcion", "report": "titulo", "acuse": "recibio", "turn": "de", "personal": "persona",
        "form": "titulo",
    }.get(kind, "firmante")  # fmt: skip
    assert says(written(kind, data | {field: HOSTILE}), HOSTILE)


def test_a_hostile_name_in_a_table_comes_out_as_it_was_typed() -> None:
    rows = [samples.phone(1, alias=HOSTILE, modelo=HOSTILE)]
    assert squeezed(pages(written("response", response(equipos_aprobados=rows)))[0]).count(squeezed(HOSTILE)) == 2


@settings(max_examples=40, deadline=None)
@given(st.text("#*$_<>@`\\[](){}~=-+/|&%\"'^.,;:!?áéíñÑü aZ09", min_size=1, max_size=60))
def test_no_markup_means_anything(text: str) -> None:
    pdf = written("turn", samples.turn(instruccion="x" + text + "x"))
    assert says(pdf, clean("x" + text + "x"))


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_no_character_stops_a_letter(text: str) -> None:
    assert written("turn", samples.turn(instruccion="x" + text, asunto=text + "x")).startswith(b"%PDF")


def test_a_value_is_never_filled_in_twice() -> None:
    pdf = written("response", response("other", motivo="Vea {folio} y {nada}."))
    assert says(pdf, "Vea {folio} y {nada}.")


def test_a_whole_address_typed_into_an_answer_is_masked() -> None:
    data = response(equipos_aprobados=[samples.phone(1, alias="tel a4:83:e7:11:22:33", modelo="A483.E711.2244")])
    data["cuerpo"].insert(0, "La dirección a4-83-e7-11-22-55 y la a483e7112266.")
    pdf = written("response", data)
    assert not any(says(pdf, text) for text in ("a4:83", "A483", "a4-83", "a483e7"))
    assert all(says(pdf, f"••:{end}") for end in ("22:33", "22:44", "22:55", "22:66"))


def test_a_hash_beside_the_code_is_no_address() -> None:
    key = "9f:2c:41:b7:0d:3e:88:aa"
    assert says(written("response", response(verify_text=key)), key)


# --- verification ---------------------------------------------------------------------------------------------------


def test_the_footer_leads_to_the_page_that_checks_the_file() -> None:
    pdf = written("response", response())
    assert says(pdf, samples.VERIFY) and says(pdf, "SHA-256 9f2c 41b7 0d3e 88aa")
    assert len(reader(pdf).pages[0].images) == 1


def test_without_an_address_there_is_no_code() -> None:
    pdf = written("response", response(verify_url=None, verify_text=None))
    assert len(reader(pdf).pages[0].images) == 0 and not says(pdf, "Compruebe")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://", "http://a b", "https://x/" + "y" * 200, 7])
def test_an_address_that_is_none_is_refused(address: object) -> None:
    with pytest.raises(InvalidValue) as refused:
        written("response", response(verify_url=address))
    assert refused.value.field == "verify_url"


# --- drafts ---------------------------------------------------------------------------------------------------------


@every_letter
def test_every_page_of_a_draft_says_so(kind: str, data: dict[str, Any]) -> None:
    pdf = written(kind, data | ({"filas": register(60)["filas"]} if kind == "register" else {}), draft=True)
    for page in reader(pdf).pages:
        assert "BORRADOR" in page.extract_text() and "Borrador sin validez oficial" in page.extract_text()
        assert any(min(ink) > 0.85 for ink in inks(page)), "the word is pale"
    assert "borrador" in reader(pdf).metadata.title
    assert not says(written(kind, data), "BORRADOR")


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in LETTERS.values()}))
def test_a_draft_of_nothing_is_a_sheet_of_marked_blanks(kind: str) -> None:
    pdf = written(kind, {}, Letterhead(), draft=True)
    empty = writer.missing(kind, {})
    by_its_text = {"sentido", "oficio_solicitud", "equipos", "funcion"}
    assert squeezed("".join(pages(pdf))).count("[falta:") >= len(set(empty) - by_its_text) > 0
    assert margins_are_clean(kind, {}, Letterhead())


def test_a_draft_marks_what_is_missing_where_it_is_missing() -> None:
    data = response("partial", oficio_no=" ", firmante=None, fecha_solicitud=None)
    data["equipos_rechazados"][0]["motivo"] = ""
    data["equipos_rechazados"][0]["alias"] = None
    text = squeezed("".join(pages(written("response", data, draft=True))))
    for blank in ("número de oficio", "nombre de quien firma", "fecha del oficio que se contesta", "motivo", "alias"):
        assert squeezed(f"[falta: {blank}") in text, blank


def test_a_draft_shows_a_result_that_its_text_leaves_out() -> None:
    data = response("partial")
    data["cuerpo"].remove("{equipos_rechazados}")
    assert says(written("response", data, draft=True), "[falta: equipos rechazados]")


@pytest.mark.parametrize("empty", ["", "  ", None, "\u200b", []])
def test_a_letter_that_lacks_something_is_refused_and_names_it(empty: object) -> None:
    with pytest.raises(InvalidValue) as refused:
        written("response", response(destinatario=empty, firmante=empty))
    assert (refused.value.code, refused.value.field) == ("letter_incomplete", "destinatario")
    assert "destinatario, firmante" in refused.value.message and "destinatario" in refused.value.english


# --- black and white ------------------------------------------------------------------------------------------------


@every_letter
def test_colours_change_no_word(kind: str, data: dict[str, Any]) -> None:
    black = replace(HEAD, primary="#000000", secondary="#000000")
    assert pages(written(kind, data)) == pages(written(kind, data, black))


@every_letter
@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#5d1f33"])
def test_all_text_is_dark_whatever_the_colours(kind: str, data: dict[str, Any], colour: str) -> None:
    head = replace(HEAD, primary=colour, secondary=colour)
    for page in reader(written(kind, data, head)).pages:
        assert all(sum(ink) / len(ink) < 0.4 for ink in inks(page))


# --- read aloud -----------------------------------------------------------------------------------------------------


def test_a_table_is_read_with_its_heads() -> None:
    found = tags(written("register", register(5)))
    assert found["/Table"] == 1 and found["/TH"] == len(texts.DEVICE_REGISTER) and found["/TD"] == 5 * found["/TH"]
    assert found["/H1"] == 1


def test_headings_never_skip_a_level() -> None:
    levels = [int(str(node["/S"])[2:]) for node in nodes(written("report", report())) if str(node["/S"])[1:2] == "H"]
    assert set(levels) == {1, 2}


def test_every_picture_has_words() -> None:
    pdf = written("report", report())
    assert tags(pdf)["/Figure"] == len(spoken(pdf)) == 2


# --- templates ------------------------------------------------------------------------------------------------------


def test_there_is_one_template_for_each_kind() -> None:
    found = {path.stem for path in composing.TEMPLATES.glob("*.typ")}
    assert found == {"base"} | {kind for kind, _ in LETTERS.values()}


def test_our_templates_ask_for_nothing_outside_their_folder() -> None:
    for path in composing.TEMPLATES.glob("*.typ"):
        code = "\n".join(line.split("//")[0] for line in path.read_text(encoding="utf-8").splitlines())
        assert not [word for word in ("@", "eval(", "read(", "plugin(", "while", "#include") if word in code], path.name
        assert [line for line in code.splitlines() if "import" in line] in ([], ['#import "base.typ": *'])


@pytest.mark.parametrize(
    "code", ['#import "@preview/no-such-package-of-ours:0.0.0": x', '#read("/etc/passwd")', '#read("../writer.py")']
)
def test_a_template_that_reaches_outside_fails_at_once(
    code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "turn.typ").write_text(code)
    monkeypatch.setattr(composing, "TEMPLATES", tmp_path)
    start = monotonic()
    with pytest.raises(InvalidValue) as refused:
        written("turn", samples.turn())
    assert refused.value.code == "letter_unwritable" and monotonic() - start < 20


@pytest.mark.parametrize(
    "picture",
    [
        "<svg>broken",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="/etc/passwd" width="9"/></svg>',
    ],
)
def test_a_chart_that_cannot_be_drawn_is_refused_with_a_next_step(picture: str) -> None:
    charts = [{"titulo": "Por mes", "svg": picture, "alternativo": "barras"}]
    with pytest.raises(InvalidValue) as refused:
        written("report", report(graficas=charts))
    assert refused.value.code == "letter_unwritable" and "gráficas" in refused.value.text()


def test_a_long_sheet_is_the_same_file_though_a_process_of_its_own_composes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    some = list(LETTERS.values())[:2]
    here = [written(kind, data) for kind, data in some]
    monkeypatch.setattr(composing, "LONG", 0)
    assert [written(kind, data) for kind, data in some] == here


def test_what_that_process_cannot_draw_is_refused_as_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "LONG", 0)
    charts = [{"titulo": "Por mes", "svg": "<svg>broken", "alternativo": "barras"}]
    with pytest.raises(InvalidValue) as refused:
        written("report", report(graficas=charts))
    assert refused.value.code == "letter_unwritable"
