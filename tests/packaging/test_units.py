"""The services for Debian: each is as apart from the machine as it can be, and starts what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from netreg import config
from netreg.cli.main import main

FOLDER = Path(__file__).resolve().parents[2] / "packaging" / "systemd"
UNITS = ("netreg-portal", "netreg-worker", "netreg-scanner")
# How open `systemd-analyze security` may find a service, out of a hundred; an ordinary one has 96.
MOST_EXPOSED = 20
HARD = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes", "RestrictNamespaces": "yes", "UMask": "0077", "User": "netreg",
    "StateDirectory": "netreg",
    "StateDirectoryMode": "0700", "ReadWritePaths": "/var/lib/netreg", "Restart": "always",
}  # fmt: skip


def read(path: Path) -> dict[str, list[str]]:
    """What a unit says, by key; a key may stand several times."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def text(name: str) -> str:
    return (FOLDER / f"{name}.service").read_text(encoding="utf-8")


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_service_is_kept_apart(unit: str) -> None:
    said = read(FOLDER / f"{unit}.service")
    assert {key: said[key] for key in HARD} == {key: [value] for key, value in HARD.items()}
    assert said["SystemCallFilter"][:2] == ["@system-service", "~@privileged @resources"]


def test_only_the_scanner_may_speak_raw_frames_and_nothing_more(unit: str) -> None:
    said = read(FOLDER / f"{unit}.service")
    allowed = ["CAP_NET_RAW"] if unit == "netreg-scanner" else [""]
    assert said["CapabilityBoundingSet"] == said["AmbientCapabilities"] == allowed
    assert ("AF_PACKET" in said["RestrictAddressFamilies"][0]) == (unit == "netreg-scanner")


def test_the_scanner_reads_no_way_into_a_point_and_no_letter() -> None:
    hidden = " ".join(read(FOLDER / "netreg-scanner.service")["InaccessiblePaths"])
    assert {"keys", "passwords", "files", "pending", "secret.key"} == set(re.findall(r"-/var/lib/netreg/(\S+)", hidden))


def test_what_a_service_starts_there_is(unit: str) -> None:
    (start,) = read(FOLDER / f"{unit}.service")["ExecStart"]
    program, *words = shlex.split(start)
    assert program == "/opt/netreg/bin/netreg"
    done = CliRunner().invoke(main, [*words, "--help"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("path", [*FOLDER.glob("*.service"), *FOLDER.glob("*.conf")], ids=lambda path: path.name)
def test_secrets_are_handed_over_as_credentials_under_settings_there_are(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = read(path)
    handed = {one.partition(":")[0] for one in said["LoadCredential"]}
    named = dict(pair.split("=", 1) for line in said["Environment"] for pair in line.split())
    assert {value.removeprefix("%d/") for value in named.values() if value.startswith("%d/")} == handed
    for name, value in named.items():
        if name.startswith("NETREG_") and name != "NETREG_CONFIG":
            monkeypatch.setenv(name, value.replace("%d", str(tmp_path)))
    assert config.parse("", tmp_path)


def test_the_account_is_made_without_a_login() -> None:
    (line,) = [one for one in (FOLDER / "netreg.sysusers").read_text().splitlines() if not one.startswith("#")]
    assert line.split()[:3] == ["u", "netreg", "-"] and "/bin/" not in line


# --- what systemd itself says of them -------------------------------------------------------------------------------


@pytest.fixture
def analyse() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not available: no systemd on this machine")
    return found


def ask(*words: str) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_nothing_wrong(unit: str, analyse: str, tmp_path: Path) -> None:
    copy = tmp_path / f"{unit}.service"
    copy.write_text(text(unit).replace("/opt/netreg/bin/netreg", "/bin/true"))
    status, said = ask(analyse, "verify", "--man=no", str(copy))
    assert (status, [line for line in said.splitlines() if unit in line]) == (0, [])


def test_systemd_calls_a_misspelt_key_wrong(analyse: str, tmp_path: Path) -> None:
    copy = tmp_path / "netreg-portal.service"
    copy.write_text(
        text("netreg-portal").replace("/opt/netreg/bin/netreg", "/bin/true") + "\n[Service]\nNoNewPrivilege=yes\n"
    )
    assert "NoNewPrivilege" in ask(analyse, "verify", "--man=no", str(copy))[1]


def test_systemd_finds_every_service_little_exposed(unit: str, analyse: str) -> None:
    path = str(FOLDER / f"{unit}.service")
    status, said = ask(analyse, "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", path)
    assert status == 0, said
