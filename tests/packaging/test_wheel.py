"""The wheel is the whole of netreg: installed where there is no checkout it makes a site and serves its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_serve import answers, free_port
from tests.lab.firewall import wait_until

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("netreg", "agents", "portal", "device_profiles")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(folder), str(ROOT)]
    _run(sys.executable, "-m", "pip", *words)
    (made,) = folder.glob("*.whl")
    return made


class Installed:
    """netreg in an environment of its own that knows no checkout; only what it depends on is borrowed."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder, self.program = folder, folder / "venv" / "bin" / "netreg"
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
        python = str(folder / "venv" / "bin" / "python")
        words = ["install", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
        _run(sys.executable, "-m", "pip", "--python", python, *words)
        own = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        # A path here is only that: what makes our own environment editable is not read.
        (Path(own) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, *words: str) -> str:
        return _run(str(self.program), *words, folder=self.folder)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def _run(*words: str, folder: Path | None = None) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=200, env=environment())
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


def environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("NETREG_")
    }


def sources() -> Iterator[str]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def test_everything_that_lies_in_the_rooms_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {*sources(), "netreg/config.example.toml"}


def test_it_says_its_version_and_reads_no_checkout(installed: Installed) -> None:
    assert "0.1.0" in installed.run("--version")
    python = str(installed.program.with_name("python"))
    ask = "import netreg, agents, portal; print(netreg.__file__, agents.__file__, portal.__file__)"
    where = _run(python, "-c", ask, folder=installed.folder)
    assert all(part.startswith(str(installed.folder)) for part in where.split())


def test_a_site_is_made_and_its_pages_are_served(installed: Installed) -> None:
    done = json.loads(installed.run("init", "--name", "Chalco", "--admin", "ti@chalco.gob.mx", "--json"))
    assert done["password"]
    assert len(json.loads(installed.run("procedure", "list", "--json"))) == 15
    assert installed.run("vendor", "00:1b:a9:20:00:01").strip()
    port = free_port()
    with subprocess.Popen(
        [installed.program, "serve"], cwd=installed.folder, stderr=subprocess.PIPE, text=True,
        env=environment() | {"NETREG_SERVER__PORT": str(port)},
    ) as service:  # fmt: skip
        try:
            wait_until(lambda: answers(port), "the site to answer", lambda: ended(service))
            page = fetch(port, "/login")
            assert "Chalco" in page and 'name="password"' in page and "Correo" in page
            assert "E-mail" in fetch(port, "/login?lang=en")
            assert "--" in fetch(port, "/static/netreg.css")
            assert json.loads(fetch(port, "/api/v1/openapi.json"))["openapi"].startswith("3.1")
        finally:
            service.terminate()
            assert service.wait(30) == 0


def fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return str(answer.read().decode())


def ended(service: subprocess.Popen[str]) -> str:
    if service.poll() is None:
        return ""
    assert service.stderr
    return service.stderr.read() or "it ended"
