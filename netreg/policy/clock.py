"""What is due once a day or once an hour, by the office's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def last_daily(at: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The newest instant up to `at` at which the office's clock showed this full hour."""
    local = at.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def last_hourly(at: datetime, zone: ZoneInfo) -> datetime:
    """The full hour that `at` is in."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
