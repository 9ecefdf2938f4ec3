"""DeviceProfile: what netreg knows of one make of point, read from the text of a TOML file.

A profile says how to look, speak and go back; it never says who may enter. Its commands hold `$name`
placeholders, and every value that can be put there has a type: a parameter with its own pattern, or one of
the words in `_VALUES`. A typo or an untyped value is refused when the profile is loaded, not on the point.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netreg.errors import ConfigError

# What the engine puts into commands and script lines, and what each may look like. Never text from a person.
_VALUES = {
    "txn": r"[0-9a-f]{16}",
    "sha256": r"[0-9a-f]{64}",
    "seconds": r"[0-9]{1,5}",
    "mac": r"[0-9a-f]{2}(:[0-9a-f]{2}){5}",
    "label": r"[A-Za-z0-9:._-]{1,64}",
}
_PLACEHOLDER = re.compile(r"\$(\$|[a-z][a-z0-9_]*)", re.ASCII)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionPart(_Part):
    transport: Literal["exec"]
    failure: tuple[str, ...] = ()


class Capabilities(_Part):
    notation: Literal["colon-lower"]
    replace: Literal["atomic", "sequential"]
    undo: Literal["timer", "none"]
    empty_list: Literal["deny", "allow", "forbidden"]
    complete: bool
    max_entries: int = Field(gt=0)
    drops_clients: bool
    label: bool
    kick: Literal["none"]


class Parameter(_Part):
    default: str
    allowed: str


class ReadPart(_Part):
    format: Literal["nft-json"]
    command: str
    proof: str
    saved: str
    pending: str


class RefusedPart(_Part):
    format: Literal["nft-json"]
    command: str


class BackupPart(_Part):
    command: str


class UndoPart(_Part):
    seconds: int = Field(ge=5, le=3600)
    arm: str
    disarm: str
    fire: str


class ApplyPart(_Part):
    stage: str
    check: str
    command: str
    delete: str
    add: str
    key: str
    element: str
    separator: str


class SavePart(_Part):
    command: str
    given: str


class DeviceProfile(_Part):
    """One make of point. Make it with `from_toml`; `fill` turns one of its templates into a command."""

    # `schema` and `set` are words of the file; pydantic keeps the first for itself.
    version: Literal[1] = Field(alias="schema")
    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    verified: Literal["real", "documented"]
    summary: str
    needs: tuple[str, ...] = ()
    owns: str
    session: SessionPart
    capabilities: Capabilities
    parameters: Mapping[str, Parameter]
    phrases: Mapping[str, str] = Field(default_factory=dict)
    read: ReadPart
    refused: RefusedPart
    backup: BackupPart
    undo: UndoPart
    apply: ApplyPart
    save: SavePart

    @classmethod
    def from_toml(cls, text: str, name: str) -> DeviceProfile:
        """The profile in `text`; ConfigError names the key, the reason and the mend. `name` is the file's stem."""
        try:
            profile = cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise _broken(name, "the file", f"is not TOML ({error})", "mend the syntax at that line") from error
        except ValidationError as error:
            raise _invalid(name, error) from error
        if profile.name != name:
            raise _broken(name, "name", f"is {profile.name!r}", f"write name = {name!r} or rename the file")
        profile._check_words()
        return profile

    def settled(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """All parameters with the values `chosen` for one point; ConfigError for an unknown or ill-formed one."""
        for key in chosen:
            if key not in self.parameters:
                known = ", ".join(sorted(self.parameters))
                raise _broken(self.name, f"parameter {key!r}", "does not exist", f"use one of: {known}")
        values = {key: chosen.get(key, parameter.default) for key, parameter in self.parameters.items()}
        for key, value in values.items():
            if not re.fullmatch(self.parameters[key].allowed, value, re.ASCII):
                reason = f"may not be {value!r}"
                raise _broken(self.name, f"parameter {key!r}", reason, f"match {self.parameters[key].allowed}")
        return values

    def fill(self, template: str, parameters: Mapping[str, str], **values: str | int) -> str:
        """`template` with every placeholder replaced; ValueError for a value that is not of its type.

        `elements` is the one word made of others: a list of elements that were filled in and checked one by one.
        """
        words = {**parameters, **{key: _typed(key, str(value)) for key, value in values.items()}}

        def word(found: re.Match[str]) -> str:
            key = found[1]
            if key == "$":
                return "$"
            if key in self.phrases:
                return _PLACEHOLDER.sub(word, self.phrases[key])
            if key not in words:
                raise ValueError(f"no value for ${key}")
            return words[key]

        return _PLACEHOLDER.sub(word, template)

    def _check_words(self) -> None:
        self.settled({})
        known = {"$", "elements", *_VALUES, *self.parameters, *self.phrases}
        earlier = known - set(self.phrases)
        for key, text in self.phrases.items():
            # A phrase may use only those above it, so that none can contain itself.
            self._check_text(f"phrases.{key}", text, earlier)
            earlier.add(key)
        self._check_text("owns", self.owns, known)
        for section in ("read", "refused", "backup", "undo", "apply", "save"):
            for key, text in getattr(self, section):
                if isinstance(text, str):
                    self._check_text(f"{section}.{key}", text, known)

    def _check_text(self, key: str, text: str, known: set[str]) -> None:
        for found in _PLACEHOLDER.finditer(text):
            if found[1] not in known:
                mend = "declare it under [parameters] or in a phrase above, or write $$ for a dollar sign"
                raise _broken(self.name, key, f"uses ${found[1]}, which nothing defines", mend)


def _typed(key: str, value: str) -> str:
    if key != "elements" and not re.fullmatch(_VALUES[key], value, re.ASCII):
        raise ValueError(f"not a value for ${key}: {value!r}")
    return value


def _broken(profile: str, key: str, reason: str, mend: str) -> ConfigError:
    return ConfigError("device_profile", f"Device profile {profile}: {key} {reason}.", f"To mend it: {mend}.")


def _invalid(profile: str, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    mend = "remove the key, or look for a typing mistake" if first["type"] == "extra_forbidden" else "see README.md"
    return _broken(profile, key, f"is wrong ({first['msg']})", f"{mend} in device_profiles")
