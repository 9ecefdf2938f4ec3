"""What a setting may be: kinds of text, each with its refusal; and what a section of the file is."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.policy.calendar_cells import hours_of
from netreg.policy.calendar_dates import check_spans
from netreg.policy.roles import ROLES


class Section(BaseModel):
    """A section of the file: a key that is none is refused, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _address(text: str) -> str:
    try:
        return str(MacAddress.parse(text))
    except InvalidValue as error:
        raise ValueError(error.text("en")) from error


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no time zone is called so; write one such as America/Mexico_City") from error
    return name


def _open(text: str) -> str:
    try:
        check_spans(hours_of(text), "hours")
    except InvalidValue as error:
        raise ValueError('hours are written like "09:00-16:00", or "09:00-13:00 15:00-18:00"') from error
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise ValueError("write a day such as 2026-11-20") from error


def _clock(text: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M") if text else ""
    except ValueError as error:
        raise ValueError('write a time such as "22:00"') from error


def _role(name: str) -> str:
    if name not in ROLES:
        raise ValueError(f"no role is called so; there are {', '.join(ROLES)}")
    return name


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Address = Annotated[str, AfterValidator(_address)]
Open = Annotated[str, AfterValidator(_open)]
Zone = Annotated[str, AfterValidator(_zone)]
# Empty, or a day or a time.
Day = Annotated[str, AfterValidator(_day)]
Clock = Annotated[str, AfterValidator(_clock)]
Role = Annotated[str, AfterValidator(_role)]


class Log(Section):
    """The service's own log, on stderr."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"
