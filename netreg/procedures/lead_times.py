"""When a request counts as received, and whether that is as long before it is needed as its procedure asks.

72 hours ahead are natural hours to the moment itself; n business days ahead are counted back from the day, which does
not count itself. Both ends pass (decisions X-15 to X-17).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from netreg.policy.calendar import Calendar
from netreg.procedures.particulars import LeadTime
from netreg.procedures.procedure import Procedure


def official_reception(procedure: Procedure, at: datetime, calendar: Calendar) -> datetime:
    """When what came at this instant counts as received: where there is a window, the next opening."""
    return calendar.next_opening(at) if procedure.intake.window == "stated" else at


def came_in_time(
    procedure: Procedure, values: Mapping[str, Any], received: datetime, calendar: Calendar
) -> bool | None:
    """Whether a request with these values was received in time; None where its procedure asks for nothing, or where
    there is no day to count from.
    """
    return in_time(procedure.lead_time, values.get(procedure.lead_time.anchor), received, calendar)


def in_time(lead: LeadTime, needed: object, received: datetime, calendar: Calendar) -> bool | None:
    """Whether it was received in time for `needed`, an ISO day or moment as the form has it; None if it is neither."""
    moment = _moment(needed, calendar) if lead.applies else None
    if moment is None:
        return None
    if lead.unit == "hours":
        return received <= moment - timedelta(hours=lead.value)
    return calendar.local_day(received) <= calendar.business_days_back(calendar.local_day(moment), lead.value)


def _moment(needed: object, calendar: Calendar) -> datetime | None:
    """The moment at the office; a day alone begins at midnight."""
    zone = ZoneInfo(calendar.timezone)
    try:
        read = datetime.fromisoformat(needed) if isinstance(needed, str) else needed
    except ValueError:
        return None
    if isinstance(read, datetime):
        return read if read.tzinfo else read.replace(tzinfo=zone)
    return datetime.combine(read, time.min, zone) if isinstance(read, date) else None
