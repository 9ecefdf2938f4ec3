"""A wrong setting is named with its mend, and the example holds every setting with its default."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from netreg import config, config_detection
from netreg.config import Settings
from netreg.config_webhooks import Webhook
from netreg.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NETREG_")]:
        monkeypatch.delenv(name)


WRONG = {
    "[server]\nprot = 1": ("netreg.C003", "server.prot"),
    "colour = 'red'": ("netreg.C003", "colour"),
    "[server]\nport = 'http'": ("netreg.C005", "server.port"),
    "[server]\nport = 0": ("netreg.C005", "server.port"),
    "[guard]\npercent = 101": ("netreg.C005", "guard.percent"),
    "[guard]\nprotected = ['a4:83:e7:11:22']": ("netreg.C005", "guard.protected"),
    "[office]\nlanguage = 'fr'": ("netreg.C005", "office.language"),
    "[[scan.segment]]\nname = 'a'\ninterface = 'eth0; reboot'\nnetwork = '10.0.0.0/24'": (
        "netreg.C005", "scan.segment.0.interface",
    ),
    "[[scan.segment]]\nname = 'a'\ninterface = 'eth0'\nnetwork = '10.0.0.7/24'": (
        "netreg.C005", "scan.segment.0.network",
    ),
    '[mail]\nsender_name = "Red\\nBcc: a@b.mx"': ("netreg.C005", "mail.sender_name"),
    "[security]\ntotp_roles = ['king']": ("netreg.C005", "security.totp_roles.0"),
    "[mail]\nat_most_per_hour = 0": ("netreg.C005", "mail.at_most_per_hour"),
    "[alerts]\ndigest_hour = 24": ("netreg.C005", "alerts.digest_hour"),
    "[alerts]\nquiet_from = '22:00'": ("netreg.C005", "quiet hours need"),
    "[alerts]\nquiet_from = '22:00'\nquiet_until = '22:00'": ("netreg.C005", "two different times"),
    "[alerts]\nquiet_from = 'diez'\nquiet_until = '07:00'": ("netreg.C005", "alerts.quiet_from"),
    "[office.hours]\nmon = '9 a 4'": ("netreg.C005", "office.hours.mon"),
    "[office.hours]\nmon = '09:00-13:00 12:00-16:00'": ("netreg.C005", "office.hours.mon"),
    "[office.hours]\n" + "\n".join(f"{day} = ''" for day in ("mon", "tue", "wed", "thu", "fri")): (
        "netreg.C005", "office.hours",
    ),
    "[clocks]\nreceipt_days = [3]": ("netreg.C005", "clocks.receipt_days"),
    "[letterhead]\nsigning = 'stamp'": ("netreg.C005", "letterhead.signing"),
    "[letterhead]\nsigning = 'efirma'\nefirma_owner = 'c@m.mx'": ("netreg.C005", "efirma_certificate_file"),
    "server = 3": ("netreg.C005", "server"),
    "[server": ("netreg.C002", "not TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "finding"), WRONG.items())
def test_a_wrong_setting_is_named_with_its_mend(text: str, finding: tuple[str, str]) -> None:
    with pytest.raises(ConfigError) as found:
        config.parse(text, Path("/srv"), "netreg.toml")
    identity, key = finding
    assert (found.value.id, found.value.code) == (identity, identity)
    assert key in str(found.value) and "netreg.toml" in str(found.value) and found.value.hint


@given(st.text(max_size=60))
def test_any_text_is_settings_or_a_finding(text: str) -> None:
    try:
        config.parse(text, Path("/srv"))
    except ConfigError as error:
        assert error.id.startswith("netreg.C") and error.hint


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*config\.toml") as found:
        config.load(tmp_path / "config.toml")
    assert found.value.id == "netreg.C001" and "netreg init" in found.value.hint


def test_a_file_that_is_not_text_is_a_finding_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        config.load(tmp_path / "config.toml")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETREG_SERVER__PORT", "9000")
    settings = config.parse("[server]\nport = 8000\nthreads = 16", Path("/srv"))
    assert (settings.server.port, settings.server.threads) == (9000, 16)


def test_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("data_dir = 'state'", encoding="utf-8")
    settings = config.load(tmp_path / "config.toml")
    assert settings.data_dir == tmp_path / "state"
    assert settings.database_url == f"sqlite:///{tmp_path / 'state' / 'netreg.db'}"
    assert settings.secret_key_file == tmp_path / "state" / "secret.key"
    assert config.parse("[mail]\nurl_file = 'mail.url'", tmp_path).mail.url_file == str(tmp_path / "mail.url")
    said = config.parse("[letterhead]\ntexts_file = 'textos.toml'\ncrest_file = '../e.svg'", tmp_path).letterhead
    assert (said.texts_file, said.crest_file) == (str(tmp_path / "textos.toml"), str(tmp_path.parent / "e.svg"))
    assert said.efirma_key_file == "", "what is not set stays so"


def test_addresses_are_read_in_any_notation() -> None:
    settings = config.parse("[guard]\nprotected = ['A483.E711.2233']\n[scan]\nignore = ['a483e7112234']", Path("/srv"))
    assert {str(mac) for mac in settings.protected_macs} == {"a4:83:e7:11:22:33"}
    assert {str(mac) for mac in settings.ignored_macs} == {"a4:83:e7:11:22:34"}


def keys(model: type[BaseModel], before: str = "") -> dict[str, Any]:
    """Every setting below a model, by dotted name, with its default. A table whose keys are free is one setting."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        free = get_origin(field.annotation) is dict
        inner = [t for t in (field.annotation, *get_args(field.annotation)) if _is_section(t) and not free]
        found.update(keys(inner[0], f"{before}{name}.") if inner else {})
        if not _is_section(field.annotation):
            found[before + name] = field.get_default(call_default_factory=True)
    return found


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def flat(document: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        found.update(flat(value, f"{before}{name}.") if isinstance(value, dict) and value else {before + name: value})
    return found


def test_the_example_holds_every_setting_with_its_default() -> None:
    written = flat(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))
    settings = keys(Settings)
    lists = {key for key in settings if key.startswith(("scan.segment.", "scan.leases.", "scan.guarded.", "webhooks"))}
    assert set(written) == set(settings) - lists
    defaults = {key: _as_toml(settings[key]) for key in written}
    assert written == defaults


def test_the_example_shows_a_segment_with_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    shown = "\n".join(line[2:] for line in text.splitlines()[text.splitlines().index("# [[scan.segment]]") :])
    (segment,) = tomllib.loads(shown)["scan"]["segment"]
    assert set(segment) == set(config_detection.Segment.model_fields)
    assert config_detection.Segment(**segment).name == segment["name"]


def test_the_example_shows_a_webhook_with_every_key() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("# [[webhooks]]"))
    (shown,) = tomllib.loads("\n".join(line[2:] for line in lines[at:]))["webhooks"]
    assert set(shown) == set(Webhook.model_fields) and Webhook(**shown).url == shown["url"]


@pytest.mark.parametrize(
    "url",
    ["http://mesa.mx/x", "ftp://127.0.0.1/", "https://", "https://yo:clave@mesa.mx/", "mesa", "https://mesa.mx:0/",
     "http://127.0.0.1.mesa.mx/", "https://ñ.mx/"],
)  # fmt: skip
def test_a_webhook_goes_nowhere_that_is_not_safe(url: str, tmp_path: Path) -> None:
    document = f"[[webhooks]]\nname = 'mesa'\nurl = '{url}'\nevents = ['*']\nsecret_file = 's'"
    with pytest.raises(ConfigError, match="webhooks"):
        config.parse(document, tmp_path)


def test_the_example_loads(tmp_path: Path) -> None:
    assert config.parse(EXAMPLE.read_text(encoding="utf-8"), tmp_path) == config.parse("", tmp_path)


def _as_toml(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else str(default) if isinstance(default, Path) else default
