"""The command line before an office of its own."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from netreg import config
from netreg.cli.main import main
from netreg.opening import open_store
from netreg.store.transaction import Store
from tests.databases import by_the_true_clock


class Office:
    """An installation, and the commands typed there."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """The command's outcome; an error it did not put into words fails the test."""
        result = CliRunner().invoke(main, [*arguments, "--config", str(self.path)], input=stdin, env={"COLUMNS": "200"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def ask(self, *arguments: str, stdin: str | None = None, exit_code: int = 0) -> Any:
        """The one JSON document on stdout."""
        result = self.run(*arguments, "--json", stdin=stdin)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def refused(self, *arguments: str, stdin: str | None = None, exit_code: int = 1) -> tuple[str, str]:
        """Code and field of a refusal, told twice: in JSON, and to a person on stderr alone."""
        spoken = self.run(*arguments, stdin=stdin)
        assert spoken.exit_code == exit_code and not spoken.stdout and spoken.stderr, spoken.output
        error = self.ask(*arguments, stdin=stdin, exit_code=exit_code)["error"]
        assert error["message"]
        return error["code"], error.get("field", "")

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    @property
    def store(self) -> Store:
        return open_store(config.load(self.path).database_url)


@cache
def _template() -> Path:
    """The folder of an office as the commands themselves make it, once for all tests of this process."""
    folder = Path(tempfile.mkdtemp(prefix="netreg-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    office = Office(folder / "config.toml")
    with by_the_true_clock():
        for words in (["init"], ["area", "add", "OBRAS", "Obras Públicas"], ["area", "add", "DIF", "Sistema DIF"]):
            assert office.run(*words).exit_code == 0
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office of its own with two areas; Ana asks for Obras."""
    shutil.copytree(_template(), tmp_path, dirs_exist_ok=True)
    return Office(tmp_path / "config.toml")
