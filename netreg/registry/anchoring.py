"""The head of the audit log, noted each day outside of this machine.

Whoever administers the machine can drop the triggers and compute the whole chain anew, and it will be whole. It will
not have the heads that were noted elsewhere before. So these notes have to go where that person cannot change them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.config import Settings
from netreg.errors import InvalidValue
from netreg.notices import Words
from netreg.office import Office
from netreg.policy.clock import last_daily
from netreg.registry.commands.alerts import close_keyed, of_point, open_alerts
from netreg.store import outbox
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.transaction import Store

ANCHOR = "anchor"
_KEY = "anchor"
_LINE = re.compile(r"(\S{10,40}) ([1-9][0-9]{0,15}) ([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Anchor:
    """At this time row `seq` was the newest, with this hash."""

    at: str
    seq: int
    head: str

    def __str__(self) -> str:
        return f"{self.at} {self.seq} {self.head}"

    @classmethod
    def parse(cls, line: str) -> Anchor:
        """Raises ValueError for what is no such line."""
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(line[:80])
        return cls(found[1], int(found[2]), found[3])


# --- noting ---------------------------------------------------------------------------------------------------------


def drop(store: Store, settings: Settings, actor: str) -> None:
    """Note the head outside, where today's note is due: a line in the file, and the same line as mail."""
    said = settings.audit
    if not (said.anchor_file or said.anchor_mail):
        return
    with store.reading() as session:
        anchor = _head(session) if _is_due(session, settings, now()) else None
    if anchor is None:
        return
    problem = _append(Path(said.anchor_file), anchor) if said.anchor_file else ""
    with store.transaction(actor) as tx:
        if problem:
            open_alerts(tx, [of_point(_KEY, said.anchor_file, *_told(problem), now(), key=_KEY)])
            tx.record(events.AnchorFailed(problem=problem))
            return
        close_keyed(tx, _KEY, "se apuntó")
        if said.anchor_mail:
            outbox.owe(tx.session, ANCHOR, str(anchor), now())
        tx.record(events.AuditAnchored(seq=anchor.seq, head=anchor.head))


def _head(session: Session) -> Anchor | None:
    row = session.scalar(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1))
    return Anchor(now().isoformat(timespec="seconds"), row.seq, row.hash) if row else None


def _is_due(session: Session, settings: Settings, at: datetime) -> bool:
    """Whether today's is missing; after a failure, once more at the next full hour."""
    last = _last(session, events.AuditAnchored.name)
    failed = _last(session, events.AnchorFailed.name)
    if failed is not None and (at - failed.when).total_seconds() < 3600:
        return False
    return last is None or last.when < last_daily(at, settings.audit.anchor_hour, settings.zone)


def _last(session: Session, name: str) -> AuditEvent | None:
    return session.scalar(select(AuditEvent).where(AuditEvent.name == name).order_by(AuditEvent.seq.desc()).limit(1))


def _append(path: Path, anchor: Anchor) -> str:
    """Append the line; why that was not possible, or nothing."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{anchor}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _told(problem: str) -> tuple[str, str]:
    return (
        f"No se pudo apuntar fuera hasta dónde llega la bitácora: {problem}.",
        f"It could not be noted outside how far the audit log reaches: {problem}.",
    )


def compose(called: str, mailbox: str, office: Office, language: str) -> tuple[str, Words] | str:
    """To whom and what a delivery says: the line as it was when it was owed, whatever the log is by now."""
    if not mailbox:
        return "audit.anchor_mail is empty by now"
    anchor = Anchor.parse(called)
    name = " ".join(office.letterhead.municipality.split())
    if language == "en":
        return mailbox, Words(
            f"netreg: the audit log reaches row {anchor.seq}",
            f"Audit log of netreg, {name}. Keep this message: it shows later that nothing before this row was "
            f"changed.\n\n{anchor}\n\nTo compare: put these lines into a file and run "
            "“netreg audit verify --anchors FILE”.\n",
        )
    return mailbox, Words(
        f"netreg: la bitácora llega al renglón {anchor.seq}",
        f"Bitácora de netreg, {name}. Conserve este mensaje: con él se comprueba después que nada anterior a este "
        f"renglón se cambió.\n\n{anchor}\n\nPara comparar: ponga estas líneas en un archivo y ejecute "
        "«netreg audit verify --anchors ARCHIVO».\n",
    )


# --- comparing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnchorCheck:
    """How many notes were compared, and the first that the log contradicts, with how; nothing where none does."""

    compared: int
    contradicted: Anchor | None = None
    problem: str = ""


def compare(session: Session, lines: Iterable[str]) -> AnchorCheck:
    """Hold every note against the log; raises InvalidValue for a line that is none, and where there is no note."""
    compared = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        anchor = _read(text, number)
        stored = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == anchor.seq))
        compared += 1
        if stored is None:
            return AnchorCheck(compared, anchor, f"row {anchor.seq} is gone: the log was cut off")
        if stored != anchor.head:
            return AnchorCheck(compared, anchor, f"row {anchor.seq}, or one before it, is not what it was")
    if not compared:
        raise InvalidValue("El archivo no trae ningún apunte.", "The file has no note in it.", code="no_anchor")
    return AnchorCheck(compared)


def _read(line: str, number: int) -> Anchor:
    try:
        return Anchor.parse(line)
    except ValueError as error:
        raise InvalidValue(
            f"La línea {number} no es un apunte de la bitácora.", f"Line {number} is no note of the audit log.",
            code="no_anchor",
            hint="Un apunte lleva fecha, número y 64 cifras hexadecimales.",
            hint_en="A note has a date, a number and 64 hexadecimal digits.",
        ) from error  # fmt: skip
