"""A secret is a file of its own, that nobody else may read; what is wrong with it is told without what is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.credentials import LEAST, Secret, changed_at, read_secret
from netreg.errors import LoginUnready, Unreachable
from tests.agents.player import PASSWORD


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "antenna"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    return file


def refusal(where: object) -> str:
    with pytest.raises(LoginUnready) as refused:
        read_secret("ap", "password", str(where), least=LEAST)
    assert refused.value.permanent and "nothing was sent" in refused.value.message
    return refused.value.message


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_end_of_the_line_is_no_part_of_the_secret(file: Path, ending: str) -> None:
    file.write_bytes(PASSWORD.encode() + ending.encode())
    assert read_secret("ap", "password", str(file)).text == PASSWORD


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"corta\n", "less than 8"),
        (b"first line\nsecond line\n", "not one line"),
        (b"with a bell\x07", "not one line"),
        (b"\xff\xfe no text at all", "not one line"),
        (b"x" * 5000, "not one line"),
    ],
)
def test_a_file_that_holds_no_password_is_named_with_what_is_wrong(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    message = refusal(file)
    assert str(file) in message and said in message and "second line" not in message


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_may_touch_is_refused_with_the_mend(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert f"chmod 600 {file}" in refusal(file)


def test_a_folder_a_pipe_and_nothing_at_all_are_no_secrets(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "no file" in refusal(tmp_path / "pipe")
    assert "directory" in refusal(tmp_path).lower()
    assert "No such file" in refusal(tmp_path / "gone")


def test_a_credential_is_what_the_service_manager_put_into_its_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))
    file.chmod(0o440)
    assert read_secret("ap", "password", "credential:antenna").text == PASSWORD
    file.chmod(0o444)
    assert "others may read it" in refusal("credential:antenna")
    assert "LoadCredential" in refusal("credential:../antenna")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "LoadCredential" in refusal("credential:antenna")


def test_when_a_file_was_changed_is_told_and_nothing_of_one_that_is_not_there(file: Path) -> None:
    changed = changed_at(str(file))
    assert changed is not None and changed.tzinfo is not None
    assert changed_at(str(file) + "x") is None and changed_at("credential:nobody") is None


def test_a_secret_shows_itself_to_nobody_who_prints_it() -> None:
    assert PASSWORD not in f"{Secret(PASSWORD)!r} {Secret(PASSWORD)}"


def test_a_secret_is_taken_out_of_an_error_and_of_all_that_led_to_it() -> None:
    try:
        try:
            raise ValueError(f"bad {PASSWORD}", 7)
        except ValueError as error:
            raise Unreachable("ap", f"it said {PASSWORD}") from error
    except Unreachable as error:
        Secret(PASSWORD).hide_in(error)
        assert PASSWORD not in f"{error!r} {error} {error.message} {error.__cause__!r}"
        assert error.message == "ap: it said ********"
