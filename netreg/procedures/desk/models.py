"""Rows of the desk: who has a request in hand, what is noted of it, who follows it, and how the area found it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.registry.models import Person, Ticket, one_of, unique_where
from netreg.store.base import Base

# How a taking ended: given back to the unit, handed to a colleague, taken over by one, or the step went to others.
GIVEN_BACK, HANDED_OVER, TAKEN_OVER, PASSED = "given_back", "handed_over", "taken_over", "passed"
ENDINGS = (GIVEN_BACK, HANDED_OVER, TAKEN_OVER, PASSED)
# Who reads a note: those who work on the request, or its area too.
INTERNAL, PUBLIC = "internal", "public"


class Taking(Base):
    """Somebody has a request in hand, for the step's role. No lock: it tells colleagues whom to ask first.

    Rows are never deleted: they are who had it, from when to when.
    """

    __tablename__ = "taking"
    __table_args__ = (
        CheckConstraint(one_of("ended_by", ("", *ENDINGS)), name="ended_by"),
        CheckConstraint("(ended IS NULL) = (ended_by = '')", name="ended_somehow"),
        unique_where("uq_taking_open", "ticket_id", where="ended IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # The role of the procedure, which is the unit whose queue it came from.
    role: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    # Who handed it over, with what to do; both empty where the person took it.
    handed_by: Mapped[str] = mapped_column(Text, default="")
    instruction: Mapped[str] = mapped_column(Text, default="")
    ended: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(Text, default="")
    ticket: Mapped[Ticket] = relationship()
    person: Mapped[Person] = relationship()


class Note(Base):
    """Words on a request: internal, or a message to its area. No row ever changes."""

    __tablename__ = "note"
    __table_args__ = (CheckConstraint(one_of("audience", (INTERNAL, PUBLIC)), name="audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    audience: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    # The e-mail of who wrote it, or the operator.
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    ticket: Mapped[Ticket] = relationship()


class Follower(Base):
    """Somebody who gets the mails of a request that they did not ask for."""

    __tablename__ = "follower"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    person: Mapped[Person] = relationship()


class Satisfaction(Base):
    """How the area found the service: one answer for a request, from 1 (bad) to 5 (good), with a comment."""

    __tablename__ = "satisfaction"
    __table_args__ = (CheckConstraint("score IN (1, 2, 3, 4, 5)", name="score"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    score: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    given: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(Text)
    ticket: Mapped[Ticket] = relationship()
