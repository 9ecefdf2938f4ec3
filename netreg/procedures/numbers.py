"""Yearly numbers without a gap: folios, letters, and whatever a procedure counts for itself."""

from __future__ import annotations

from sqlalchemy import text

from netreg.store.transaction import Transaction


def next_folio(tx: Transaction, prefix: str) -> str:
    """The next folio of the year, such as ADJ-P03-2026-00042."""
    return f"{prefix}-{tx.year}-{next_number(tx, prefix):05d}"


def next_serial(tx: Transaction, prefix: str) -> str:
    """The next number of a form of the year, such as ST-2026-0001."""
    return f"{prefix}-{tx.year}-{next_number(tx, prefix):04d}"


def next_number(tx: Transaction, prefix: str) -> int:
    """The next number of the year. The row is locked until the end: no gap, and no number twice."""
    taken = text(
        "INSERT INTO folio_sequence (prefix, year, last) VALUES (:prefix, :year, 1) "
        "ON CONFLICT (prefix, year) DO UPDATE SET last = folio_sequence.last + 1 RETURNING last"
    )
    number: int = tx.session.execute(taken, {"prefix": prefix, "year": tx.year}).scalar_one()
    return number
