"""A device profile says what it means, or is refused when it is loaded with the key, the reason and the mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from netreg.enforcement import parts
from netreg.enforcement.profile import ConsoleProfile, ShellProfile, load
from netreg.errors import ConfigError
from netreg.mac import MacAddress

FOLDER = Path(__file__).parents[2] / "device_profiles"
TEXT = (FOLDER / "linux-nftables.toml").read_text("utf-8")
NFTABLES = load(TEXT, "linux-nftables")
assert isinstance(NFTABLES, ShellProfile)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_every_profile_that_comes_with_netreg_loads(file: Path) -> None:
    assert load(file.read_text("utf-8"), file.stem).name == file.stem


def keys_of(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_key_of_a_profile_is_explained_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    sections = [one for one in vars(parts).values() if isinstance(one, type) and issubclass(one, parts.Part)]
    keys = set().union(*(keys_of(one) for one in (ShellProfile, ConsoleProfile, *sections))) - {"keys"}
    assert sorted(key for key in keys if f"`{key}`" not in readme) == []


def test_every_profile_has_a_page_that_says_how_well_it_is_known_and_what_the_administrator_does() -> None:
    pages = FOLDER.parent / "docs" / "points"
    for file in sorted(FOLDER.glob("*.toml")):
        page = (pages / f"{file.stem}.md").read_text("utf-8")
        assert f"[{file.stem}]({file.stem}.md)" in (pages / "README.md").read_text("utf-8"), file.stem
        assert f"`{load(file.read_text('utf-8'), file.stem).verified}`" in page, file.stem


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('kind    = "timer"', 'kind = "magic"', "undo.kind"),
        ("label         = true", "label = true\nlabbel = true", "capabilities.labbel"),
        ('restore = "nft -f $work/undo"', "restore = \"nft -f '$work/undo'\"", "undo.restore"),
        ("seconds = 60", "seconds = 0", "undo.seconds"),
        ('check     = "cat $work/undo', 'check = "cat $wrok/undo', "apply.check uses $wrok"),
        ('dir     = "/run', 'dir = "$work/run', "phrases.dir uses $work"),
        ("schema   = 1", "schema = 2", "schema"),
        ('name     = "linux-nftables"', 'name = "linux"', "name is 'linux'"),
        ("[session]", "[session", "is not TOML"),
        ('default = "netdev"', 'default = "net dev"', "parameter 'family' may not be"),
    ],
)
def test_a_mistake_in_a_profile_is_refused_by_its_name(old: str, new: str, named: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match="linux-nftables") as refusal:
        load(TEXT.replace(old, new, 1), "linux-nftables")
    assert named in refusal.value.message and refusal.value.hint


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("vyos", "pending    =", "#", "undo.pending is missing"),
        ("vyos", "pending_if =", "#", "undo.pending_if"),
        ("vyos", "cancel     =", "#", "undo.cancel is missing"),
        ("vyos", "count   =", "#", "read.count"),
        ("cisco-aireos", "asks_user     =", "#", "session.asks_user"),
        ("cisco-aireos", "asks_password =", "#", "session.asks_password"),
        ("cisco-aireos", '"asked"', '"password"', "session.login"),
        ("ubiquiti-edgeos", "first_slot    =", "#", "first_slot"),
        ("ubiquiti-edgeos", "(?P<slot>", "(?:", "first_slot"),
    ],
)
def test_a_prompt_whose_profile_leaves_out_what_it_needs_is_refused(name: str, old: str, new: str, named: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(ConfigError, match=name) as refusal:
        load(text.replace(old, new, 1), name)
    assert named in refusal.value.message


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


def plainly(profile: ShellProfile | ConsoleProfile, template: str, words: dict[str, str]) -> str:
    """A template filled in word by word, phrases first, as its README says it."""

    def word(found: re.Match[str]) -> str:
        phrase = profile.all_phrases().get(found[1])
        return {"$": "$", **words}[found[1]] if phrase is None else plainly(profile, phrase, words)

    return re.sub(r"\$(\$|[a-z][a-z0-9_]*)", word, template)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
@settings(max_examples=20)
@given(
    txn=st.from_regex(r"[0-9a-f]{16}", fullmatch=True).filter(str.isascii),
    label=st.from_regex(r"[A-Za-z0-9:._-]{1,64}", fullmatch=True).filter(str.isascii),
    seconds=st.integers(0, 99_999),
)
def test_every_template_is_filled_in_as_if_word_by_word(file: Path, txn: str, label: str, seconds: int) -> None:
    profile = load(file.read_text("utf-8"), file.stem)
    parameters = profile.settled({})
    values = {"txn": txn, "label": label, "seconds": str(seconds), "minutes": "1", "slot": "100", "elements": ""}
    values |= {"sha256": "0" * 64, **profile.words_of(MacAddress.parse("a4:83:e7:11:22:33"))}
    for _key, template in profile.templates():
        assert profile.fill(template, parameters, **values) == plainly(profile, template, {**parameters, **values})


def test_two_profiles_of_one_name_are_filled_in_each_by_its_own_words() -> None:
    other = NFTABLES.model_copy(update={"phrases": {**NFTABLES.phrases, "digest": "md5sum"}})
    assert NFTABLES.fill("$digest", {}) == "sha256sum | cut -c1-64" and other.fill("$digest", {}) == "md5sum"


def test_a_command_without_all_its_values_is_not_made() -> None:
    with pytest.raises(ValueError, match=r"\$txn"):
        NFTABLES.fill(NFTABLES.undo.restore, NFTABLES.settled({}))
