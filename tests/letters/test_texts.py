"""The words we deliver are complete, use only placeholders that exist, and are written as Spanish is."""

from __future__ import annotations

import re

import pytest

from netreg.letters import texts
from netreg.letters.kinds import KINDS
from tests.letters.samples import SENSES

DELIVERED = {
    "response": [text for sense in SENSES for text in texts.default_body({"sentido": sense, "fundamento": "x"})],
    "request": [
        *(text for movement in ("add", "swap", "remove", "update") for text in texts.request_body(movement)),
        *texts.statements("versión 2"),
    ],
    "acuse": texts.next_steps(),
}


@pytest.mark.parametrize("kind", DELIVERED)
def test_every_placeholder_exists(kind: str) -> None:
    used = {key for text in DELIVERED[kind] for key in re.findall(r"\{([^}]*)\}", text)}
    assert used <= {field.key for field in KINDS[kind].fields}


@pytest.mark.parametrize("text", [text for written in DELIVERED.values() for text in written])
def test_every_paragraph_is_a_sentence_or_a_list(text: str) -> None:
    assert re.fullmatch(r"\{equipos(_\w+)?\}|[A-ZÁÉÍÓÚ].*(\.|:|\{funcion\}|\{motivo\})", text), text
    assert "  " not in text and " ," not in text


@pytest.mark.parametrize("sense", SENSES)
def test_each_sense_has_its_subject_and_its_own_text(sense: str) -> None:
    bodies = [tuple(texts.default_body({"sentido": one})) for one in SENSES]
    assert len({texts.default_subject(one) for one in SENSES}) == len(set(bodies)) == len(SENSES)
    assert texts.default_body({"sentido": sense})[-1].startswith("Sin otro particular")


def test_a_refusal_for_quota_offers_the_replacement() -> None:
    assert any("sustitución" in text for text in texts.default_body({"sentido": "quota"}))


def test_the_legal_basis_is_named_only_where_there_is_one() -> None:
    assert not any("{fundamento}" in text for text in texts.default_body({"sentido": "quota", "fundamento": ""}))
    assert any("{fundamento}" in text for text in texts.default_body({"sentido": "quota", "fundamento": "Bando"}))


def test_a_text_can_be_edited_without_touching_the_next_letter() -> None:
    texts.default_body({"sentido": "quota"}).clear()
    assert texts.default_body({"sentido": "quota"})


def test_instruments_are_listed_with_their_articles() -> None:
    entries = [
        {"es": "Bando", "articles": ["86", "87", "88"]},
        {"es": "Reglamento", "articles": ["44"]},
        {"es": "Manual", "articles": []},
    ]
    assert texts.legal_basis(entries) == "Bando, artículos 86, 87 y 88; Reglamento, artículo 44; Manual"


def test_an_unknown_sense_or_movement_has_no_words() -> None:
    for wrong in (lambda: texts.default_body({"sentido": "x"}), lambda: texts.request_body("x")):
        with pytest.raises(KeyError):
            wrong()
