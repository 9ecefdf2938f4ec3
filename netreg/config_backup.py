"""Settings of what outlives this machine: backups, and the anchors of the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from netreg.config_values import Section

PublicKey = Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
# Where mail goes; empty: nowhere.
Mailbox = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190})?$")]


class Backup(Section):
    folder: str = ""
    recipients: tuple[PublicKey, ...] = ()
    every: Literal["hourly", "daily"] = "daily"
    hour: int = Field(default=2, ge=0, le=23)
    keep: int = Field(default=14, ge=2, le=1000)
    alarm_hours: int = Field(default=36, ge=2, le=24 * 31)

    @model_validator(mode="after")
    def _is_sealed(self) -> Self:
        # What a timetable writes lies about for years: never readable to whoever finds it.
        if self.folder and not self.recipients:
            raise ValueError("a folder for backups needs recipients; make a key with: netreg backup keygen FILE")
        return self

    @property
    def alarm_after(self) -> timedelta:
        """How old the newest good backup may be."""
        return timedelta(hours=self.alarm_hours)


class Audit(Section):
    anchor_file: str = ""
    anchor_mail: Mailbox = ""
    anchor_hour: int = Field(default=6, ge=0, le=23)
