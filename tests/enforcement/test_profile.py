"""A device profile says what it means, or is refused when it is loaded with the key, the reason and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.enforcement.profile import DeviceProfile
from netreg.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "device_profiles"
TEXT = (FOLDER / "linux-nftables.toml").read_text("utf-8")
NFTABLES = DeviceProfile.from_toml(TEXT, "linux-nftables")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_every_profile_that_comes_with_netreg_loads(file: Path) -> None:
    assert DeviceProfile.from_toml(file.read_text("utf-8"), file.stem).name == file.stem


def test_every_key_of_a_profile_is_explained_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    sections = NFTABLES.model_dump(by_alias=True)
    keys = set(sections) | {key for part in sections.values() if isinstance(part, dict) for key in part}
    keys -= set(NFTABLES.phrases) | set(NFTABLES.parameters)
    assert sorted(key for key in keys if f"`{key}`" not in readme) == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('undo          = "timer"', 'undo = "magic"', "capabilities.undo"),
        ("complete      = true", "complete = true\ncompete = true", "capabilities.compete"),
        ("seconds = 60", "seconds = 0", "undo.seconds"),
        ('check     = "cat $work/undo', 'check = "cat $wrok/undo', "apply.check uses $wrok"),
        ('dir     = "/run', 'dir = "$locked/run', "phrases.dir uses $locked"),
        ("schema   = 1", "schema = 2", "schema"),
        ('name     = "linux-nftables"', 'name = "linux"', "name is 'linux'"),
        ("[session]", "[session", "is not TOML"),
        ('default = "netdev"', 'default = "net dev"', "parameter 'family' may not be"),
    ],
)
def test_a_mistake_in_a_profile_is_refused_by_its_name(old: str, new: str, named: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match="linux-nftables") as refusal:
        DeviceProfile.from_toml(TEXT.replace(old, new, 1), "linux-nftables")
    assert named in refusal.value.message and refusal.value.hint


def test_a_parameter_nobody_declared_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="tabel") as refusal:
        NFTABLES.settled({"tabel": "netreg"})
    assert "table" in refusal.value.hint


@pytest.mark.parametrize(
    "chosen",
    [
        {"table": "netreg; rm -rf /"},
        {"table": "$(reboot)"},
        {"set": "allow\n"},
        {"family": "ip"},
        {"save_file": "/etc/../root/x.nft"},
        {"save_file": "/etc/x.nft;reboot.nft"},
        {"save_file": "etc/netreg.nft"},
    ],
)
def test_a_parameter_cannot_smuggle_anything_into_a_command(chosen: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        NFTABLES.settled(chosen)


@given(st.sampled_from(["txn", "sha256", "seconds", "mac", "label"]), st.text(min_size=1))
def test_a_value_with_a_blank_a_quote_or_a_dollar_never_reaches_a_command(key: str, tail: str) -> None:
    with pytest.raises(ValueError, match="not a value"):
        NFTABLES.fill("$" + key, {}, **{key: "'$ " + tail})


def test_a_command_without_all_its_values_is_not_made() -> None:
    with pytest.raises(ValueError, match=r"\$txn"):
        NFTABLES.fill(NFTABLES.undo.disarm, NFTABLES.settled({}))
