"""The week's unregistered devices for people: as rows, a printed sheet and a CSV (CIS Controls v8, 1.2 to 1.5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from netreg.letters import writer
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.policy.calendar_files import guarded
from netreg.registry.rogues import Decision, Proof, Report, Rogue

COLUMNS = ("Dirección MAC", "Fabricante", "Dónde", "Desde", "Hasta", "Días", "Decisión", "Quién", "Cuándo")
PROOF = ("Control", "Fuente", "Días", "Equipos", "Último dato en la semana", "Estado")
# code -> in Spanish, in English
DECISIONS = {
    "open": ("sin decidir", "still open"),
    "registered": ("registrado", "registered"),
    "infrastructure": ("infraestructura", "infrastructure"),
    "ignored": ("ignorado", "ignored"),
    "blocked": ("bloqueado", "blocked"),
    "harmless": ("sin riesgo", "harmless"),
    "closed": ("alerta cerrada con nota", "alert closed with a note"),
}
_STANDING = {"blind": "no ve nada", "dim": "ve mucho menos", "sees": "ve", "ended": "ya no se usa"}
RANDOM = ("dirección inventada por el equipo", "address made up by the device")
# A printed sheet is for reading; whoever wants more takes the CSV.
MOST_PRINTED = 300
_WIDTHS = (13, 16, 16, 11, 11, 5, 13, 16, 11)
_MOMENT = "%d/%m/%Y %H:%M"


def rows(found: Report, office: Office, *, whole: bool) -> list[tuple[str, ...]]:
    """One row for each device, as COLUMNS says; `whole` shows whole addresses, without it the last two octets."""
    return [_row(one, office, whole) for one in found.rogues]


def _row(one: Rogue, office: Office, whole: bool) -> tuple[str, ...]:
    return (
        str(one.mac) if whole else one.mac.masked,
        vendor(one.mac),
        ", ".join(one.places),
        _moment(one.first, office),
        _moment(one.last, office),
        str(one.days),
        decision(one.decision, office),
        one.decision.by,
        _moment(one.decision.at, office),
    )


def vendor(mac: MacAddress, english: bool = False) -> str:
    """Who made it, or that nobody can tell."""
    return RANDOM[english] if mac.is_random else mac.vendor or ""


def decision(one: Decision, office: Office) -> str:
    """What became of a device, in Spanish."""
    said = DECISIONS[one.code][0]
    if one.until is not None:
        said += f" hasta el {one.until.astimezone(office.zone):%d/%m/%Y}"
    return f"{said} (equipo {one.device})" if one.device is not None else said


def proofs(found: Report, office: Office) -> list[tuple[str, ...]]:
    """One row for each source, as PROOF says."""
    return [_proof(one, office) for one in found.proofs]


def _proof(one: Proof, office: Office) -> tuple[str, ...]:
    standing = _STANDING[one.source.state]
    return (
        f"CIS {one.source.safeguard}",
        one.source.named("es"),
        str(one.days),
        str(one.devices),
        _moment(one.last, office),
        standing,
    )


def summary(found: Report) -> str:
    """The week in one sentence."""
    week = found.week
    return (
        f"Semana {week}, del {week.first:%d/%m/%Y} al {week.last:%d/%m/%Y}: {len(found.rogues)} equipos sin registro, "
        f"{found.open} sin decidir."
    )


# --- as files -------------------------------------------------------------------------------------------------------


def to_csv(found: Report, office: Office, *, whole: bool) -> bytes:
    """Every device and every source as UTF-8 with a byte order mark, safe to open in a spreadsheet (test W-09)."""
    text = io.StringIO(newline="")
    writing = csv.writer(text)
    for line in _lines(found, office, whole):
        writing.writerow([guarded(cell) for cell in line])
    return text.getvalue().encode("utf-8-sig")


def _lines(found: Report, office: Office, whole: bool) -> Iterator[Sequence[str]]:
    yield (summary(found),)
    yield ("Corte", _moment(found.at, office))
    yield ()
    yield COLUMNS
    yield from rows(found, office, whole=whole)
    yield ()
    yield PROOF
    yield from proofs(found, office)


def sheet(found: Report, office: Office, *, whole: bool) -> bytes:
    """The report as a PDF under the letterhead, with a place to sign; the sources stand beneath as notes."""
    listed = rows(found, office, whole=whole)[:MOST_PRINTED]
    data: dict[str, Any] = {
        "titulo": "Informe semanal de equipos sin registro",
        "descripcion": summary(found),
        "corte": found.at,
        "columnas": [{"titulo": name, "ancho": width} for name, width in zip(COLUMNS, _WIDTHS, strict=True)],
        "notas": [*_cut(found), *(_sentence(row) for row in proofs(found, office))],
        "firmas": [{"papel": "Informa", "nombre": "Nombre y firma", "cargo": office.signatory_post}],
    }
    if listed:
        data["filas"] = [list(row) for row in listed]
    if not data["notas"]:
        data["notas"] = ["Ninguna fuente ha visto la red todavía: esta lista no prueba nada."]
    return writer.write("register", data, letterhead=office.letterhead, issued=found.at.replace(microsecond=0))


def _cut(found: Report) -> Iterator[str]:
    if len(found.rogues) > MOST_PRINTED:
        yield f"Se imprimen los primeros {MOST_PRINTED} equipos de {len(found.rogues)}; los demás están en el CSV."


def _sentence(row: tuple[str, ...]) -> str:
    control, named, days, devices, last, standing = row
    heard = f"vio {devices} equipos en {days} días de la semana" if devices != "0" else "no vio a nadie en la semana"
    return f"{control}, {named}: {heard}{f', el último dato del {last}' if last else ''}. Hoy {standing}."


def _moment(instant: datetime | None, office: Office) -> str:
    return instant.astimezone(office.zone).strftime(_MOMENT) if instant else ""
