"""Whatever a registry holds can become a command on no make of point: only addresses and plain labels get in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement import parts, shell
from netreg.enforcement.plan import Plan
from netreg.enforcement.profile import ConsoleProfile, ShellProfile, load
from netreg.errors import ConfigError, InvalidValue
from netreg.mac import MacAddress
from tests.enforcement.lists import allowlists
from tests.enforcement.test_profile import FOLDER

PROFILES = [load(file.read_text("utf-8"), file.stem) for file in sorted(FOLDER.glob("*.toml"))]
SHELLS = [one for one in PROFILES if isinstance(one, ShellProfile)]
CONSOLES = [one for one in PROFILES if isinstance(one, ConsoleProfile)]
# What may be put into a command, and nothing of it means anything to a shell, a prompt or a file format.
HARMLESS = re.compile(r"[A-Za-z0-9:._-]*", re.ASCII)
named = pytest.mark.parametrize


def typed_for(profile: ConsoleProfile) -> Iterator[str]:
    """Every line that is typed for one entry."""
    kick = profile.kick.lines if profile.kick else ()
    yield from parts.typed((*profile.add.lines, *profile.remove.lines, *kick))


def spelled_out(profile: ShellProfile | ConsoleProfile, template: str) -> str:
    """The template with its phrases in full: they are the profile's own words."""
    phrases = profile.all_phrases()

    def word(found: re.Match[str]) -> str:
        return spelled_out(profile, phrases[found[1]]) if found[1] in phrases else found[0]

    return re.sub(r"\$(\$|[a-z][a-z0-9_]*)", word, template)


def as_pattern(template: str) -> re.Pattern[str]:
    """The lines this template can become, if only harmless words are put in."""
    pieces = re.split(r"\$[a-z][a-z0-9_]*", template.replace("$$", "\0"))
    return re.compile(HARMLESS.pattern.join(re.escape(piece.replace("\0", "$")) for piece in pieces), re.ASCII)


@given(st.text(), st.text())
def test_an_entry_is_an_address_and_a_plain_label_or_it_is_none(mac: str, label: str) -> None:
    try:
        entry = Entry(MacAddress.parse(mac), label)
    except (InvalidValue, ValueError):
        return
    assert HARMLESS.fullmatch(entry.mac.text) and HARMLESS.fullmatch(entry.label)


@named("profile", CONSOLES, ids=lambda one: one.name)
@given(allowlists)
def test_what_is_typed_for_an_entry_is_its_line_with_harmless_words_in_it(
    profile: ConsoleProfile, allowlist: Allowlist
) -> None:
    words = profile.settled({})
    for entry in allowlist:
        values = {**profile.words_of(entry.mac), "label": entry.label or "nr-0", "slot": 100}
        for line in typed_for(profile):
            said = profile.fill(line, words, **values)
            assert as_pattern(spelled_out(profile, line)).fullmatch(said) and said.isprintable()


@named("profile", SHELLS, ids=lambda one: one.name)
@given(allowlists, allowlists)
def test_a_script_holds_nothing_but_its_statements_with_harmless_words_in_them(
    profile: ShellProfile, observed: Allowlist, desired: Allowlist
) -> None:
    words = profile.settled({})
    text = shell.script(profile, words, Plan.between(observed, desired), desired).decode()
    shapes = [as_pattern(one) for one in (profile.apply.key, profile.apply.element)]
    fixed = [profile.fill(one, words, elements="") for one in (profile.apply.delete, profile.apply.add) if one]
    for statement in fixed:
        text = text.replace(statement.strip(" }"), "")
    for piece in re.split(re.escape(profile.apply.separator) + r"|\n", text):
        bare = piece.strip(" }\n")
        assert not bare or any(shape.fullmatch(bare) for shape in shapes), bare


@named("profile", PROFILES, ids=lambda one: one.name)
@given(st.sampled_from(["mac", "label", "txn", "sha256", "seconds", "minutes"]), st.text(max_size=70))
def test_a_word_of_another_shape_is_never_filled_in(
    profile: ShellProfile | ConsoleProfile, key: str, value: str
) -> None:
    try:
        said = profile.fill("$" + key, {}, **{key: value})
    except ValueError:
        return
    assert said == value and HARMLESS.fullmatch(said)


@named("profile", PROFILES, ids=lambda one: one.name)
@given(st.text(max_size=40))
def test_a_parameter_takes_no_blank_quote_or_sign_that_means_something(
    profile: ShellProfile | ConsoleProfile, value: str
) -> None:
    for key in profile.parameters:
        try:
            settled = profile.settled({key: value})
        except ConfigError:
            continue
        assert re.fullmatch(r"[A-Za-z0-9:._/-]*", settled[key], re.ASCII)


@named("profile", PROFILES, ids=lambda one: one.name)
def test_a_profile_quotes_nothing_that_comes_from_a_person(profile: ShellProfile | ConsoleProfile) -> None:
    texts = [text for _key, text in profile.templates()]
    used = {word for text in texts for word in re.findall(r"\$([a-z][a-z0-9_]*)", text)}
    assert not used & {"name", "holder", "comment", "area"}
