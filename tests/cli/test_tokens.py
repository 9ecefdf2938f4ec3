"""Tokens as typed at the server's console."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Office


@pytest.fixture
def staffed(office: Office) -> Office:
    key = office.file("clave", "una clave bien larga\n")
    office.ask("person", "add", "ana@x.mx", "Ana", "--role", "liaison", "--area", "OBRAS", "--password-file", key)
    return office


def test_a_token_is_made_listed_and_revoked(staffed: Office) -> None:
    made = staffed.ask("token", "create", "tablero", "--as", "ana@x.mx", "--scope", "requests:read")
    assert made["token"].startswith(f"netreg_{made['prefix']}_")
    (row,) = staffed.ask("token", "list")
    assert (row["prefix"], row["name"], row["as"], row["good"]) == (made["prefix"], "tablero", "ana@x.mx", True)
    assert made["token"] not in staffed.run("token", "list").output
    staffed.ask("token", "revoke", made["prefix"])
    assert staffed.ask("token", "list") == []
    assert staffed.refused("token", "revoke", made["prefix"])[0] == "not_found"


def test_a_token_acts_for_somebody_and_not_for_ever(staffed: Office) -> None:
    words = ("token", "create", "tablero", "--scope", "requests:read")
    assert staffed.refused(*words, "--as", "nadie@x.mx")[0] == "not_found"
    assert staffed.refused(*words, "--as", "ana@x.mx", "--until", "2020-01-01")[0] == "E_EXPIRES"
