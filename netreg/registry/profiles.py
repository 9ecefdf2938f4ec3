"""The device profiles that come with this version, read once."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from netreg.enforcement.profile import ConsoleProfile, ShellProfile, load
from netreg.errors import ConfigError


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all of them, in order."""
    folder = files("device_profiles")
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


@lru_cache(maxsize=64)
def profile(name: str) -> ShellProfile | ConsoleProfile:
    """The device profile of this name; raises ConfigError naming the ones there are."""
    if name not in names():
        raise ConfigError("netreg.P001", f"there is no device profile {name!r}", "known: " + ", ".join(names()))
    return load(files("device_profiles").joinpath(name + ".toml").read_text("utf-8"), name)
