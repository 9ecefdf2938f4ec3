"""From a point's row to what the hands need: profile loaded, key file found, parameters checked."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from agents.ssh import Target
from netreg.config import Settings
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ConsoleProfile, ShellProfile, load
from netreg.errors import ConfigError
from netreg.registry.models import Point


@lru_cache(maxsize=64)
def profile(name: str) -> ShellProfile | ConsoleProfile:
    """The device profile of this name; raises ConfigError naming the ones there are."""
    known = sorted(
        file.name.removesuffix(".toml") for file in files("device_profiles").iterdir() if file.name.endswith(".toml")
    )
    if name not in known:
        raise ConfigError("netreg.P001", f"there is no device profile {name!r}", "known: " + ", ".join(known))
    return load(files("device_profiles").joinpath(name + ".toml").read_text("utf-8"), name)


def target(point: Point) -> Target:
    """The point as `agents.ssh` and `agents.push` take it; raises ConfigError for an unknown profile or parameter."""
    made = profile(point.profile)
    suffix = made.session.login_suffix if isinstance(made, ConsoleProfile) else ""
    return Target(
        name=point.name,
        host=point.host,
        port=point.port,
        user=point.user + suffix,
        key_file=Path(point.key_file),
        host_key=point.host_key,
        profile=made,
        parameters=point.parameters,
    )


def limits(settings: Settings) -> GuardLimits:
    """The guard's limits as the installation sets them."""
    return GuardLimits(
        percent=settings.guard.percent, removals=settings.guard.removals, protected=settings.protected_macs
    )
