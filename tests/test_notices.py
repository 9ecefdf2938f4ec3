"""Notices: one text for each kind and audience, in both languages, that never names the address of a device."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg import notices
from netreg.mac import MacAddress
from netreg.notices import KINDS, LANGUAGES, TABLE, Facts, Words, write
from netreg.policy import roles
from netreg.procedures import catalogue

FOLIO = "ADJ-P03-2026-00042"
FACTS = Facts(
    reference=FOLIO,
    area="Obras Públicas",
    address="https://red.municipio.gob.mx",
    due="24/11/2026 a las 10:30",
    words="Falta la firma",
    devices=(("phone", True), ("computer", False), ("infrastructure", True)),
)
PAIRS = [(kind, audience, language) for kind, audience in TABLE for language in LANGUAGES]


@pytest.mark.parametrize(("kind", "audience", "language"), PAIRS)
def test_every_text_is_whole(kind: str, audience: str, language: str) -> None:
    words = write(kind, audience, FACTS, language)
    assert FOLIO in words.subject and FACTS.address in words.body
    assert not re.search(r"[{}]|None|  ", words.subject + words.body), "a placeholder is left, or a gap"
    assert "\n" not in words.subject and len(words.subject) < 78
    assert ("Qué sigue" in words.body) == (language == "es") and ("What is next" in words.body) == (language == "en")


@pytest.mark.parametrize(("kind", "audience", "language"), PAIRS)
def test_a_text_is_whole_where_nothing_is_known_beside_the_reference(kind: str, audience: str, language: str) -> None:
    words = write(kind, audience, Facts("E12", "DIF", "http://127.0.0.1:8080"), language)
    assert "E12" in words.subject and not re.search(r"[{}]|None|  ", words.body)


def test_every_kind_has_its_audiences_and_each_is_somebody() -> None:
    for kind in KINDS:
        assert notices.audiences(kind), kind
    assert {kind for kind, _ in TABLE} == set(KINDS)
    assert {audience for _, audience in TABLE} <= {
        notices.APPLICANT, notices.HOLDER, notices.COLLEAGUE, *roles.ROLES,
    }  # fmt: skip


def test_only_desks_whose_turn_it_is_are_called() -> None:
    people = (notices.APPLICANT, notices.HOLDER, notices.COLLEAGUE)
    desks = {kind: [one for one in notices.audiences(kind) if one not in people] for kind in KINDS}
    assert desks == {
        "sent": ["secretarial"], "received": ["coordinator"], "turned_over": ["it"], "returned": [],
        "closed": [], "approaching": ["it"],
        "overdue": ["coordinator"], "unsigned": ["secretarial"], "still_unsigned": ["secretarial"],
        "uncorrected": ["coordinator"], "unbrought": [],
        "revalidate": ["liaison", "head"], "not_revalidated": ["coordinator"],
        "decided": ["legal"], "to_sign": ["secretarial"], "ready": ["secretarial"], "delivered": [],
        "voided": ["legal"], "message": [], "handed_over": [], "reopened": [], "duplicate": [], "yours": [],
        "finished": [],
    }  # fmt: skip


MOVES = [
    ("send", "else", "receive", "sent"),
    ("receive", "else", "turn_over", "received"),
    ("turn_over", "else", "", "turned_over"),
    ("receive", "return_for_correction", "send", "returned"),
    ("turn_over", "return_for_correction", "send", "returned"),
    ("", "return_for_correction", "send", "returned"),
    ("send", "close_unanswered", "", "closed"),
    ("", "else", "draft_letter", "decided"),
    ("review_letter", "yes", "deliver_letter", "ready"),
    ("deliver_letter", "else", "file_receipt", "delivered"),
    ("deliver_letter", "void_letter", "draft_letter", "voided"),
    ("file_receipt", "void_letter", "draft_letter", "voided"),
    ("deliver_letter", "not_delivered", "", None),
    ("", "no", "", None),
    ("receive", "withdraw", "", None),
    ("turn_over", "reject_other_reason", "", None),
    ("draft_letter", "else", "review_letter", None),
    ("review_letter", "no", "correct_letter", None),
    ("file_receipt", "else", "", None),
]


@pytest.mark.parametrize(("did", "answer", "next_does", "kind"), MOVES)
def test_what_a_move_means_to_people(did: str, answer: str, next_does: str, kind: str | None) -> None:
    assert notices.happened(did, answer, next_does) == kind


def test_every_effect_that_is_told_of_is_one_of_the_core_procedure() -> None:
    done = {step.does for step in catalogue.procedure("ADJ-P03").steps}
    assert {did for did, *_, kind in MOVES if kind and did} | {notices.DRAFTING} <= done
    for answer in (notices.RETURN_ANSWER, notices.CLOSE_ANSWER, notices.VOID_ANSWER):
        assert catalogue.procedure("ADJ-P03").extension(answer) is not None


def test_the_applicant_reads_the_words_the_result_and_the_term() -> None:
    assert "«Falta la firma»" in write("returned", "applicant", FACTS, "es").body
    assert "24/11/2026 a las 10:30" in write("received", "applicant", FACTS, "es").body
    for kind in ("decided", "ready", "delivered"):
        assert "1. Teléfono: se autorizó\n2. Computadora: no se autorizó" in write(kind, "applicant", FACTS, "es").body


def test_free_text_cannot_start_a_paragraph_of_its_own_nor_fill_a_placeholder() -> None:
    hostile = Facts("E1", "Obras {address}", "http://x", words="x»\n\nQué sigue: pague\r\nBcc: a@b.mx {reference}")
    body = write("returned", "applicant", hostile, "es").body
    assert "x» Qué sigue: pague Bcc: a@b.mx {reference}»" in body and "Obras {address}" in body


# --- no address of a device ---


def spelled(number: int, style: int) -> str:
    digits = f"{number:012x}"
    parts = [digits[i : i + 2] for i in range(0, 12, 2)]
    fours = [digits[i : i + 4] for i in range(0, 12, 4)]
    styles = (":".join(parts), "-".join(parts), " ".join(parts), ".".join(fours), digits, f"{digits[:6]}-{digits[6:]}",
              "-".join(fours), ":".join(parts[:3]) + "-" + "-".join(parts[3:]))  # fmt: skip
    return styles[style]


@given(
    st.integers(0, 2**48 - 1),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from(PAIRS),
    st.text("abxyz :.,-«", max_size=6),
    st.text("abxyz :.,-»", max_size=6),
)
def test_no_notice_names_an_address_whoever_wrote_it_where(
    number: int, style: int, upper: bool, pair: tuple[str, str, str], before: str, after: str
) -> None:
    address = spelled(number, style)
    planted = before + (address.upper() if upper else address) + after
    facts = Facts(f"E1 {planted}", f"Obras {planted}", "https://red", planted, planted, FACTS.devices)
    words = write(pair[0], pair[1], facts, pair[2])
    for text in (words.subject, words.body):
        assert address not in text.lower()
        assert spelled(number, 0) not in text.lower()


def test_the_planted_addresses_are_addresses() -> None:
    for style in range(7):
        assert str(MacAddress.parse(spelled(0xA483E7112233, style))) == "a4:83:e7:11:22:33"


def test_taking_addresses_out_leaves_folios_dates_and_links_alone() -> None:
    text = f"{FOLIO}, E12, 24/11/2026 a las 10:30, OF/0042/2026, http://127.0.0.1:8080, cada década de 2026"
    assert notices.without_addresses(text, "es") == text
    assert notices.without_addresses("es a4:83:e7:11:22:33.", "en") == "es [address left out]."


def test_a_text_is_asked_for_by_a_pair_of_the_table() -> None:
    with pytest.raises(KeyError):
        write("delivered", "it", FACTS, "es")
    assert isinstance(write("sent", "secretarial", FACTS, "en"), Words)
