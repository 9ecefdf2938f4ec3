"""What was seen where and when, what it meant, and what somebody decided about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from netreg.registry.models.common import ALERT_STATES, DECISIONS, VERDICTS, one_of, unique_where
from netreg.store.base import Base


class Sighting(Base):
    """A MAC was seen by a source at a place: one row for each, with first and last time and a count."""

    __tablename__ = "sighting"
    # The indices of times and of addresses hold the source too, so that a count of addresses reads no row.
    __table_args__ = (
        UniqueConstraint("mac", "source", "place", name="uq_sighting_where"),
        Index("ix_sighting_name", text("lower(name)")),
        Index("ix_sighting_last_seen", "last_seen", "mac", "source"),
        Index("ix_sighting_mac", "mac", "last_seen", "source"),
    )
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    # Where at the place: a switch port, a radio.
    port: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    # What the device says it is called, and what its DHCP client asks for: claims, easily made.
    name: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(Text)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)


class Stay(Base):
    """One device was at one place from `since` to `until`: the history behind a sighting.

    It goes on while the device is heard again before long (`netreg.registry.commands.sightings.GAP`).
    """

    __tablename__ = "stay"
    # Who was at a place at a time is found without a look at each row, whichever source heard them.
    __table_args__ = (
        Index("ix_stay_where", "place", "until", "source", "since", "mac"),
        Index("ix_stay_mac", "mac", "until"),
        # All that is asked of who is there, so that nobody's row has to be looked up: they lie scattered.
        Index("ix_stay_until", "until", "since", "mac", "source", "place", "port"),
    )
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    port: Mapped[str] = mapped_column(Text, default="")
    ip: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime]
    until: Mapped[datetime]
    # When the look before heard it; NULL for the first, and where the source does not say when it heard somebody.
    before: Mapped[datetime | None]
    # In how many looks it was heard.
    count: Mapped[int] = mapped_column(default=1)


class IpStay(Base):
    """One device had one IP address at one place from `since` to `until`, whichever sources told of it."""

    __tablename__ = "ip_stay"
    __table_args__ = (Index("ix_ip_stay_ip", "ip", "until"), Index("ix_ip_stay_mac", "mac", "until"))
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    ip: Mapped[str] = mapped_column(Text)
    mac: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)


class Trait(Base):
    """What a device says of itself: its host name, or what its DHCP client asks for. The first of a kind is taken for
    the device's own; a later one is told to a person, who may accept it."""

    __tablename__ = "trait"
    __table_args__ = (UniqueConstraint("mac", "kind", "value", name="uq_trait"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str] = mapped_column(Text)
    # name, mdns or dhcp (netreg.detection.sighting.Said)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime] = mapped_column(index=True)
    accepted: Mapped[bool] = mapped_column(default=False)


class DayFigure(Base):
    """How many devices were there on a day, by what the register said of them then. It counts and names nobody."""

    __tablename__ = "day_figure"
    bookkeeping = True

    day: Mapped[date] = mapped_column(primary_key=True)
    known: Mapped[int]
    unknown: Mapped[int]
    # Of the unknown ones, those with an address made up by the device.
    random: Mapped[int]


class Source(Base):
    """Where sightings come from, and when it last worked: one that sees nothing is blind, not proof of absence."""

    __tablename__ = "source"
    bookkeeping = True

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    last_good: Mapped[datetime | None]
    # Since when it has seen without a long gap: only a source that looked all the time can say "not seen".
    good_since: Mapped[datetime | None]
    last_tried: Mapped[datetime]
    # Since when it is asked at all, and since when it sees far less than in other weeks.
    since: Mapped[datetime | None]
    dim: Mapped[datetime | None]
    # Since when nobody asks it any more; it is kept as long as what it saw, and not judged.
    ended: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


class Alert(Base):
    """Something a person should look at: one per finding, however often it is seen again."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(one_of("state", ALERT_STATES), name="state"),
        CheckConstraint(one_of("decision", DECISIONS), name="decision"),
        unique_where("uq_alert_key", "key", where="state <> 'closed'"),
    )
    unaudited = frozenset(
        {"last_seen", "count", "place", "explanation", "explanation_en", "evidence", "sources", "urgent", "told"}
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    mac: Mapped[str] = mapped_column(Text, default="")
    vendor: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    explanation: Mapped[str] = mapped_column(Text, default="")
    explanation_en: Mapped[str] = mapped_column(Text, default="")
    # What speaks for it: [[Spanish, English], ...], and which sources saw it.
    evidence: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Whether it is sure enough to be told at once; what is not waits for the daily digest.
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Text, default="open")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)
    opened: Mapped[datetime]
    snoozed_until: Mapped[datetime | None]
    handled_by: Mapped[str] = mapped_column(Text, default="")
    # Whose it is to deal with (e-mail); "" nobody's yet.
    assigned_to: Mapped[str] = mapped_column(Text, default="")
    # What became of the device, where somebody decided: for the weekly report.
    decision: Mapped[str] = mapped_column(Text, default="")
    # When it went out to people, at once or in a digest.
    told: Mapped[datetime | None]


class Verdict(Base):
    """What a person decided about an address that nobody registered: ignored until a day, or blocked until lifted."""

    __tablename__ = "verdict"
    __table_args__ = (
        CheckConstraint(one_of("kind", VERDICTS), name="kind"),
        unique_where("uq_verdict_mac", "mac", where="lifted IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    # None for a block, which ends when somebody lifts it.
    until: Mapped[datetime | None]
    decided: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Text)
    lifted: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(Text, default="")
