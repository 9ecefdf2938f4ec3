"""Rows of the letters (an answer, its versions, its files), of the office's calendar and of revalidations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Text, UniqueConstraint, case
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.registry.models import Area, Device, Ticket, one_of, unique_where
from netreg.store.base import Base
from netreg.store.folding import Searched

DRAFT, IN_REVIEW, RETURNED, SIGNED, DELIVERED = "draft", "in_review", "returned", "signed", "delivered"
NOT_DELIVERED, ACKNOWLEDGED, VOID = "not_delivered", "acknowledged", "void"
# Numbered and fixed, while the paper waits for the signature by hand.
TO_SIGN = "to_sign"
LETTER_STATES = (DRAFT, IN_REVIEW, RETURNED, TO_SIGN, SIGNED, DELIVERED, NOT_DELIVERED, ACKNOWLEDGED, VOID)
# Nobody outside the house sees a letter before it is signed.
UNSIGNED = (DRAFT, IN_REVIEW, RETURNED, TO_SIGN)

# A list of revalidation: asked of its area, answered, in force by the head's signed letter, or decided without one.
ASKED, ANSWERED, APPLIED, DECIDED = "asked", "answered", "applied", "decided"
LIST_STATES = (ASKED, ANSWERED, APPLIED, DECIDED)
OPEN_LISTS = (ASKED, ANSWERED)
KEEP, REMOVE, CHANGE = "keep", "remove", "change"


class Letter(Searched, Base):
    """A letter of the office: the answer to a request, or, with `produced_id`, one that a step issued.

    Its number is taken when it is signed; from then on its file never changes. A wrong one is void for ever, with its
    number and its reason, and another one is issued.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(one_of("state", LETTER_STATES), name="state"),
        CheckConstraint("(number IS NULL) = (signed IS NULL)", name="numbered_when_signed"),
        unique_where("uq_letter_of_ticket", "ticket_id", where="state <> 'void' AND produced_id IS NULL"),
        unique_where("uq_letter_of_produced", "produced_id", where="state <> 'void' AND produced_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    # The document that a step made and whose letter this is; None for the answer.
    produced_id: Mapped[int | None] = mapped_column(ForeignKey("produced.id"), index=True)
    state: Mapped[str] = mapped_column(Text, default=DRAFT)
    # In which sense an answer answers; what a step issues says so in its own words.
    sense: Mapped[str] = mapped_column(Text, default="")
    number: Mapped[str | None] = mapped_column(Text, unique=True)
    # What the letter says besides its paragraphs, as it was when it was signed.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    signed: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(Text, default="")
    pdf: Mapped[str | None] = mapped_column(Text)
    # The scan of the paper that was signed by hand, where that is how letters are signed.
    scan: Mapped[str | None] = mapped_column(Text)
    delivered: Mapped[datetime | None]
    receiver: Mapped[str] = mapped_column(Text, default="")
    receiver_post: Mapped[str] = mapped_column(Text, default="")
    acknowledged: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    ticket: Mapped[Ticket] = relationship()
    produced: Mapped[Produced | None] = relationship(back_populates="letters")
    versions: Mapped[list[LetterVersion]] = relationship(back_populates="letter", order_by="LetterVersion.number")

    def says(self) -> tuple[str | None, ...]:
        return (self.number,)

    @hybrid_property
    def is_for_all(self) -> bool:
        """Whether all who see the request may read it; what is not signed, or was void at once, stays in the house."""
        return self.delivered is not None if self.state == VOID else self.state not in UNSIGNED

    @is_for_all.inplace.expression
    @classmethod
    def _is_for_all(cls) -> ColumnElement[bool]:
        return case((cls.state == VOID, cls.delivered.is_not(None)), else_=cls.state.not_in(UNSIGNED))


class LetterVersion(Base):
    """One version of a letter's paragraphs; `comment` is why it came back."""

    __tablename__ = "letter_version"
    __table_args__ = (UniqueConstraint("letter_id", "number", name="uq_letter_version_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    number: Mapped[int]
    paragraphs: Mapped[list[str]] = mapped_column(JSON)
    written: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text, default="")
    commented_by: Mapped[str] = mapped_column(Text, default="")
    letter: Mapped[Letter] = relationship(back_populates="versions")


class Produced(Base):
    """One version of a document that a step made or took in: a proposal, its approval, a service form, a letter.

    `said` is what was filled in with it, `of_version` the version of the document that it speaks of. Whatever is
    counted has a `number`; one that is a letter has `letters`: the one that counts, and void ones before it.
    """

    __tablename__ = "produced"
    __table_args__ = (UniqueConstraint("ticket_id", "document", "version", name="uq_produced_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    document: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    step: Mapped[int]
    made: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(Text)
    of_version: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(Text, unique=True)
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    letters: Mapped[list[Letter]] = relationship(back_populates="produced", order_by="Letter.id")

    @property
    def letter(self) -> Letter | None:
        """The letter of it that counts, or the last one that did."""
        return self.letters[-1] if self.letters else None


class OfficeCalendar(Base):
    """One version of the office's calendar; the newest counts."""

    __tablename__ = "office_calendar"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    loaded: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(Text)


class FrozenMonth(Base):
    """The official figure of a month as it was at its cut: the folios behind each of its numbers."""

    __tablename__ = "frozen_month"

    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    frozen: Mapped[datetime]
    folios: Mapped[dict[str, list[str]]] = mapped_column(JSON)


class StoredFile(Base):
    """A file that belongs to a request, kept outside the database by the hash of its content."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    pages: Mapped[int]
    revision: Mapped[int]
    stored: Mapped[datetime]
    stored_by: Mapped[str] = mapped_column(Text)


class Campaign(Base):
    """Areas are asked which of their devices they still need. `year` is that of a yearly one, which comes once."""

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("year", name="uq_campaign_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None]
    started: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(Text)


class Revalidation(Base):
    """The list of one area in a campaign. Nothing of it is in force before its head's signed letter is there."""

    __tablename__ = "revalidation"
    __table_args__ = (
        CheckConstraint(one_of("state", LIST_STATES), name="state"),
        unique_where("uq_revalidation_open", "area_id", where=one_of("state", OPEN_LISTS)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    # The last day on which the area may answer.
    due: Mapped[date]
    state: Mapped[str] = mapped_column(Text, default=ASKED)
    answered: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(Text, default="")
    # The head's letter as it was handed in: the hash of the file, and what it was called.
    letter: Mapped[str] = mapped_column(Text, default="")
    letter_name: Mapped[str] = mapped_column(Text, default="")
    ended: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    campaign: Mapped[Campaign] = relationship()
    area: Mapped[Area] = relationship()
    marks: Mapped[list[RevalidationMark]] = relationship(back_populates="asked", order_by="RevalidationMark.device_id")

    __mapper_args__ = {  # noqa: RUF012  (SQLAlchemy's own name)
        "version_id_col": version
    }


class RevalidationMark(Base):
    """What an area says of one of its devices; "" as long as it says nothing. `holder` is the new one."""

    __tablename__ = "revalidation_mark"
    __table_args__ = (CheckConstraint(one_of("choice", ("", KEEP, REMOVE, CHANGE)), name="choice"),)

    revalidation_id: Mapped[int] = mapped_column(ForeignKey("revalidation.id"), primary_key=True, autoincrement=False)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True, autoincrement=False)
    choice: Mapped[str] = mapped_column(Text, default="")
    holder: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[Revalidation] = relationship(back_populates="marks")
    device: Mapped[Device] = relationship()
