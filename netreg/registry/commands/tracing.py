"""Who read or took out whole addresses in bulk (core workflow, section 14). One address on its own page is work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.transaction import Transaction

# A list is opened many times a day: one line an hour tells who reads it, and leaves the log readable.
ONCE_IN = timedelta(hours=1)

# code -> what was read or taken out, in Spanish and in English
LISTS = {
    "devices": ("la lista de equipos", "the list of devices"),
    "requests": ("la lista de solicitudes", "the list of requests"),
    "alerts": ("la lista de alertas", "the list of alerts"),
    "verdicts": ("la lista de direcciones ignoradas y bloqueadas", "the list of ignored and blocked addresses"),
    "allowlist": ("la lista de paso", "the allowlist"),
    "points": ("la historia de los puntos", "the history of the points"),
    "sheet": ("la hoja de los puntos", "the sheet of the points"),
    "census": ("el censo", "the census"),
    "device-csv": ("los equipos en CSV", "the devices as CSV"),
    "presence": ("quién está en la red", "who is on the network"),
    "rogues": ("los equipos sin registro de una semana", "the unregistered devices of a week"),
    "rogues-csv": ("los equipos sin registro de una semana en CSV", "the unregistered devices of a week as CSV"),
    "rogues-pdf": ("los equipos sin registro de una semana en PDF", "the unregistered devices of a week as PDF"),
    "audit": ("la bitácora", "the audit log"),
    "audit-csv": ("la bitácora en CSV", "the audit log as CSV"),
    "audit-export": ("la bitácora entera, sellada", "the whole audit log, sealed"),
    "device-register": ("el registro de equipos en PDF", "the register of devices as PDF"),
}


def is_noted(session: Session, actor: str, what: str, at: datetime) -> bool:
    """Whether this actor's reading of this list is in the log already for this hour."""
    return _is_there(session, actor, f"addresses {what}", events.AddressesRead.name, at)


def is_followed(session: Session, actor: str, device: int, at: datetime) -> bool:
    """Whether it is in the log already for this hour that this actor read where a device was."""
    return _is_there(session, actor, f"device {device}", events.TrailRead.name, at)


def _is_there(session: Session, actor: str, subject: str, name: str, at: datetime) -> bool:
    since = (at - ONCE_IN).astimezone(UTC).isoformat(timespec="microseconds")
    noted = select(AuditEvent.seq).where(
        AuditEvent.subject == subject, AuditEvent.name == name, AuditEvent.actor == actor, AuditEvent.at > since
    )
    return session.scalar(noted.limit(1)) is not None


def note_reading(tx: Transaction, what: str) -> None:
    """Record that a list with whole addresses was read; at most once an hour for each actor and list."""
    if not is_noted(tx.session, tx.actor, what, now()):
        said, said_en = LISTS[what]
        tx.record(events.AddressesRead(what=what, said=said, said_en=said_en))


def note_trail(tx: Transaction, device: int) -> None:
    """Record that somebody read where a registered device was; at most once an hour for each actor and device.

    For whoever carries it that is where they were: its own story says who looked.
    """
    if not is_followed(tx.session, tx.actor, device, now()):
        tx.record(events.TrailRead(device=device))


def note_export(tx: Transaction, what: str, addresses: int) -> None:
    """Record that so many whole addresses were taken out as a file; each time."""
    said, said_en = LISTS[what]
    tx.record(events.AddressesExported(what=what, said=said, said_en=said_en, addresses=addresses))
