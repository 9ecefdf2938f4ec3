"""How programs get in: tokens, and the answers that are kept so that a request sent twice is carried out once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.registry.models.people import Person
from netreg.store.base import Base


class ApiToken(Base):
    """What a program shows instead of a password. Only its hash is kept; `prefix` is what people know it by."""

    __tablename__ = "api_token"
    unaudited = frozenset({"last_used"})

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text, unique=True)
    sha256: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    made: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(Text)
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]
    # To the minute: it says whether anybody still needs the token.
    last_used: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class KeptAnswer(Base):
    """What was answered to a request that bore an Idempotency-Key, so that the same request again is not done again."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("token_id", "key", name="uq_kept_answer_key"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(Text)
    # What was asked, as a hash: another request under the same key is refused.
    asked: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int]
    location: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[bytes] = mapped_column(LargeBinary)
