"""The section of config.toml about what else people may ask for."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from netreg.config_values import Section

Choice = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Lists(Section):
    portal_modules: tuple[Choice, ...] = (
        "Transparencia", "Trámites y servicios", "Normatividad", "Avisos", "Directorio",
    )  # fmt: skip
    own_systems: tuple[Choice, ...] = ()


class Procedures(Section):
    enabled: tuple[str, ...] = ("almoloya",)
    folder: str = ""
    mail_domain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$")] = ""
    lists: Lists = Lists()
