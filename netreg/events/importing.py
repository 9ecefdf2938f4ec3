"""What came in as a file."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "file.imported",
    "import {kind}",
    "{actor} importó {said} de un archivo de {rows} renglones: {made} nuevos ({approved} aprobados), {same} ya "
    "estaban, {out} de baja; huella SHA-256 {sha256}",
    "{actor} imported {said_en} from a file of {rows} rows: {made} new ({approved} approved), {same} were there, {out} "
    "out; SHA-256 {sha256}",
)
class FileImported(Event):
    kind: str
    said: str
    said_en: str
    sha256: str
    rows: int
    made: int
    same: int
    out: int
    approved: int
