"""The image and the compose file: nobody is root, nothing is written where it need not be, no secret is inside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import make_url

from netreg import config
from netreg.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "packaging" / "container"
PINNED = re.compile(r"[a-z0-9][a-z0-9/._-]*:\d+\.\d+[A-Za-z0-9._-]*(@sha256:[0-9a-f]{64})?")
SECRET = re.compile(r"password|passwd|secret|token|clave|\bkey\b", re.IGNORECASE)


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile as instructions with their arguments; comments and line ends are gone."""
    whole = re.sub(r"\\\n\s*", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in whole.splitlines() if line)]


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile."""
    steps = instructions(text)
    last = max(number for number, (word, _) in enumerate(steps) if word == "FROM")
    final = steps[last:]
    found = [
        f"unpinned base: {rest}" for word, rest in steps if word == "FROM" and not PINNED.fullmatch(rest.split()[0])
    ]
    found += [f"fetched from elsewhere: {rest}" for word, rest in steps if word == "ADD"]
    found += [f"a secret: {rest}" for word, rest in steps if word in ("ENV", "ARG") and SECRET.search(rest)]
    found += [f"the whole context: {rest}" for word, rest in final if word == "COPY" and rest.startswith(". ")]
    users = [rest for word, rest in final if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]):
        found.append("root, or a name that is no number")
    if not any(word == "HEALTHCHECK" for word, _ in final):
        found.append("no health check")
    return found


def dockerfile() -> str:
    return (FOLDER / "Dockerfile").read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return document


SERVICES = tuple(compose()["services"])
OURS = ("portal", "worker")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][request.param]
    return found


# --- the image ------------------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_from_a_base_that_is_named_exactly() -> None:
    assert faults(dockerfile()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("USER 10001:10001", "USER root"), "root"),
        (("USER 10001:10001", ""), "root"),
        (("slim-bookworm\nCOPY --from", "slim-bookworm\nADD https://example.org/a /a\nCOPY --from"), "fetched"),
        (("python:3.11.11-slim-bookworm AS", "python:latest AS"), "unpinned"),
        (("PYTHONDONTWRITEBYTECODE=1", "DB_PASSWORD=a"), "a secret"),
        (("COPY --from=build /opt/netreg /opt/netreg", "COPY . ."), "context"),
        (("HEALTHCHECK", "LABEL"), "health"),
    ],
)
def test_what_would_be_wrong_is_found(change: tuple[str, str], fault: str) -> None:
    assert change[0] in dockerfile()
    assert any(fault in one for one in faults(dockerfile().replace(*change)))


def test_the_image_is_made_of_what_it_needs_and_no_data_goes_in() -> None:
    lines = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / one).exists() for one in let_in)
    assert not any(SECRET.search(one) or one in ("data", "config.toml") for one in let_in)


def test_dependencies_are_checked_against_their_hashes() -> None:
    assert any(
        "--require-hashes -r requirements/run.txt" in rest for word, rest in instructions(dockerfile()) if word == "RUN"
    )


# --- the compose file -----------------------------------------------------------------------------------------------


def test_every_container_is_somebody_else_than_root_and_writes_to_its_volumes_only(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "devices", "network_mode", "pid"} & service.keys()
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if "ports" in service else [])


def test_every_image_is_named_exactly(service: dict[str, Any]) -> None:
    assert "build" in service or PINNED.fullmatch(service["image"])


def test_secrets_come_as_files_and_none_stands_in_the_file(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        assert not SECRET.search(name) or str(value).startswith("/run/secrets/"), name
    assert set(service.get("secrets", [])) <= set(compose()["secrets"])
    assert all(set(one) == {"file"} for one in compose()["secrets"].values())


def test_only_the_proxy_can_be_reached_and_nobody_but_us_reaches_the_database() -> None:
    services = compose()["services"]
    assert [name for name in SERVICES if "ports" in services[name]] == ["proxy"]
    assert services["db"]["networks"] == ["inside"] and compose()["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", OURS)
def test_what_our_containers_start_and_are_told_there_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = compose()["services"][name]
    assert CliRunner().invoke(main, [*service["command"], "--help"]).exit_code == 0
    for key, value in service["environment"].items():
        monkeypatch.setenv(key, value)
    settings = config.parse("", tmp_path)
    database = make_url(settings.database_url)
    assert database.get_backend_name() == "postgresql" and database.host == "db" and database.password is None
    if name == "portal":
        believed = compose()["services"]["proxy"]["networks"]["front"]["ipv4_address"]
        assert settings.server.https and str(settings.server.trusted_proxy) == believed


def test_every_container_that_answers_is_asked_whether_it_is_well() -> None:
    services = compose()["services"]
    asked = {name for name in SERVICES if services[name].get("healthcheck", {}).get("test")}
    assert asked == {"db", "proxy"} and "/readyz" in dockerfile()
    assert services["worker"]["healthcheck"] == {"disable": True}
