"""What somebody decided about addresses that nobody registered, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry.models import Device, Verdict

IGNORED, BLOCKED = "ignored", "blocked"


def standing(session: Session, at: datetime) -> Sequence[Verdict]:
    """What stands now, blocks first, the newest first."""
    query = select(Verdict).where(_stands(at))
    return session.scalars(query.order_by(Verdict.kind, Verdict.decided.desc(), Verdict.id.desc())).all()


def of_mac(session: Session, mac: str, at: datetime) -> Verdict | None:
    """What stands now about an address."""
    return session.scalar(select(Verdict).where(Verdict.mac == mac, _stands(at)))


def decided(session: Session, mac: MacAddress, at: datetime) -> Verdict:
    """What stands now about an address; raises InvalidValue where nothing does."""
    found = of_mac(session, str(mac), at)
    if found is None:
        raise InvalidValue(
            "Esa dirección no está bloqueada ni se ignora.",
            "That address is neither blocked nor ignored.",
            code="nothing_decided",
            field="mac",
        )
    return found


def every(session: Session, mac: str) -> Sequence[Verdict]:
    """All that was decided about an address, also what is lifted or has run out."""
    return session.scalars(select(Verdict).where(Verdict.mac == mac).order_by(Verdict.id)).all()


def numbered(session: Session, number: int) -> Verdict:
    """The decision with this number; raises NotFound."""
    found = session.get(Verdict, number)
    if found is None:
        raise NotFound("No existe esa decisión.", "There is no such decision.")
    return found


def blocked(session: Session) -> frozenset[MacAddress]:
    """The addresses that are let in nowhere."""
    rows = session.scalars(select(Verdict.mac).where(Verdict.kind == BLOCKED, Verdict.lifted.is_(None)))
    return frozenset(MacAddress(mac) for mac in rows)


def refuse_blocked(session: Session, mac: str) -> None:
    """Raises InvalidValue `E_BLOCKED` for an address that is blocked."""
    barred = select(Verdict.id).where(Verdict.mac == mac, Verdict.kind == BLOCKED, Verdict.lifted.is_(None))
    if session.scalar(barred) is not None:
        raise InvalidValue(
            "Esa dirección está bloqueada; no se guardó nada.",
            "That address is blocked; nothing was stored.",
            code="E_BLOCKED",
            field="mac",
            hint="El bloqueo lo levantan Informática o la Coordinación.",
            hint_en="IT or the coordinator can lift the block.",
        )


def refuse_blocked_device(session: Session, device: Device) -> None:
    """The same for every address that a device has, or is said to have."""
    for mac in (*(interface.mac for interface in device.interfaces), device.claimed_mac):
        refuse_blocked(session, mac)


def _stands(at: datetime) -> ColumnElement[bool]:
    runs = or_(Verdict.until.is_(None), Verdict.until > at)
    return and_(Verdict.lifted.is_(None), runs)
