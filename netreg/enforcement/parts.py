"""The sections of a device profile. What each key means is in `device_profiles/README.md`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Cost = Literal["nobody", "removed", "everybody"]
EmptyList = Literal["deny", "allow", "forbidden"]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return text


# A regular expression; one that does not compile is refused when the profile is loaded.
Pattern = Annotated[str, AfterValidator(_pattern)]


# What marks a text, or lines, as templates: netreg fills in their placeholders.
TEMPLATE = "template"
Template = Annotated[str, TEMPLATE]


class Part(BaseModel):
    """A section: no key that nobody knows, and nothing changes once it is loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Keys(Part):
    """Keys pressed as they are, without Enter after them."""

    keys: str


Lines = Annotated[tuple[str | Keys, ...], TEMPLATE]


def typed(lines: tuple[str | Keys, ...]) -> list[str]:
    """The lines that end with Enter, without the keys."""
    return [line for line in lines if not isinstance(line, Keys)]


class Parameter(Part):
    default: str
    allowed: Pattern


class Capabilities(Part):
    notation: Literal["colon-lower", "colon-upper", "dash-upper", "dotted-lower", "bare-lower", "pairs-lower"]
    replace: Literal["atomic", "sequential"]
    empty_list: EmptyList
    max_entries: int = Field(gt=0)
    drops_clients: Cost
    label: bool
    lag: float = Field(default=0, ge=0, le=60)
    first_slot: int = Field(default=0, ge=0)


# --- how the point is spoken to ---


class ExecSession(Part):
    transport: Literal["exec"]
    login: Literal["key", "password"] = "key"
    failure: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


class Question(Part):
    """What the point may ask in between, as the end of what it has said so far, and the keys that answer it."""

    asks: Pattern
    answer: str


class CliSession(Part):
    transport: Literal["cli"]
    login: Literal["key", "password", "asked"] = "key"
    asks_user: Pattern = ""
    asks_password: Pattern = ""
    prompt: Pattern
    failure: tuple[str, ...]
    benign: tuple[str, ...] = ()
    login_suffix: str = Field(default="", pattern=r"^[A-Za-z0-9+]{0,20}$")
    start: Lines = ()
    questions: tuple[Question, ...] = ()
    patience: float = Field(default=0, ge=0, le=600)


# --- how a list is read ---


class Listing(Part):
    """A list of addresses in an answer: as nft's JSON, or as lines."""

    format: Literal["nft-json", "lines"]
    command: Template
    entry: Pattern = ""
    line: Pattern = ""
    ignore: tuple[Pattern, ...] = ()
    requires: Pattern = ""


class ExecRead(Listing):
    proof: Template
    saved: Template = "true"


class CliRead(Listing):
    """`count` finds the number of entries in the answer to `proof`; without a proof the list is read twice."""

    proof: Template = ""
    count: Pattern = ""
    shows: int | None = Field(default=None, gt=0)


# --- what else it tells ---

# What a row of a table may say, as groups of its pattern or as fields of its object.
Said = Literal["mac", "ip", "port", "name", "age"]


class Table(Part):
    """What a point tells of devices: who is on the air, beside it, behind which port; whom it gave an address, or not.

    `age` is how long ago the device was last heard; a bare number counts in `ages`. `port` is said of every row.
    """

    format: Literal["lines", "json", "nft-json"]
    command: Template
    entry: Pattern = ""
    requires: Pattern = ""
    fields: Mapping[Said, str] = Field(default_factory=dict)
    without: Mapping[str, Pattern] = Field(default_factory=dict)
    port: Template = ""
    ages: Literal["milliseconds", "seconds", "minutes"] = "seconds"

    @model_validator(mode="after")
    def _says_enough(self) -> Table:
        found = re.compile(self.entry).groupindex if self.format == "lines" else self.fields
        if self.format != "nft-json" and "mac" not in found:
            raise ValueError("nothing finds the address: a group mac in entry, or mac in fields")
        if unknown := sorted(set(found) - set(get_args(Said))):
            raise ValueError(f"a row of a table says {', '.join(get_args(Said))}, and not {', '.join(unknown)}")
        if (self.format != "lines" and (self.entry or self.requires)) or (self.format != "json" and self.fields):
            raise ValueError("entry and requires go with format = 'lines', fields and without with 'json'")
        if self.without and self.format != "json":
            raise ValueError("without goes with format = 'json'; in lines, entry alone says which rows count")
        return self


# --- how a list is changed in a shell ---


class Backup(Part):
    command: Template


class Timer(Part):
    """An undo that a timer on the point itself carries out; netreg brings the timer along (`shell.py`)."""

    kind: Literal["timer"]
    seconds: int = Field(ge=5, le=3600)
    dir: Template
    restore: Template


class Script(Part):
    form: Literal["delta", "whole"]
    check: Template
    command: Template
    delete: Template = ""
    add: Template
    key: Template
    element: Template
    separator: str


class Save(Part):
    command: Template
    given: Template


class Quick(Part):
    """How a small change is made without reading the list first: the undo is the opposite change."""

    list: Template
    file: Template
    save: Template


# --- how a list is changed at a prompt ---


class Change(Part):
    """What is typed for one entry."""

    lines: Lines


class Apply(Part):
    most: int | None = Field(default=None, ge=2)
    mode: Pattern = ""
    before: Lines = ()
    check: Lines = ()
    commit: Lines = ()
    discard: Lines = ()


class CliUndo(Part):
    """How the point goes back: by a confirmed commit, a timer it has, or the end of the session; or not at all."""

    kind: Literal["commit-confirm", "revert-timer", "session", "none"]
    seconds: int = Field(default=300, ge=5, le=3600)
    arm: Lines = ()
    confirm: Lines = ()
    cancel: Lines = ()
    pending: Template = ""
    pending_if: Pattern = ""
    others_if: Pattern = ""


class CliSave(Part):
    lines: Lines
