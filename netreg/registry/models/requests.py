"""Requests, their devices, and the right of each device to be on the network.

The three-phones rule is structural: a phone in a live state owns slot 1, 2 or 3 of its quota unit under a unique
index, so no code path, import or raw statement can store a fourth (design, section 5).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Text,
    UniqueConstraint,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from netreg.policy.quota import STATES
from netreg.registry.models.areas import Area
from netreg.registry.models.common import CONNECTIONS, FLAGS, KINDS, LIVE_SQL, one_of, unique_where
from netreg.registry.models.people import Person
from netreg.store.base import Base, now
from netreg.store.folding import Searched

# What a move keeps of the reason that was chosen from the catalogue.
REASON = "reason_code"


class FolioSequence(Base):
    """The last folio given in a year: taken inside the transaction, so that there is never a gap."""

    __tablename__ = "folio_sequence"
    bookkeeping = True

    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Definition(Base):
    """The text of a procedure's definition as it was when a ticket was opened with it."""

    __tablename__ = "definition"
    bookkeeping = True

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class Ticket(Searched, Base):
    """One request under way: at exactly one step of the definition it was opened with.

    It has a folio once it was received. `form` holds what the area filled in, apart from the devices.
    """

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("area_id", "once", name="uq_ticket_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(ForeignKey("definition.sha256"))
    folio: Mapped[str | None] = mapped_column(Text, unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    # The area that was asked for what it has, where a procedure refers a request to one.
    referred_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    # The request that this one came out of.
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # Who entered what came on paper or by mail; nobody of the area did, so that it has no applicant. Their e-mail.
    entered_by: Mapped[str] = mapped_column(Text, default="")
    form: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    step: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(Text, default="en_captura")
    revision: Mapped[int] = mapped_column(default=1)
    opened: Mapped[datetime]
    sent: Mapped[datetime | None]
    received: Mapped[datetime | None]
    received_by: Mapped[str] = mapped_column(Text, default="")
    annexes: Mapped[int] = mapped_column(default=0)
    # Only to sort and to remind by: what counts is computed from the moves and the calendar.
    due: Mapped[datetime | None]
    closed: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(Text, default="")
    # Of one that asks for what another request of the area asks for already.
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    # Why its devices were settled after the term: a code of netreg.procedures.delays, and words where it wants them.
    late_reason: Mapped[str] = mapped_column(Text, default="")
    late_words: Mapped[str] = mapped_column(Text, default="")
    # When the term ran out of what it held on people (netreg.procedures.forgetting).
    emptied: Mapped[datetime | None]
    # The form's own mark: a form that is sent twice is one request.
    once: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    area: Mapped[Area] = relationship(foreign_keys=[area_id])
    referred: Mapped[Area | None] = relationship(foreign_keys=[referred_id])
    origin: Mapped[Ticket | None] = relationship(remote_side=[id], foreign_keys=[origin_id])
    applicant: Mapped[Person | None] = relationship()
    duplicate_of: Mapped[Ticket | None] = relationship(remote_side=[id], foreign_keys=[duplicate_of_id])
    devices: Mapped[list[Device]] = relationship(back_populates="ticket", order_by="Device.id")
    operations: Mapped[list[Operation]] = relationship(back_populates="ticket", order_by="Operation.id")
    moves: Mapped[list[Move]] = relationship(back_populates="ticket", order_by="Move.id")

    __mapper_args__ = {  # noqa: RUF012  (SQLAlchemy's own name)
        "version_id_col": version
    }

    def says(self) -> tuple[str | None, ...]:
        return self.folio, str(self.form.get("letter_number") or ""), self.purpose

    @property
    def reference(self) -> str:
        """What people call it: the folio, or before the receipt the number of the sending, such as E12."""
        return self.folio or f"E{self.id}"

    @property
    def purpose(self) -> str:
        """What the devices are for, as the area wrote it."""
        return str(self.form.get("purpose", ""))


class Move(Base):
    """One step left behind: who, when, from where to where, on which answer. The clocks are computed from these."""

    __tablename__ = "move"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    # Whose absence the actor stands in for, or empty.
    absent: Mapped[str] = mapped_column(Text, default="")
    left: Mapped[int]
    # 0 when the ticket ended here.
    to: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ticket: Mapped[Ticket] = relationship(back_populates="moves")

    @hybrid_property
    def reason_code(self) -> str | None:
        """The reason of the catalogue that was given with it, where one was."""
        return self.facts.get(REASON)

    @reason_code.inplace.expression
    @classmethod
    def _reason_code(cls) -> ColumnElement[str]:
        code: ColumnElement[str] = cls.facts[REASON].as_string()
        return code


class Operation(Base):
    """What a request asks for a device that is in already: its removal, or a change of its data."""

    __tablename__ = "operation"
    __table_args__ = (CheckConstraint("kind IN ('remove', 'update')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    # The columns to change, with what they become.
    changes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    ticket: Mapped[Ticket] = relationship(back_populates="operations")
    device: Mapped[Device] = relationship()


class Device(Searched, Base):
    """A phone, a computer or infrastructure (printer, camera, access point)."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("ownership IN ('municipal', 'personal')", name="ownership"),
        CheckConstraint(one_of("connection", CONNECTIONS), name="connection"),
        CheckConstraint(one_of("flag", FLAGS), name="flag"),
        UniqueConstraint("id", "kind", name="uq_device_id_kind"),
        UniqueConstraint("id", "area_id", name="uq_device_id_area"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    ownership: Mapped[str] = mapped_column(Text, default="municipal")
    holder: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text, default="")
    computer_name: Mapped[str | None] = mapped_column(Text)
    inventory_no: Mapped[str] = mapped_column(Text, default="")
    connection: Mapped[str] = mapped_column(Text, default="wifi")
    # A computer's address as the applicant typed it: a claim, for IT to check.
    claimed_mac: Mapped[str] = mapped_column(Text, default="")
    # What a person has to decide: a new holder, or what becomes of it now that its area is gone.
    flag: Mapped[str] = mapped_column(Text, default="")
    # Its area is asked whether it still needs it; it goes on working meanwhile.
    under_revalidation: Mapped[bool] = mapped_column(default=False)
    # Of infrastructure: where it stands, and whether it is a dock or adapter that several computers use.
    location: Mapped[str] = mapped_column(Text, default="")
    shared_adapter: Mapped[bool] = mapped_column(default=False)
    area: Mapped[Area] = relationship()
    ticket: Mapped[Ticket | None] = relationship(back_populates="devices")
    interfaces: Mapped[list[Interface]] = relationship(back_populates="device", order_by="Interface.id")
    former: Mapped[list[FormerAddress]] = relationship(back_populates="device", order_by="FormerAddress.id")
    # Three foreign keys lead there, so that kind, area and quota unit cannot lie; the device's number is the join.
    authorisation: Mapped[Authorisation] = relationship(
        back_populates="device",
        primaryjoin="Authorisation.device_id == Device.id",
        foreign_keys="Authorisation.device_id",
    )

    def says(self) -> tuple[str | None, ...]:
        return self.holder, self.computer_name, self.model

    @property
    def label(self) -> str:
        """What people call it: the computer's name, or the model and its holder."""
        return self.computer_name or self.model or self.holder

    @property
    def is_forgotten(self) -> bool:
        """Whether its term is over: lists then name neither its holder nor the computer; its request still does."""
        return self.authorisation.forgotten is not None

    @property
    def shown(self) -> str:
        """What lists call it: its label, and once it is forgotten its number alone."""
        return f"#{self.id}" if self.is_forgotten else self.label


class Interface(Base):
    """One MAC of a device. A phone has one; only live rows can reach an allowlist."""

    __tablename__ = "interface"
    unaudited = frozenset({"private_checked"})
    __table_args__ = (
        ForeignKeyConstraint(["device_id", "device_kind"], ["device.id", "device.kind"], name="fk_interface_device"),
        CheckConstraint("medium IN ('wifi', 'ethernet')", name="medium"),
        CheckConstraint("length(mac) = 17 AND mac = lower(mac)", name="mac"),
        unique_where("uq_interface_live_mac", "mac", where="live"),
        # Without this a second address on an approved phone would be a fourth phone by another name.
        unique_where("uq_interface_one_per_phone", "device_id", where="device_kind = 'phone'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(index=True)
    device_kind: Mapped[str] = mapped_column(Text)
    mac: Mapped[str] = mapped_column(Text, index=True)
    medium: Mapped[str] = mapped_column(Text, default="wifi")
    live: Mapped[bool] = mapped_column(default=False)
    # How it was found out whose address this is: inspection, lease, lookup, inventory; and the words of the officer.
    evidence_kind: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    # Why a private but fixed address was accepted, and when it was last looked at: a reminder follows.
    private_reason: Mapped[str] = mapped_column(Text, default="")
    private_checked: Mapped[datetime | None]
    device: Mapped[Device] = relationship(back_populates="interfaces")


class FormerAddress(Base):
    """An address that a device had: a keyed hash, once the term after its removal or refusal is over.

    A row of its own and not a column of `Interface`, so that an interface always has an address, and everything that
    reads addresses finds none here. `hash` is `<name of the key>:<HMAC-SHA-256>` (netreg.registry.hashing).
    """

    __tablename__ = "former_address"
    __table_args__ = (CheckConstraint("length(hash) = 73", name="hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    hash: Mapped[str] = mapped_column(Text, index=True)
    medium: Mapped[str] = mapped_column(Text)
    hashed: Mapped[datetime]
    device: Mapped[Device] = relationship(back_populates="former")


class Authorisation(Base):
    """A device's right to be on the network. `slot` is owned exactly while a phone is in a live state."""

    __tablename__ = "authorisation"
    __table_args__ = (
        ForeignKeyConstraint(["device_id", "kind"], ["device.id", "device.kind"], name="fk_authorisation_device"),
        # Deferred: areas that merge take their devices along, and all of it must fit once it is stored.
        ForeignKeyConstraint(
            ["device_id", "area_id"],
            ["device.id", "device.area_id"],
            name="fk_authorisation_area",
            deferrable=True,
            initially="DEFERRED",
        ),
        ForeignKeyConstraint(
            ["area_id", "quota_unit_id"],
            ["area.id", "area.quota_unit_id"],
            name="fk_authorisation_quota_unit",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        # A phone too many after a merger has no slot, but the day until which it may stay.
        CheckConstraint(
            f"(kind = 'phone' AND {LIVE_SQL}) = (slot IS NOT NULL OR grandfathered_until IS NOT NULL)",
            name="slot_iff_live_phone",
        ),
        CheckConstraint("slot IS NULL OR grandfathered_until IS NULL", name="slot_or_grandfathered"),
        # IN, not BETWEEN: SQLite keeps 1.5 in an integer column, and 1.5 lies between 1 and 3.
        CheckConstraint("slot IS NULL OR slot IN (1, 2, 3)", name="slot_range"),
        # A removal without its instant would never come to the end of its term.
        CheckConstraint("(state = 'removed') = (removed IS NOT NULL)", name="removed_when"),
        CheckConstraint("forgotten IS NULL OR state IN ('removed', 'rejected')", name="forgotten_when_over"),
        unique_where("uq_authorisation_slot", "quota_unit_id", "slot", where="slot IS NOT NULL"),
        # Belt and braces: holds even where CHECK constraints are switched off, whatever the slot says.
        unique_where(
            "uq_authorisation_three_phones",
            "quota_unit_id",
            text("(abs(coalesce(slot, 0)) % 3)"),
            where=f"kind = 'phone' AND {LIVE_SQL} AND grandfathered_until IS NULL",
        ),
        unique_where("uq_authorisation_one_swap", "replaces_id", where="state = 'waiting_swap'"),
        UniqueConstraint("device_id", name="uq_authorisation_device"),
        UniqueConstraint("live_name", name="uq_authorisation_live_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int]
    quota_unit_id: Mapped[int]
    state: Mapped[str] = mapped_column(Text, index=True, default="requested")
    slot: Mapped[int | None]
    grandfathered_until: Mapped[date | None]
    # A computer's name while it may connect: no two live ones share it (core workflow, section 9).
    live_name: Mapped[str | None] = mapped_column(Text)
    # The last day it may connect, and why: temporary, or its holder leaves.
    ends_on: Mapped[date | None]
    ends_because: Mapped[str] = mapped_column(Text, default="")
    reason_code: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided: Mapped[datetime | None]
    # The last suspension: since when, what for (a code of SUSPENSIONS), and when the coordinator reviewed it.
    suspended: Mapped[datetime | None]
    suspended_for: Mapped[str] = mapped_column(Text, default="")
    suspension_reviewed: Mapped[datetime | None]
    # The phone whose slot this one inherits, once that phone was read back as gone from every point.
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    # Only a list read back after this instant proves that the address is gone.
    removal_ordered: Mapped[datetime | None]
    removed: Mapped[datetime | None]
    # When the term ran out: its addresses are hashes now, and lists do not name its holder any more.
    forgotten: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    device: Mapped[Device] = relationship(
        back_populates="authorisation",
        primaryjoin="Authorisation.device_id == Device.id",
        foreign_keys="Authorisation.device_id",
    )

    __mapper_args__ = {  # noqa: RUF012  (SQLAlchemy's own name)
        "version_id_col": version
    }


class StateChange(Base):
    """An authorisation came into a state at this instant. The clocks are computed from these; no row ever changes."""

    __tablename__ = "state_change"
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    authorisation_id: Mapped[int] = mapped_column(ForeignKey("authorisation.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)


@event.listens_for(Authorisation, "after_insert")
@event.listens_for(Authorisation, "after_update")
def _keep_state(_mapper: Mapper[Authorisation], connection: Connection, row: Authorisation) -> None:
    """Written with the row itself, so that no command can forget it."""
    if inspect(row).attrs.state.history.has_changes():
        connection.execute(insert(StateChange).values(authorisation_id=row.id, at=now(), state=row.state))
