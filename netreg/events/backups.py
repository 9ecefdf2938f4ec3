"""Backups made and put back, and what was taken out of the audit log."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "backup.made",
    "backup {file}",
    "{actor} hizo el respaldo {file} ({rows} renglones, {files} archivos) y se comprobó restaurándolo aparte",
    "{actor} made backup {file} ({rows} rows, {files} files), and it was verified by restoring it aside",
)
class BackupMade(Event):
    file: str
    rows: int
    files: int
    size: int
    sha256: str


@event(
    "backup.failed",
    "backup",
    "{actor} no pudo hacer el respaldo: {problem}",
    "{actor} could not make the backup: {problem}",
)
class BackupFailed(Event):
    problem: str


@event(
    "backup.restored",
    "backup",
    "{actor} restauró el respaldo del {made}; {points} puntos esperan a que alguien vea su plan",
    "{actor} restored the backup of {made}; {points} points wait until somebody has seen their plan",
)
class InstanceRestored(Event):
    made: str
    points: int


@event(
    "audit.exported",
    "audit",
    "{actor} sacó la bitácora {what}: {rows} renglones",
    "{actor} took the audit log out {what_en}: {rows} rows",
)
class AuditExported(Event):
    what: str
    what_en: str
    rows: int


@event(
    "audit.anchored",
    "audit",
    "{actor} apuntó fuera de aquí que la bitácora llega al renglón {seq}",
    "{actor} noted outside of here that the audit log reaches row {seq}",
)
class AuditAnchored(Event):
    seq: int
    head: str
