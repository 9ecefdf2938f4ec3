"""What a letter lacks is found and named before anybody signs it; what it does not know is refused."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from netreg.errors import InvalidValue
from netreg.letters.filling import fill, missing
from netreg.letters.kinds import KINDS, Field
from tests.letters import samples
from tests.letters.samples import HEAD, LETTERS, request, response

every_letter = pytest.mark.parametrize(("kind", "data"), LETTERS.values(), ids=LETTERS)


@every_letter
def test_a_complete_letter_lacks_nothing(kind: str, data: dict[str, Any]) -> None:
    assert missing(kind, data) == ()


@every_letter
def test_every_required_value_is_missed_by_its_name(kind: str, data: dict[str, Any]) -> None:
    for field in KINDS[kind].fields:
        if field.required:
            assert field.key in missing(kind, {**data, field.key: None})


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_letter_lacks_exactly_what_is_required_in_the_order_of_the_form(kind: str) -> None:
    assert missing(kind, {}) == tuple(field.key for field in KINDS[kind].fields if field.required)


def test_an_answer_has_the_placeholders_of_the_manual() -> None:
    """The list of ADJ-P03, document response_letter."""
    of_the_manual = {
        "folio", "oficio_no", "fecha", "destinatario", "cargo", "oficio_solicitud", "equipos_aprobados",
        "equipos_rechazados", "cupo_usado", "cupo_max", "sentido", "motivo",
    }  # fmt: skip
    assert of_the_manual <= {field.key for field in KINDS["response"].fields}


@pytest.mark.parametrize("key", ["fecha_solicitud", "cupo_usado", "cupo_max", "equipos_aprobados", "fundamento"])
def test_what_the_text_uses_is_required(key: str) -> None:
    data = response("approval", **{key: None})
    assert missing("response", data) == (key,)
    data["cuerpo"] = [text for text in data["cuerpo"] if f"{{{key}}}" not in text]
    assert missing("response", data) == () or key == "equipos_aprobados"


@pytest.mark.parametrize("key", ["inventado", "cuerpo", "recibo"])
def test_a_placeholder_that_cannot_be_filled_is_missing(key: str) -> None:
    assert missing("response", response(cuerpo=[f"Vea {{{key}}}. {{equipos_aprobados}}"])) == (key,)


def test_the_letter_states_every_result() -> None:
    data = response("partial")
    data["cuerpo"].remove("{equipos_rechazados}")
    assert missing("response", data) == ("equipos_rechazados",)


def test_a_letter_without_text_misses_its_text_only() -> None:
    assert (
        missing("response", response(cuerpo=[])) == missing("response", response(cuerpo=[" ", "\u200b"])) == ("cuerpo",)
    )


def test_rows_are_counted_from_one() -> None:
    data = response("approval")
    data["equipos_aprobados"][1]["alias"] = " "
    assert missing("response", data) == ("equipos_aprobados.2.alias",)


def test_in_a_partial_answer_every_refusal_has_its_reason() -> None:
    data = response("partial", equipos_rechazados=[samples.phone(4, motivo="Cupo"), samples.phone(5)])
    assert missing("response", data) == ("equipos_rechazados.2.motivo",)
    assert missing("response", data | {"sentido": "quota", "equipos_aprobados": None}) == ("equipos_aprobados",)


def test_the_statement_on_privacy_names_its_notice() -> None:
    assert missing("request", request(aviso_privacidad="")) == ("aviso_privacidad",)


def test_zero_and_no_are_values() -> None:
    assert missing("response", response(cupo_usado=0, recibo=False)) == ()


@every_letter
def test_a_value_that_the_letter_does_not_have_is_refused(kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refused:
        fill(kind, data | {"por_ausensia": "x"}, HEAD.zone)
    assert (refused.value.code, refused.value.field) == ("letter_unknown_field", "por_ausensia")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("response", {"fecha": "ayer"}, "fecha"),
    ("response", {"fecha": datetime(2026, 11, 20)}, "fecha"),
    ("response", {"sentido": "maybe"}, "sentido"),
    ("response", {"cupo_usado": -1}, "cupo_usado"),
    ("response", {"cupo_usado": True}, "cupo_usado"),
    ("response", {"cupo_usado": "3"}, "cupo_usado"),
    ("response", {"recibo": "no"}, "recibo"),
    ("response", {"destinatario": ["Ana"]}, "destinatario"),
    ("response", {"destinatario": "x" * 4001}, "destinatario"),
    ("response", {"cuerpo": "un texto {equipos_aprobados}"}, "cuerpo"),
    ("response", {"equipos_aprobados": [samples.phone(1, terminacion="a4:83:e7:11:22:33")]},
     "equipos_aprobados.1.terminacion"),
    ("response", {"equipos_aprobados": [samples.phone(1, mac="a4:83:e7:11:22:33")]}, "equipos_aprobados.1.mac"),
    ("response", {"equipos_aprobados": ["Moto"]}, "equipos_aprobados"),
    ("acuse", {"recibido": "2026-11-20T13:00"}, "recibido"),
    ("acuse", {"recibido": date(2026, 11, 20)}, "recibido"),
    ("report", {"periodo": "noviembre"}, "periodo"),
    ("report", {"graficas": [{"titulo": "x", "svg": "x", "alternativo": "x"}]}, "graficas.1.svg"),
    ("report", {"listas": [{"titulo": "x", "columnas": [{"titulo": "A"}], "filas": [["1", "2"]]}]}, "listas.1.filas.1"),
    ("register", {"filas": [["sólo una celda"]]}, "filas.1"),
    ("register", {"filas": [["x"] * 8] * 2001}, "filas"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "field"), WRONG)
def test_a_value_of_the_wrong_shape_is_refused_and_named(kind: str, change: dict[str, Any], field: str) -> None:
    data = {
        "response": response(),
        "acuse": samples.acuse(),
        "report": samples.report(),
        "register": samples.register(),
    }
    with pytest.raises(InvalidValue) as refused:
        fill(kind, data[kind] | change, HEAD.zone)
    assert refused.value.field == field and refused.value.message != refused.value.english


def test_days_and_moments_may_be_python_values() -> None:
    data = response(fecha=date(2026, 11, 20))
    assert fill("response", data, HEAD.zone)["fecha"] == "20 de noviembre de 2026"
    moment = datetime(2026, 11, 20, 19, 0, 59, tzinfo=timezone.utc)  # noqa: UP017
    filled = fill("acuse", samples.acuse(recibido=moment), HEAD.zone)
    assert filled["recibido"] == "viernes 20 de noviembre de 2026, 13:00 horas"


def test_a_list_inside_a_sentence_is_a_sentence() -> None:
    data = response(cuerpo=["Se autoriza: {equipos_aprobados}.", "Sentido: {sentido}."])
    first, second = fill("response", data, HEAD.zone)["cuerpo"]  # type: ignore[misc]
    assert "".join(first) == (
        "Se autoriza: Teléfono, Guardia 1, Motorola Moto G84, 01:34; Computadora, OBRAS-LAP-07, Dell 5440."
    )
    assert "".join(second) == "Sentido: autorización."


def test_keys_are_what_a_drafter_can_type_between_braces() -> None:
    def keys(fields: tuple[Field, ...]) -> list[str]:
        return [key for field in fields for key in (field.key, *keys(field.columns))]

    for kind in KINDS.values():
        assert all(key.isascii() and key.replace("_", "").isalnum() and key == key.lower() for key in keys(kind.fields))
