"""The desk as typed at the server's console."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from netreg.store.base import now
from tests.cli.conftest import Office
from tests.people import mac

INES, OMAR, CARLA = "ines@x.mx", "omar@x.mx", "carla@x.mx"


@pytest.fixture
def staffed(office: Office) -> Office:
    """Two of IT and the coordinator."""
    key = office.file("clave", "una clave bien larga\n")
    for email, name, role in ((INES, "Inés", "it"), (OMAR, "Omar", "it"), (CARLA, "Carla", "coordinator")):
        office.ask("person", "add", email, name, "--role", role, "--password-file", key)
    return office


def asked(office: Office, number: int = 1) -> str:
    """A request that was received and turned over; its folio."""
    words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva Paz", "--phone", mac(number))
    made = office.ask("request", "submit", *words)
    folio = str(office.ask("request", "receive", made["reference"], "--paper")["folio"])
    office.ask("request", "assign", folio)
    return folio


def test_a_request_is_taken_handed_over_and_given_back(staffed: Office) -> None:
    folio = asked(staffed)
    assert staffed.ask("request", "queue", "--as", INES)[0]["held_by"] == ""
    assert staffed.ask("request", "take", folio, "--as", INES)["held_by"] == INES
    assert staffed.refused("request", "take", folio, "--as", OMAR)[0] == "taken"
    staffed.ask("request", "take", folio, "--over", "--as", OMAR)
    words = ("--instruction", "Revise el inventario", "--as", OMAR)
    assert staffed.refused("request", "hand-over", folio, "--to", CARLA, *words)[0] == "E_COLLEAGUE"
    assert staffed.ask("request", "hand-over", folio, "--to", INES, *words)["held_by"] == INES
    assert staffed.ask("request", "give-back", folio, "--as", INES)["held_by"] is None
    (row,) = staffed.ask("request", "queue", "--as", OMAR)
    assert (row["reference"], row["unit"], row["held_by"]) == (folio, "it", "")


def test_notes_and_messages_are_written_apart(staffed: Office) -> None:
    folio = asked(staffed)
    staffed.ask("request", "note", folio, "--words", "Falta verlo", "--as", INES)
    staffed.ask("request", "tell", folio, "--words", "Venga el lunes")
    assert [(one["audience"], one["text"]) for one in staffed.ask("request", "notes", folio)] == [
        ("area", "Venga el lunes"), ("internal", "Falta verlo"),
    ]  # fmt: skip
    assert staffed.ask("request", "follow", folio, "--as", INES)["reference"] == folio
    staffed.ask("request", "unfollow", folio, "--as", INES)


def test_a_duplicate_is_closed_and_opened_again(staffed: Office) -> None:
    first, second = asked(staffed), asked(staffed, 2)
    assert staffed.refused("request", "duplicate", second, "--of", second) == ("E_ORIGINAL", "original")
    assert staffed.ask("request", "duplicate", second, "--of", first)["status"] == "duplicada"
    words = ("--reason", "Piden otro")
    assert staffed.refused("request", "reopen", second, *words, "--as", INES)[0] == "not_your_step"
    assert staffed.ask("request", "reopen", second, *words, "--as", CARLA)["status"] == "en_revision"
    assert staffed.refused("request", "satisfaction", first, "--score", "5", "--as", INES)[0] == "not_asked"


def test_a_return_takes_its_words_from_the_catalogue(staffed: Office) -> None:
    folio = asked(staffed)
    assert staffed.refused("request", "return", folio)[0] == "E_EMPTY"
    assert staffed.ask("request", "return", folio, "--reason", "signature_missing")["status"] == "prevenida"
    report = office_report(staffed)
    assert report["by_return"] == {"signature_missing": [folio]}


def test_a_reason_is_refused_where_the_answer_neither_returns_nor_refuses(staffed: Office) -> None:
    words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva Paz", "--phone", mac(1))
    folio = str(staffed.ask("request", "submit", *words)["reference"])
    answer = ("ticket", "act", folio, "--value", "paper=yes")
    assert staffed.refused(*answer, "--reason", "data_missing") == ("E_REASON", "reason_code")
    assert staffed.ask(*answer)["step"] == 3


def office_report(office: Office) -> dict[str, Any]:
    month = now().astimezone(ZoneInfo("America/Mexico_City")).strftime("%Y-%m")
    return dict(office.ask("report", "--month", month))
