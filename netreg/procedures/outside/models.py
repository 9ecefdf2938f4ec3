"""Rows of the public forms: what waits for its confirmation, and whom a request of somebody outside is answered to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.notices import LANGUAGES
from netreg.registry.models import Ticket, one_of
from netreg.store.base import Base


class Pending(Base):
    """A form as somebody outside sent it, until its mail address is confirmed: no request yet, and nobody's work.

    `mark` is what its link is signed over, and the folder of its files; no link can be made of it without the key.
    """

    __tablename__ = "outside_pending"
    # A number is never given twice, as SQLite would: the log tells of each form under its own.
    __table_args__ = (
        CheckConstraint(one_of("language", LANGUAGES), name="language"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text, index=True)
    language: Mapped[str] = mapped_column(Text)
    # The form as it was typed, all of it readable, and each file: kind, name, SHA-256, and the row it belongs to.
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # The form's own mark: a form that is sent twice waits once.
    once: Mapped[str] = mapped_column(Text, unique=True)
    mark: Mapped[str] = mapped_column(Text, unique=True)
    asked: Mapped[datetime]
    expires: Mapped[datetime]


class Contact(Base):
    """Whom a request of somebody outside is answered to: a confirmed address, and what its links are signed over.

    It goes when the term of retention ends; the links are dead then.
    """

    __tablename__ = "outside_contact"
    __table_args__ = (CheckConstraint(one_of("language", LANGUAGES), name="language"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(Text, index=True)
    language: Mapped[str] = mapped_column(Text)
    mark: Mapped[str] = mapped_column(Text, unique=True)
    confirmed: Mapped[datetime]
    ticket: Mapped[Ticket] = relationship()
