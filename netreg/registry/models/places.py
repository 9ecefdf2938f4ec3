"""Enforcement points, what was verified there, and what somebody put there by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.enforcement.breaker import Breaker
from netreg.registry.models.common import CONNECTIONS, STRAY_OPEN, STRAY_STATES, one_of, unique_where
from netreg.store.base import Base


class Point(Base):
    """A firewall or access point, how to reach it, and what was last verified there."""

    __tablename__ = "point"
    __table_args__ = (CheckConstraint(one_of("network", CONNECTIONS), name="network"),)
    unaudited = frozenset({"tried_at", "looked", "failures", "retry_at", "asked_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    profile: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    port: Mapped[int] = mapped_column(default=22)
    user: Mapped[str] = mapped_column("login", Text)
    # How netreg proves itself there: where the secret lies, never the secret (see `netreg.registry.logins`).
    key_file: Mapped[str] = mapped_column(Text)
    passphrase_file: Mapped[str] = mapped_column(Text, default="")
    password_file: Mapped[str] = mapped_column(Text, default="")
    host_key: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # Until a person has seen what a push would do, a point that is entered on the page is only looked at: the key that
    # answered there, and what the last look found.
    enabled: Mapped[bool] = mapped_column(default=True)
    offered_key: Mapped[str | None] = mapped_column(Text)
    looked: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # Which part of the allowlist is this point's: of one network or both, of some sites or all.
    network: Mapped[str] = mapped_column(Text, default="both")
    sites: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Checksums of the plan the guard refused last, and of the one a person confirmed.
    refused_plan: Mapped[str | None] = mapped_column(Text)
    confirmed_plan: Mapped[str | None] = mapped_column(Text)
    # The only plan that the next pass may apply, where somebody asked for that one.
    expected_plan: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="never")
    # [[mac, label], ...] of the last read-back, without hand-made entries equal to the desired list: the baseline.
    # Thousands of rows: read where somebody asks for them.
    verified: Mapped[list[list[str]] | None] = mapped_column(JSON, deferred=True)
    verified_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    problem_code: Mapped[str] = mapped_column(Text, default="")
    # The breaker: how often in a row it failed, until when it is left alone, and when a person last wanted a try.
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]

    @property
    def breaker(self) -> Breaker:
        return Breaker(self.failures, self.retry_at)


class Pass(Base):
    """One pass over a point that changed something, or came to nothing: what it was going to do, and how it ended.

    The audit log says that it was; this is the detail, kept as long as sightings are.
    """

    __tablename__ = "pass"
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("point.id"), index=True)
    at: Mapped[datetime]
    seconds: Mapped[float | None] = mapped_column(Float)
    # [[mac, label], ...]
    added: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    removed: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    plan: Mapped[str] = mapped_column(Text, default="")
    steps: Mapped[list[str]] = mapped_column(JSON, default=list)
    outcome: Mapped[str] = mapped_column(Text, default="verified")
    problem: Mapped[str] = mapped_column(Text, default="")
    # How often in a row it ended like this.
    times: Mapped[int] = mapped_column(default=1)


class Progress(Base):
    """Where the push under way at a point stands. The row goes with the push; one that stays is of a push that died."""

    __tablename__ = "progress"
    bookkeeping = True

    point_id: Mapped[int] = mapped_column(ForeignKey("point.id"), primary_key=True)
    # Which delivery, and which attempt at it.
    delivery_id: Mapped[int]
    attempt: Mapped[int]
    # What the pass has said so far.
    steps: Mapped[list[str]] = mapped_column(JSON, default=list)
    since: Mapped[datetime]
    at: Mapped[datetime]


class Stray(Base):
    """An entry that somebody put on a point by hand. It stays there until a person decides (scenario 29)."""

    __tablename__ = "stray"
    __table_args__ = (
        CheckConstraint(one_of("state", STRAY_STATES), name="state"),
        unique_where("uq_stray_open", "point_id", "mac", where=one_of("state", STRAY_OPEN)),
    )
    unaudited = frozenset({"last_seen", "label"})

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("point.id"))
    mac: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="found")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")

    point: Mapped[Point] = relationship()
