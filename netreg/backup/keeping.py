"""Backups by the clock: when one is due, how many are kept, and who is told when there is no good one."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.backup.verified import Made, make
from netreg.config import Settings
from netreg.config_backup import Backup
from netreg.errors import NetregError
from netreg.policy.clock import last_daily, last_hourly
from netreg.registry.commands.alerts import News, close_keyed, open_alerts
from netreg.registry.models import Alert
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction

log = logging.getLogger("netreg.backup")

_NAME = re.compile(r"netreg-[0-9]{8}T[0-9]{6}Z\.age", re.ASCII)
_PART = re.compile(r"\.netreg-[0-9]{8}T[0-9]{6}Z\.age\.part", re.ASCII)
# A try that failed is not repeated at every tick.
_AGAIN = timedelta(hours=1)
_KEY = "backup"
_LOOKED_AT = 100


def keep(store: Store, settings: Settings, actor: str) -> None:
    """Make the backup that is due, if one is; then tell, or tell no more, that there is no good one."""
    if not settings.backup.folder:
        return
    with store.reading() as session:
        is_due = due(session, settings, now())
    if is_due:
        _try(store, settings, actor)
    watch(store, settings, actor)


def due(session: Session, settings: Settings, at: datetime) -> bool:
    """Whether the backup of this day or hour is missing, and its last failure an hour ago."""
    good = newest_good(session, Path(settings.backup.folder))
    failed = _last(session, events.BackupFailed.name)
    if failed is not None and at - failed.when < _AGAIN:
        return False
    return good is None or good < scheduled(settings.backup, at, settings.zone)


def scheduled(said: Backup, at: datetime, zone: ZoneInfo) -> datetime:
    """When the newest backup that has to exist by `at` was due."""
    return last_hourly(at, zone) if said.every == "hourly" else last_daily(at, said.hour, zone)


def newest_good(session: Session, folder: Path) -> datetime | None:
    """When the newest verified backup was made that still lies in the folder, whole."""
    query = select(AuditEvent).where(AuditEvent.name == events.BackupMade.name).order_by(AuditEvent.seq.desc())
    for row in session.scalars(query.limit(_LOOKED_AT)):
        facts = row.facts["facts"]
        path = folder / Path(facts["file"]).name
        if path.is_file() and path.stat().st_size == facts["size"]:
            return row.when
    return None


def _last(session: Session, name: str) -> AuditEvent | None:
    return session.scalar(select(AuditEvent).where(AuditEvent.name == name).order_by(AuditEvent.seq.desc()).limit(1))


def _try(store: Store, settings: Settings, actor: str) -> None:
    folder = Path(settings.backup.folder)
    name = f"netreg-{now():%Y%m%dT%H%M%SZ}.age"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make(folder / name, store.engine, settings, settings.backup.recipients)
    except (NetregError, OSError) as error:
        log.warning("no backup: %s", error)
        with store.transaction(actor) as tx:
            tx.record(events.BackupFailed(problem=str(error)[:300]))
        return
    with store.transaction(actor) as tx:
        note(tx, name, made)
    prune(folder, settings.backup.keep)
    log.info("backup %s: %d bytes", name, made.size)


def note(tx: Transaction, name: str, made: Made) -> None:
    """Record a backup that was made and verified."""
    tx.record(
        events.BackupMade(
            file=name,
            rows=made.rows,
            files=made.manifest.files,
            size=made.size,
            sha256=made.sha256,
            after={"chain": made.manifest.chain.head},
        )
    )


def prune(folder: Path, most: int) -> list[str]:
    """Take away what is older than the newest `most`, and what a run that died left; the names of the former.

    Only files that this timetable named: whatever else lies there is somebody's own.
    """
    named = sorted((one for one in folder.iterdir() if _NAME.fullmatch(one.name)), reverse=True)
    for path in (*named[most:], *(one for one in folder.iterdir() if _PART.fullmatch(one.name))):
        path.unlink()
    return [one.name for one in named[most:]]


def watch(store: Store, settings: Settings, actor: str) -> None:
    """Open the alert while the newest good backup is too old, and close it when there is one again."""
    at = now()
    with store.reading() as session:
        good = newest_good(session, Path(settings.backup.folder))
        since = good or _beginning(session)
        is_late = since is not None and at - since > settings.backup.alarm_after
        is_open = session.scalar(select(Alert.id).where(Alert.key == _KEY, Alert.state != "closed")) is not None
    if is_late or is_open:
        with store.transaction(actor) as tx:
            if is_late:
                open_alerts(tx, [_news(settings, good, at)])
            else:
                close_keyed(tx, _KEY, "hay un respaldo nuevo y comprobado")


def _beginning(session: Session) -> datetime | None:
    """When this installation began; since then at the latest there should have been one."""
    first = session.scalar(select(AuditEvent).order_by(AuditEvent.seq).limit(1))
    return first.when if first else None


def _news(settings: Settings, good: datetime | None, at: datetime) -> News:
    hours = settings.backup.alarm_hours
    day = good.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M") if good else ""
    return News(
        key=_KEY,
        kind="backup",
        mac="",
        vendor="",
        place=settings.backup.folder,
        explanation=f"No hay un respaldo comprobado de las últimas {hours} horas; "
        + (f"el último es del {day}." if day else "todavía no hay ninguno."),
        explanation_en=f"There is no verified backup of the last {hours} hours; "
        + (f"the newest is of {day}." if day else "there is none yet."),
        first_seen=good or at,
        last_seen=at,
        count=1,
        urgent=True,
    )
