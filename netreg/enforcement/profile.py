"""DeviceProfile: what netreg knows of one make of point, read from the text of a TOML file.

A profile says how to look, speak and go back; it never says who may enter. Its commands hold `$name`
placeholders, and every value that can be put there has a type: a parameter with its own pattern, or one of
the words in `_VALUES`. A typo or an untyped value is refused when the profile is loaded, not on the point.

There are two kinds: a `ShellProfile` sends scripts to a shell, one command in one channel; a `ConsoleProfile` types at
the prompt of a device that has only that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from netreg.enforcement import parts
from netreg.enforcement.parts import Part
from netreg.errors import ConfigError
from netreg.mac import MacAddress

# notation -> octets written together, what stands between, whether in capitals
_NOTATIONS = {
    "colon-lower": (1, ":", False),
    "colon-upper": (1, ":", True),
    "dash-upper": (1, "-", True),
    "dotted-lower": (2, ".", False),
    "bare-lower": (6, "", False),
    "pairs-lower": (2, "-", False),
}
_MAC = r"[0-9A-Fa-f:.-]{12,17}"
# What the engine puts into commands and script lines, and what each may look like. Never text from a person.
_VALUES = {
    key: re.compile(pattern, re.ASCII)
    for key, pattern in {
        "txn": r"[0-9a-f]{16}",
        "sha256": r"[0-9a-f]{64}",
        "seconds": r"[0-9]{1,5}",
        "minutes": r"[0-9]{1,3}",
        "slot": r"[0-9]{1,5}",
        "label": r"[A-Za-z0-9:._-]{1,64}",
        "mac": _MAC,
        **{f"mac_{notation.replace('-', '_')}": _MAC for notation in _NOTATIONS},
    }.items()
}
_PLACEHOLDER = re.compile(r"\$(\$|[a-z][a-z0-9_]*)", re.ASCII)


class DeviceProfile(Part):
    """One make of point. Make it with `load`; `fill` turns one of its templates into a command."""

    # `schema` is a word of the file; pydantic keeps it for itself.
    version: Literal[1] = Field(alias="schema")
    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    verified: Literal["real", "documented", "inferred"]
    summary: str
    needs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    owns: str
    capabilities: parts.Capabilities
    parameters: Mapping[str, parts.Parameter] = Field(default_factory=dict)
    phrases: Mapping[str, str] = Field(default_factory=dict)
    kick: parts.Change | None = None
    stations: parts.Table | None = None
    refused: parts.Table | None = None
    arp: parts.Table | None = None
    nd: parts.Table | None = None
    fdb: parts.Table | None = None
    leases: parts.Table | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    def settled(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """All parameters with the values `chosen` for one point; ConfigError for an unknown or ill-formed one."""
        return dict(_settled(self, tuple(chosen.items())))

    def tables(self) -> Mapping[str, parts.Table]:
        """What else the make tells of devices, by the kind of each table."""
        return {kind: table for kind, table in self if isinstance(table, parts.Table)}

    def written(self, mac: MacAddress) -> str:
        """The address as this make writes it."""
        return _written(mac, self.capabilities.notation)

    def words_of(self, mac: MacAddress) -> dict[str, str]:
        """`$mac`, and `$mac_...` for the commands of a make that wants another notation than its lists."""
        others = {f"mac_{notation.replace('-', '_')}": _written(mac, notation) for notation in _NOTATIONS}
        return {"mac": self.written(mac), **others}

    def fill(self, template: str, parameters: Mapping[str, str], **values: str | int) -> str:
        """`template` with every placeholder replaced; ValueError for a value that is not of its type.

        `elements` is the one word made of others: a list of elements that were filled in and checked one by one.
        """
        words = {"$": "$", **parameters, **{key: _typed(key, str(value)) for key, value in values.items()}}
        filled = list(_pieces(self, template))
        try:
            filled[1::2] = [words[key] for key in filled[1::2]]
        except KeyError as missing:
            raise ValueError(f"no value for ${missing.args[0]}") from None
        return "".join(filled)

    def all_phrases(self) -> Mapping[str, str]:
        """The pieces that its commands share, those that netreg brings along among them."""
        return self.phrases

    def templates(self) -> Iterator[tuple[str, str]]:
        """Every template of the profile, with the key it stands under."""
        yield "owns", self.owns
        for section, part in self:
            if isinstance(part, Part):
                yield from _templates(section, part)

    def check_words(self) -> None:
        """Raises ConfigError for a placeholder that nothing defines, and for a default its own pattern refuses."""
        self.settled({})
        phrases = self.all_phrases()
        known = {"$", "elements", *_VALUES, *self.parameters, *phrases}
        earlier = known - set(phrases)
        for key, text in phrases.items():
            # A phrase may use only those above it, so that none can contain itself.
            self._check_text(f"phrases.{key}", text, earlier)
            earlier.add(key)
        for key, text in self.templates():
            self._check_text(key, text, known)

    def _check_text(self, key: str, text: str, known: set[str]) -> None:
        for found in _PLACEHOLDER.finditer(text):
            if found[1] not in known:
                mend = "declare it under [parameters] or in a phrase above, or write $$ for a dollar sign"
                raise _broken(self.name, key, f"uses ${found[1]}, which nothing defines", mend)


class ShellProfile(DeviceProfile):
    """A make with a shell: a change is one script, checked on the point and done at once."""

    session: parts.ExecSession
    read: parts.ExecRead
    backup: parts.Backup
    undo: parts.Timer
    apply: parts.Script
    save: parts.Save | None = None
    quick: parts.Quick | None = None

    def all_phrases(self) -> Mapping[str, str]:
        return {"dir": self.undo.dir, "work": "$dir/$txn", "locked": "flock -w 20 $dir/lock", **self.phrases}

    @model_validator(mode="after")
    def _fits_in_quotes(self) -> ShellProfile:
        for key, text in (("undo.restore", self.undo.restore), ("apply.command", self.apply.command)):
            if re.search(r"['\"]", text):
                raise ValueError(f"{key} runs inside quotes and may hold none of its own")
        return self


class ConsoleProfile(DeviceProfile):
    """A make with a prompt: a change is typed, entry by entry."""

    session: parts.CliSession
    read: parts.CliRead
    add: parts.Change
    remove: parts.Change
    apply: parts.Apply = Field(default_factory=parts.Apply)
    undo: parts.CliUndo
    save: parts.CliSave | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> ConsoleProfile:
        asked = {bool(self.session.asks_user), bool(self.session.asks_password)}
        if asked != {self.session.login == "asked"}:
            raise ValueError(
                "session.asks_user and session.asks_password go with session.login = 'asked', both of them"
            )
        if self.read.proof and not self.read.count:
            raise ValueError("read.proof needs read.count, which finds the number in its answer")
        if self.undo.kind != "none" and not self.undo.cancel:
            raise ValueError("undo.cancel is missing: how does the point go back?")
        if self.undo.pending and not self.undo.pending_if:
            raise ValueError("undo.pending needs undo.pending_if, which tells its answers apart")
        if self.undo.kind == "commit-confirm" and not self.undo.pending:
            raise ValueError("undo.pending is missing: how is a commit seen that waits for its confirmation?")
        if bool(self.capabilities.first_slot) != ("slot" in re.compile(self.read.entry).groupindex):
            raise ValueError("capabilities.first_slot and the group slot in read.entry belong together")
        return self


def load(text: str, name: str) -> ShellProfile | ConsoleProfile:
    """The profile in `text`; ConfigError names the key, the reason and the mend. `name` is the file's stem."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(name, "the file", f"is not TOML ({error})", "mend the syntax at that line") from error
    session = document.get("session")
    at_prompt = isinstance(session, dict) and session.get("transport") == "cli"
    kind: type[ShellProfile | ConsoleProfile] = ConsoleProfile if at_prompt else ShellProfile
    try:
        profile = kind.model_validate(document)
    except ValidationError as error:
        raise _invalid(name, error) from error
    if profile.name != name:
        raise _broken(name, "name", f"is {profile.name!r}", f"write name = {name!r} or rename the file")
    profile.check_words()
    return profile


@lru_cache(maxsize=64)  # many points have the same parameters
def _settled(profile: DeviceProfile, chosen: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    own, declared = dict(chosen), profile.parameters
    for key in own:
        if key not in declared:
            known = ", ".join(sorted(declared))
            raise _broken(profile.name, f"parameter {key!r}", "does not exist", f"use one of: {known}")
    values = {key: own.get(key, parameter.default) for key, parameter in declared.items()}
    for key, value in values.items():
        if not re.fullmatch(declared[key].allowed, value, re.ASCII):
            reason = f"may not be {value!r}"
            raise _broken(profile.name, f"parameter {key!r}", reason, f"match {declared[key].allowed}")
    return values


@lru_cache(maxsize=1024)  # the same few dozen templates are filled in for every entry and at every point
def _pieces(profile: DeviceProfile, template: str) -> tuple[str, ...]:
    """The template with its phrases spelled out, cut at its placeholders: a text and the key of a word by turns."""
    phrases = profile.all_phrases()

    def spelled(found: re.Match[str]) -> str:
        return _PLACEHOLDER.sub(spelled, phrases[found[1]]) if found[1] in phrases else found[0]

    return tuple(_PLACEHOLDER.split(_PLACEHOLDER.sub(spelled, template)))


def _templates(section: str, part: Part) -> Iterator[tuple[str, str]]:
    for key, field in type(part).model_fields.items():
        value = getattr(part, key)
        lines = (value,) if isinstance(value, str) else value
        if parts.TEMPLATE in field.metadata:
            yield from ((f"{section}.{key}", line) for line in lines if isinstance(line, str))


def _written(mac: MacAddress, notation: str) -> str:
    octets, between, capitals = _NOTATIONS[notation]
    pairs = mac.text.split(":")
    text = between.join(["".join(pairs[at : at + octets]) for at in range(0, 6, octets)] if octets > 1 else pairs)
    return text.upper() if capitals else text


def _typed(key: str, value: str) -> str:
    if key != "elements" and not _VALUES[key].fullmatch(value):
        raise ValueError(f"not a value for ${key}: {value!r}")
    return value


def _broken(profile: str, key: str, reason: str, mend: str) -> ConfigError:
    return ConfigError("device_profile", f"Device profile {profile}: {key} {reason}.", f"To mend it: {mend}.")


def _invalid(profile: str, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    mend = "remove the key, or look for a typing mistake" if first["type"] == "extra_forbidden" else "see README.md"
    return _broken(profile, key or "it", f"is wrong ({first['msg']})", f"{mend} in device_profiles")
