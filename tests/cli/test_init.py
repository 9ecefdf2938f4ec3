"""`netreg init` asks a person what it needs to know, takes the same from a script, and leaves nothing half."""

from __future__ import annotations

import os
import pty
import select
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from netreg import config
from netreg.cli.admin import example
from netreg.cli.setup import Answers, filled
from tests.cli.conftest import Office

SAID = (
    "--name", 'Ayuntamiento de "Chalco" # 2', "--language", "en", "--address", "https://red.chalco.gob.mx",
    "--admin", "ti@chalco.gob.mx",
)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Office:
    """A folder in which nothing is installed yet."""
    return Office(tmp_path / "site" / "config.toml")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_script_that_says_nothing_gets_the_example_as_ever(site: Office) -> None:
    site.ask("init")
    assert site.path.read_text() == example()


def test_what_a_script_says_stands_in_the_configuration_with_every_comment(site: Office) -> None:
    done = site.ask("init", *SAID)
    settings = config.load(site.path)
    assert settings.office.name == 'Ayuntamiento de "Chalco" # 2' and settings.office.language == "en"
    assert str(settings.server.trusted_proxy) == settings.server.host == "127.0.0.1"
    assert settings.server.https and settings.server.address == "https://red.chalco.gob.mx"
    assert len(done["password"]) >= 12 and done["email"] == "ti@chalco.gob.mx"
    assert site.path.read_text().count(" # ") >= example().count(" # ")


def test_keys_configuration_and_database_are_for_this_account_alone(site: Office) -> None:
    site.ask("init", *SAID)
    made = [path for path in site.folder.rglob("*") if path.is_file()]
    assert {path.name for path in made} >= {"config.toml", "secret.key", "retention.key", "netreg.db"}
    assert {path.name: mode(path) & 0o077 for path in made} == {path.name: 0 for path in made}


def test_a_data_folder_that_the_environment_names_is_written_down(
    site: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETREG_DATA_DIR", str(tmp_path / "lib"))
    site.ask("init", *SAID)
    monkeypatch.delenv("NETREG_DATA_DIR")
    assert config.load(site.path).data_dir == tmp_path / "lib"
    assert site.ask("area", "list") == [] and not (site.folder / "data").exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("--admin", "nadie"), "E_FORM"),
        (("--address", "red.chalco.gob.mx"), "netreg.C005"),
        (("--database", "bodega"), "E_DATABASE"),
        (("--database", "postgresql+psycopg://netreg:clave@127.0.0.1/netreg"), "E_DATABASE"),
    ],
)
def test_a_wrong_answer_is_refused_before_anything_is_made(site: Office, wrong: tuple[str, ...], code: str) -> None:
    assert site.refused("init", *wrong)[0] == code
    assert not site.folder.exists()


def test_a_database_that_does_not_answer_leaves_nothing_behind(site: Office) -> None:
    site.refused("init", "--database", "postgresql+psycopg://netreg@127.0.0.1:9/netreg?connect_timeout=2", exit_code=3)
    assert not site.folder.exists()


def test_every_setting_that_can_be_asked_for_is_in_the_example() -> None:
    said = Answers("en", "A", "sqlite:///a.db", "https://a.mx", None, "mailto://a@b", None).values
    document = tomllib.loads(filled(example(), said))
    for key, value in said.items():
        place = document
        for part in key.split("."):
            place = place[part]
        assert place == value
    with pytest.raises(KeyError, match=r"office\.colour"):
        filled(example(), {"office.colour": "red"})


class Conversation:
    """`netreg init` at a real terminal."""

    def __init__(self, folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        program = Path(sys.executable).with_name("netreg")
        self._process = subprocess.Popen([program, "init"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.heard = self.everything = ""

    def hear(self, words: str) -> None:
        while words not in self.heard:
            assert select.select([self._ours], [], [], 60)[0], self.heard
            self.heard += (more := os.read(self._ours, 4096).decode("utf-8", "replace"))
            self.everything += more
        self.heard = self.heard.split(words, 1)[1]

    def say(self, words: str) -> None:
        os.write(self._ours, f"{words}\n".encode())

    def end(self) -> int:
        self.hear("netreg serve")
        status = self._process.wait(60)
        os.close(self._ours)
        return status


def test_a_person_is_asked_again_what_was_refused_and_the_mail_password_is_not_shown(tmp_path: Path) -> None:
    talk = Conversation(tmp_path)
    for question, answer in (
        ("Idioma / Language (es, en) [es]: ", "es"),
        ("Nombre del ayuntamiento [Ayuntamiento]: ", "Ayuntamiento de Chalco"),
        ("servidor/nombre): ", ""),
        ("[http://127.0.0.1:8080]: ", "red.chalco.gob.mx"),
        ("✘ config: server.address", ""),
        ("[http://127.0.0.1:8080]: ", "https://red.chalco.gob.mx"),
        ("vacío: sin correo): ", "mailtos://red:muy-secreta@correo.chalco.gob.mx"),
        ("nadie todavía): ", "ti@chalco.gob.mx"),
    ):
        talk.hear(question)
        if "✘" not in question:
            talk.say(answer)
    assert talk.end() == 0 and "muy-secreta" not in talk.everything
    settings = config.load(tmp_path / "config.toml")
    assert settings.office.name == "Ayuntamiento de Chalco" and settings.server.https
    assert settings.mail_urls == ("mailtos://red:muy-secreta@correo.chalco.gob.mx",)
    assert mode(tmp_path / "data" / "mail.url") == 0o600
    assert "muy-secreta" not in (tmp_path / "config.toml").read_text()
