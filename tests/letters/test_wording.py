"""The town hall's own words for its answers: used where they are given, and found wanting when the service starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from netreg import config
from netreg.errors import ConfigError
from netreg.letters import texts, wording
from netreg.letters.wording import Wording
from netreg.office import Office
from tests.letters.reading import says
from tests.letters.samples import SENSES, response, written

OWN = """
closing = "Reciba un saludo."
[quota]
paragraphs = ["Sobre su oficio {oficio_solicitud}: no hay lugar.", "{equipos_rechazados}"]
"""


def test_the_offices_own_words_take_the_place_of_ours_and_the_rest_stays() -> None:
    own = wording.parse(OWN, "textos.toml")
    said = own.body({"sentido": "quota", "fundamento": "Bando"})
    assert said == [
        "Sobre su oficio {oficio_solicitud}: no hay lugar.", "{equipos_rechazados}",
        "Esta respuesta se funda en: {fundamento}.", "Reciba un saludo.",
    ]  # fmt: skip
    other = own.body({"sentido": "other", "fecha_solicitud": "2026-11-18"})
    assert other == [*texts.default_body({"sentido": "other", "fecha_solicitud": "x"})[:-1], "Reciba un saludo."]
    pdf = written("response", response("quota", cuerpo=said))
    assert says(pdf, "Sobre su oficio DOP/0457/2026: no hay lugar.") and says(pdf, "Reciba un saludo.")


@pytest.mark.parametrize("sense", SENSES)
def test_without_a_file_the_words_are_ours(sense: str) -> None:
    assert Wording().body({"sentido": sense}) == texts.default_body({"sentido": sense})


WRONG = {
    "[approval": "not TOML",
    "[aprobación]": "not TOML",
    "[approvals]\nparagraphs = ['x']": "approvals",
    "colour = 1": "colour",
    "closing = 3": "closing",
    "closing = ' '": "closing",
    "closing = 'Saludos de {quien}'": "{quien}",
    "[quota]\nparagraphs = ['{equipos_rechazados} {cupo usado}']": "{cupo usado}",
    "[quota]\nparagraphs = ['{equipos_rechazados}', 'por {motivo']": "uses {,",
    "[quota]\nparagraphs = ['{equipos_rechazados} {{folio}}']": "uses {,",
    "[quota]\nparagraphs = ['{equipos_rechazados} {cuerpo}']": "{cuerpo}",
    "[quota]\nparagraphs = ['{equipos_rechazados} {__class__}']": "{__class__}",
    "[approval]\nparagraphs = ['{equipos_aprobados} {motivo}']": "{motivo}",
    "[quota]\nparagraphs = ['{equipos_rechazados} {copias}']": "{copias}",
    "closing = 'Van {equipos_aprobados}'": "{equipos_aprobados}",
    "[quota]\nparagraphs = ['No hay lugar.']": "{equipos_rechazados}",
    "[partial]\nparagraphs = ['{equipos_aprobados}']": "{equipos_rechazados}",
    "[quota]\nparagraphs = '{equipos_rechazados}'": "quota",
    "[quota]\nparagraphs = []": "quota",
    "[quota]\nparagraphs = [1]": "quota, paragraph 1",
    "[quota]\nparagraphs = ['{equipos_rechazados}']\ntitle = 'x'": "quota",
    "quota = 'x'": "quota",
}


@pytest.mark.parametrize(("text", "named"), WRONG.items())
def test_words_that_cannot_be_used_are_named(text: str, named: str) -> None:
    with pytest.raises(ConfigError) as found:
        wording.parse(text, "textos.toml")
    assert found.value.id == "netreg.C014" and named in str(found.value) and "textos.toml" in str(found.value)
    assert found.value.hint


def test_the_file_is_read_when_the_service_starts(tmp_path: Path) -> None:
    settings = config.parse("[letterhead]\ntexts_file = 'textos.toml'", tmp_path)
    with pytest.raises(ConfigError) as found:
        Office.of(settings)
    assert found.value.id == "netreg.C012" and "letterhead.texts_file" in found.value.hint
    (tmp_path / "textos.toml").write_text(OWN, encoding="utf-8")
    assert Office.of(settings).wording.closing == "Reciba un saludo."
    (tmp_path / "textos.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError):
        Office.of(settings)
