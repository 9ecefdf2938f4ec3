"""The sections of config.toml about what is on the network: where it is looked for, and how people are told."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from netreg.config_values import Address, Clock, Name, Section


class Segment(Section):
    name: Name
    interface: Name
    network: IPv4Network
    netns: Name | None = None
    ipv6: bool = True
    listen: bool = True


class LeaseFile(Section):
    name: Name
    file: Path


class GuardedAddress(Section):
    """An IP address, of a gateway or a server, that only these devices may have."""

    name: str = Field(min_length=1, max_length=60)
    ip: IPv4Address | IPv6Address
    macs: tuple[Address, ...] = Field(min_length=1)


class Scan(Section):
    every_minutes: int = Field(default=10, ge=1, le=1440)
    rate: int = Field(default=1000, ge=1, le=100_000)
    ignore: tuple[Address, ...] = ()
    blind_minutes: int = Field(default=30, ge=1)
    segment: tuple[Segment, ...] = ()
    leases: tuple[LeaseFile, ...] = ()
    guarded: tuple[GuardedAddress, ...] = ()

    @property
    def blind_after(self) -> timedelta:
        """How long a source may give nothing."""
        return timedelta(minutes=self.blind_minutes)


class Alerts(Section):
    grace_minutes: int = Field(default=5, ge=0, le=1440)
    storm_new: int = Field(default=50, ge=1, le=100_000)
    storm_minutes: int = Field(default=5, ge=1, le=60)
    url_file: str = ""
    language: Literal["es", "en"] = "es"
    digest_hour: int = Field(default=8, ge=0, le=23)
    quiet_from: Clock = ""
    quiet_until: Clock = ""
    at_most_per_hour: int = Field(default=12, ge=1, le=1000)

    @model_validator(mode="after")
    def _quiet_is_whole(self) -> Self:
        if bool(self.quiet_from) != bool(self.quiet_until) or (self.quiet_from and self.quiet_from == self.quiet_until):
            raise ValueError("quiet hours need quiet_from and quiet_until, two different times")
        return self
