"""The section of config.toml about what else people may ask for."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from netreg.config_values import Section

Choice = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Lists(Section):
    portal_modules: tuple[Choice, ...] = (
        "Transparencia", "Trámites y servicios", "Normatividad", "Avisos", "Directorio",
    )  # fmt: skip
    own_systems: tuple[Choice, ...] = ()


def _visible(said: str) -> str:
    if not said.isprintable():
        raise ValueError("write it in one line, without invisible characters")
    return said


UnitName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_visible)
]


class Unit(Section):
    """What a unit or a role is called, in both languages."""

    es: UnitName
    en: UnitName


class Units(Section):
    roles: dict[str, Unit] = Field(default_factory=dict)
    owner: dict[str, Unit] = Field(default_factory=dict)
    executing: dict[str, Unit] = Field(default_factory=dict)


class Public(Section):
    """Forms for people outside of the town hall, who have no account."""

    area: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,32}$")] = ""
    confirm_hours: int = Field(default=24, ge=1, le=168)
    per_address_per_hour: int = Field(default=5, ge=1, le=1000)
    per_mail_per_day: int = Field(default=5, ge=1, le=1000)
    pending: int = Field(default=200, ge=1, le=10_000)


class Procedures(Section):
    enabled: tuple[str, ...] = ("almoloya",)
    folder: str = ""
    mail_domain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$")] = ""
    lists: Lists = Lists()
    units: Units = Units()
