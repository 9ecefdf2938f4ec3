"""From a point's row to what the hands need: profile loaded, key file found, parameters checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from agents.credentials import changed_at
from agents.ssh import Target
from netreg.config import Settings
from netreg.enforcement.breaker import Pauses
from netreg.enforcement.plan import GuardLimits
from netreg.enforcement.profile import ConsoleProfile
from netreg.errors import LoginRefused
from netreg.registry.logins import AGENT
from netreg.registry.models import Point
from netreg.registry.profiles import profile


def target(point: Point, *, by_person: bool = False) -> Target:
    """The point as `agents.ssh` and `agents.push` take it; `by_person` where somebody asks to try it now.

    Raises ConfigError for an unknown profile, and LoginRefused where a password was refused before.
    """
    made = profile(point.profile)
    if not by_person:
        _check_may_send(point)
    suffix = made.session.login_suffix if isinstance(made, ConsoleProfile) else ""
    return Target(
        name=point.name,
        host=point.host,
        port=point.port,
        user=point.user + suffix,
        key_file=None if point.key_file == AGENT else Path(point.key_file),
        host_key=point.host_key,
        profile=made,
        parameters=point.parameters,
        passphrase_file=point.passphrase_file,
        password_file=point.password_file,
    )


def _check_may_send(point: Point) -> None:
    """Raises again what the point said to this very password: the timetable comes by all day, and accounts get locked.

    A person's order forgets it (`points.try_login_again`), and another password in the file is another one.
    """
    if not point.password_file or point.problem_code != LoginRefused.code:
        return
    changed = changed_at(point.password_file)
    if changed is None or point.tried_at is None or changed <= point.tried_at:
        raise LoginRefused(point.name, point.problem.removeprefix(f"{point.name}: "))


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
