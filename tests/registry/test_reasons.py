"""The catalogue of reasons: each has its name and its text in both languages, and no text has a gap."""

from __future__ import annotations

import pytest

from netreg.registry import reasons
from netreg.registry.reasons import CATALOGUE, Reason

SAID = {"folio": "ADJ-P03-2026-00042", "area": "Obras Públicas", "max": 3}
ALL = [(kind, one) for kind, those in CATALOGUE.items() for one in those.values()]


@pytest.mark.parametrize(("kind", "one"), ALL, ids=[f"{kind}-{one.code}" for kind, one in ALL])
def test_every_reason_is_whole_in_both_languages(kind: str, one: Reason) -> None:
    assert one.es and one.en and one.es != one.en and bool(one.text_es) == bool(one.text_en)
    assert bool(one.text_es) == (one.offered and one.code != "other"), "a text to begin with, where somebody chooses it"
    for language in ("es", "en"):
        text = one.written(language, **SAID)
        assert "{" not in text and len(text) <= 300 and text == " ".join(text.split())


def test_both_languages_fill_in_the_same() -> None:
    for _kind, one in ALL:
        named = [
            {name for name in reasons.PLACEHOLDERS if f"{{{name}}}" in text} for text in (one.text_es, one.text_en)
        ]
        assert named[0] == named[1], one.code


def test_what_the_program_sets_is_offered_to_nobody() -> None:
    assert {"withdrawn", "unanswered", "duplicate"}.isdisjoint(reasons.offered("rejection"))
    assert "quota_full" in reasons.offered("rejection") and "other" in reasons.offered("return")
