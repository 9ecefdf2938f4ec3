"""The catalogue of reasons: why a device is refused, a request returned, an answer late.

Data of `reasons.toml`, read once. A reason has a name in both languages and a text to begin with, which whoever uses it
may change; the name of `other` says nothing, so it has none and wants words.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Kind = Literal["rejection", "return", "delay"]
# What a text may name.
PLACEHOLDERS = ("folio", "area", "max")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `offered` says whether a person may choose it, `of` whether only of devices or of anything else."""

    code: str
    es: str
    en: str
    text_es: str = ""
    text_en: str = ""
    offered: bool = True
    of: Literal["any", "devices", "others"] = "any"

    def written(self, language: str, **said: object) -> str:
        """Its text with every placeholder filled in; nothing where it has none."""
        return (self.text_en if language == "en" else self.text_es).format_map(said)


def _read() -> dict[Kind, dict[str, Reason]]:
    document = tomllib.loads(files(__package__).joinpath("reasons.toml").read_text(encoding="utf-8"))
    kinds: tuple[Kind, ...] = ("rejection", "return", "delay")
    return {kind: {row["code"]: Reason(**row) for row in document[kind]} for kind in kinds}


CATALOGUE = _read()


def names(kind: Kind) -> dict[str, tuple[str, str]]:
    """code -> Spanish, English; of every reason of a kind."""
    return {code: (one.es, one.en) for code, one in CATALOGUE[kind].items()}


def offered(kind: Kind, *, devices: bool = True) -> tuple[str, ...]:
    """The codes that a person may choose: of a request for devices, or of one for anything else."""
    other = "others" if devices else "devices"
    return tuple(code for code, one in CATALOGUE[kind].items() if one.offered and one.of != other)
