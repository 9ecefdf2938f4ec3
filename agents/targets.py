"""From a point's row to what the hands need: profile loaded, key file found, parameters checked."""

from __future__ import annotations

from pathlib import Path

from agents.ssh import Target
from netreg.config import Settings
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ConsoleProfile
from netreg.registry.models import Point
from netreg.registry.profiles import profile


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
