"""The figures of past days, kept for longer than the stays they were counted from: they name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from netreg.registry.days import Figure
from netreg.registry.models import DayFigure
from netreg.store.transaction import Transaction


def note(tx: Transaction, counted: Mapping[date, Figure]) -> int:
    """Keep the figures of these days; how many are new. A day that has one keeps it."""
    new = {day: figure for day, figure in counted.items() if tx.session.get(DayFigure, day) is None}
    tx.session.add_all(DayFigure(day=day, **figure._asdict()) for day, figure in new.items())
    tx.session.flush()
    return len(new)
