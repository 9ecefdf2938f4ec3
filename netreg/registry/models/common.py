"""What the tables share: the words of their columns, and conditions in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Index,
    text,
)

from netreg.policy.quota import LIVE

KINDS = ("phone", "computer", "infrastructure")


ALERT_STATES = ("open", "acknowledged", "snoozed", "closed")


# What became of the device of an alert.
DECISIONS = ("", "registered", "infrastructure", "ignored", "blocked", "harmless")


# What a person may decide about an address that nobody registered.
VERDICTS = ("ignored", "blocked")


# A hand-made entry: waits for a person; is being taken out; then how it ended.
STRAY_STATES = ("found", "removing", "removed", "registered", "vanished")
STRAY_OPEN = ("found", "removing")


CONNECTIONS = ("wifi", "wired", "both")


# What a person has to decide about a device that may stay for now.
FLAGS = ("", "reassign", "area_closed")


LIVE_SQL = "state IN (" + ", ".join(f"'{state}'" for state in LIVE) + ")"


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL condition that a column holds one of these values."""
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


def unique_where(name: str, *columns: Any, where: str) -> Index:
    """A unique index over the rows that fulfil a condition, on both databases."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))
