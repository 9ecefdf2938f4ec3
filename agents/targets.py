"""From a point's row to what the hands need: profile loaded, key file found, parameters checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from agents.ssh import Target
from netreg.config import Settings
from netreg.enforcement.breaker import Pauses
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


def pauses(settings: Settings) -> Pauses:
    """For how long a point that keeps failing is left alone, as the installation sets it."""
    return Pauses(
        after=settings.push.pause_after,
        first=timedelta(seconds=settings.push.pause_seconds),
        most=timedelta(minutes=settings.push.pause_most_minutes),
    )


def limits(settings: Settings) -> GuardLimits:
    """The guard's limits as the installation sets them."""
    return GuardLimits(
        percent=settings.guard.percent, removals=settings.guard.removals, protected=settings.protected_macs
    )
