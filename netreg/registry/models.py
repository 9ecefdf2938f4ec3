"""Rows of the registry. Each table is declared once; the rules that must never break are constraints here.

The three-phones rule is structural: a phone in a live state owns slot 1, 2 or 3 of its quota unit under a unique
index, so no code path, import or raw statement can store a fourth (design, section 5).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from netreg.policy.quota import LIVE, STATES
from netreg.store.base import Base, now

KINDS = ("phone", "computer", "infrastructure")
ALERT_STATES = ("open", "acknowledged", "snoozed", "closed")

CONNECTIONS = ("wifi", "wired", "both")
# What a person has to decide about a device that may stay for now.
FLAGS = ("", "reassign", "area_closed")

_LIVE_SQL = "state IN (" + ", ".join(f"'{state}'" for state in LIVE) + ")"


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL condition that a column holds one of these values."""
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


def unique_where(name: str, *columns: Any, where: str) -> Index:
    """A unique index over the rows that fulfil a condition, on both databases."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class Area(Base):
    """An organisational unit. A sub-area counts its phones on its quota unit; most areas are their own."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("id", "quota_unit_id", name="uq_area_id_quota_unit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    quota_unit_id: Mapped[int] = mapped_column(ForeignKey("quota_unit.id"))
    created: Mapped[datetime]
    # From this day it asks for nothing; its devices went to the successor, or wait for a decision.
    closed: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    heads: Mapped[list[Headship]] = relationship(back_populates="area", order_by="Headship.first")


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


person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base):
    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Person(Base):
    """Somebody with an account. The columns after `active` are kept by the sign-in machinery."""

    __tablename__ = "person"
    unaudited = frozenset({"last_login_at", "current_login_at", "last_login_ip", "current_login_ip", "login_count"})

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    last_login_at: Mapped[datetime | None]
    current_login_at: Mapped[datetime | None]
    last_login_ip: Mapped[str | None] = mapped_column(Text)
    current_login_ip: Mapped[str | None] = mapped_column(Text)
    login_count: Mapped[int | None]
    roles: Mapped[list[Role]] = relationship(secondary=person_role, order_by=Role.id)
    area: Mapped[Area | None] = relationship()


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


class Ticket(Base):
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
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
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
    closed: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text, default="")
    # Why its devices were settled after the term: a code of netreg.procedures.delays, and words where it wants them.
    late_reason: Mapped[str] = mapped_column(Text, default="")
    late_words: Mapped[str] = mapped_column(Text, default="")
    # The form's own mark: a form that is sent twice is one request.
    once: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    area: Mapped[Area] = relationship()
    applicant: Mapped[Person | None] = relationship()
    devices: Mapped[list[Device]] = relationship(back_populates="ticket", order_by="Device.id")
    operations: Mapped[list[Operation]] = relationship(back_populates="ticket", order_by="Operation.id")
    moves: Mapped[list[Move]] = relationship(back_populates="ticket", order_by="Move.id")

    __mapper_args__ = {  # noqa: RUF012  (SQLAlchemy's own name)
        "version_id_col": version
    }

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


class Operation(Base):
    """What a request asks for a device that is in already: its removal, or a change of its data."""

    __tablename__ = "operation"
    __table_args__ = (CheckConstraint("kind IN ('remove', 'update')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    kind: Mapped[str] = mapped_column(Text)
    # The columns to change, with what they become.
    changes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    ticket: Mapped[Ticket] = relationship(back_populates="operations")
    device: Mapped[Device] = relationship()


class Substitution(Base):
    """Somebody stands in for a role between two days, both included, because its holder is absent."""

    __tablename__ = "substitution"
    __table_args__ = (CheckConstraint("first <= last", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(Text)
    absent_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    first: Mapped[date]
    last: Mapped[date]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    absent: Mapped[Person] = relationship(foreign_keys=[absent_id])


class SecondFactor(Base):
    """What proves at sign-in that a person holds their authenticator. `secret` is encrypted.

    `last_counter` is the time step of the last code taken: no code of that step or an earlier one is taken again.
    """

    __tablename__ = "second_factor"
    unaudited = frozenset({"last_counter"})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    last_counter: Mapped[int]


class RecoveryCode(Base):
    """One of a person's ways in without the authenticator: its hash, and when it was used, which is once."""

    __tablename__ = "recovery_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("second_factor.person_id"), primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    used: Mapped[datetime | None]


class Device(Base):
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
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
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
    device_id: Mapped[int]
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
            f"(kind = 'phone' AND {_LIVE_SQL}) = (slot IS NOT NULL OR grandfathered_until IS NOT NULL)",
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
            where=f"kind = 'phone' AND {_LIVE_SQL} AND grandfathered_until IS NULL",
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
    state: Mapped[str] = mapped_column(Text, default="requested")
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


class Point(Base):
    """A firewall or access point, how to reach it, and what was last verified there."""

    __tablename__ = "point"
    unaudited = frozenset({"tried_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    profile: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    port: Mapped[int] = mapped_column(default=22)
    user: Mapped[str] = mapped_column("login", Text)
    key_file: Mapped[str] = mapped_column(Text)
    host_key: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # Checksums of the plan the guard refused last, and of the one a person confirmed.
    refused_plan: Mapped[str | None] = mapped_column(Text)
    confirmed_plan: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="never")
    # [[mac, label], ...] of the last read-back that was equal to the desired list: the baseline for drift.
    verified: Mapped[list[list[str]] | None] = mapped_column(JSON)
    verified_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    problem_code: Mapped[str] = mapped_column(Text, default="")


class Sighting(Base):
    """A MAC was seen by a source at a place: one row for each, with first and last time and a count."""

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("mac", "source", "place", name="uq_sighting_where"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    # What the device says it is called: a claim, easily made.
    name: Mapped[str | None] = mapped_column(Text)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(default=1)


class Source(Base):
    """Where sightings come from, and when it last worked: one that sees nothing is blind, not proof of absence."""

    __tablename__ = "source"
    bookkeeping = True

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    last_good: Mapped[datetime | None]
    # Since when it has seen without a long gap: only a source that looked all the time can say "not seen".
    good_since: Mapped[datetime | None]
    last_tried: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text, default="")


class Alert(Base):
    """Something a person should look at: one per finding, however often it is seen again."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(one_of("state", ALERT_STATES), name="state"),
        unique_where("uq_alert_key", "key", where="state <> 'closed'"),
    )
    unaudited = frozenset({"last_seen", "count", "place"})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    mac: Mapped[str] = mapped_column(Text, default="")
    vendor: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    explanation: Mapped[str] = mapped_column(Text, default="")
    explanation_en: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="open")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)
    snoozed_until: Mapped[datetime | None]
    handled_by: Mapped[str] = mapped_column(Text, default="")
