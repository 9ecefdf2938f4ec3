"""Areas, what they count on, and who signs for them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.store.base import Base
from netreg.store.folding import APART, Searched, fold


class Area(Searched, Base):
    """An organisational unit. A sub-area counts its phones on its quota unit; most areas are their own."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("id", "quota_unit_id", name="uq_area_id_quota_unit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    quota_unit_id: Mapped[int] = mapped_column(ForeignKey("quota_unit.id"))
    created: Mapped[datetime]
    # Where its people work; points of other sites need not know its devices. Empty: everywhere.
    site: Mapped[str] = mapped_column(Text, default="")
    # From this day it asks for nothing; its devices went to the successor, or wait for a decision.
    closed: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    heads: Mapped[list[Headship]] = relationship(back_populates="area", order_by="Headship.first")

    @classmethod
    def called(cls, name: str) -> ColumnElement[bool]:
        """Whether an area has this name, however it is written."""
        return cls.words == func.lower(cls.code) + APART + fold(name)

    def says(self) -> tuple[str | None, ...]:
        return self.code, self.name


class QuotaUnit(Base):
    """What may have three phones."""

    __tablename__ = "quota_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)


class Headship(Base):
    """Who signs for an area between two days, both included: its head, or whoever acts as one."""

    __tablename__ = "headship"
    __table_args__ = (CheckConstraint("last IS NULL OR first <= last", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(Text)
    acting: Mapped[bool] = mapped_column(default=False)
    first: Mapped[date]
    last: Mapped[date | None]
    area: Mapped[Area] = relationship(back_populates="heads")
