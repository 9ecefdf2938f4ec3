"""Backups made and put back, and how far the audit log was noted outside."""

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
    "audit.anchored",
    "audit",
    "{actor} apuntó fuera de aquí que la bitácora llega al renglón {seq}",
    "{actor} noted outside of here that the audit log reaches row {seq}",
)
class AuditAnchored(Event):
    seq: int
    head: str


@event(
    "audit.anchor_failed",
    "audit",
    "{actor} no pudo apuntar fuera hasta dónde llega la bitácora: {problem}",
    "{actor} could not note outside how far the audit log reaches: {problem}",
)
class AnchorFailed(Event):
    problem: str
