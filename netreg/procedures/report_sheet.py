"""The figures of a month for people: lines and lists, and the same as a printed sheet and as a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from netreg.letters import writer
from netreg.office import Office
from netreg.policy.calendar_files import guarded
from netreg.procedures import delays
from netreg.procedures.clocks import Pause
from netreg.procedures.figures import Late, Report, percent_text
from netreg.registry.commands.devices import REASONS

OUTCOMES = {
    "approved": "Aprobadas",
    "rejected": "Rechazadas",
    "partial": "En parte",
    "withdrawn": "Desistidas",
    "unanswered": "Cerradas sin corregir",
}
NUMBERS = {
    "received": "recibidas",
    "attended": "atendidas",
    "carried_over": "de meses anteriores",
    "excluded": "excluidas",
}
_MOMENT = "%d/%m/%Y %H:%M"


class Listing(NamedTuple):
    """A list of the report: its title, its columns and its rows, all of them texts."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def rows(found: Report) -> list[tuple[str, str, str]]:
    """The report's numbers as lines for people: what, how much, how it is counted."""
    official, cohort, times = found.official, found.cohort, found.times
    return [
        ("Recibidas", str(len(official.received)), "acuses del mes"),
        ("Atendidas", str(len(official.attended)), "respuestas entregadas en el mes, en cualquier sentido"),
        ("Atendidas de meses anteriores", str(len(official.carried_over)), ""),
        ("Atención (atendidas / recibidas)", official.text(), "puede pasar de 100 %"),
        *_adjusted(found),
        ("Respondidas de las recibidas", percent_text(cohort.percent), "hasta hoy"),
        *((f"Atendidas en {hours} h", percent_text(cohort.percent_within(hours)), "") for hours in cohort.within),
        ("En término, de las atendidas", _share(times.in_term_percent), "72 horas en días hábiles"),
        ("Tiempo mediano", _hours(times.median), "horas en días hábiles"),
        ("Nueve de cada diez en", _hours(times.p90), "horas en días hábiles"),
        *((text, str(len(found.by_outcome[code])), "") for code, text in OUTCOMES.items() if code in found.by_outcome),
        *((f"Rechazo: {_reason(code)}", str(len(count)), "") for code, count in found.by_reason.items()),
    ]


def _adjusted(found: Report) -> Iterator[tuple[str, str, str]]:
    """What changed since the month was frozen; the frozen figure itself stands."""
    for one in found.adjustments:
        folios = [f"+ {folio}" for folio in one.added.folios] + [f"− {folio}" for folio in one.removed.folios]
        yield f"Ajuste: {NUMBERS[one.what]}", f"+{len(one.added)} −{len(one.removed)}", ", ".join(folios)


def frozen_text(found: Report, office: Office) -> str:
    """When the figure was frozen, and whether that was late; nothing while the month is open."""
    if found.frozen is None:
        return ""
    cut = (found.official.month.cut(office.zone)).astimezone(office.zone)
    said = f"Cifra congelada al corte del {cut.strftime(_MOMENT)}"
    if found.frozen.late:
        return f"{said}; se congeló tarde, el {_moment(found.frozen.at, office)}"
    return said


def listings(found: Report, office: Office) -> list[Listing]:
    """The lists of the report, in the order in which they are printed."""
    return [
        Listing(
            "Por área",
            ("Área", "Recibidas", "Atendidas", "Atención"),
            [
                (one.area, str(len(one.received)), str(len(one.attended)), percent_text(one.percent))
                for one in found.by_area
            ],
        ),
        Listing(
            "Fuera de término",
            ("Folio", "Horas", "Causa"),
            [(one.folio, str(one.hours), delay_text(one)) for one in found.late],
        ),
        Listing(
            "Pausas del reloj",
            ("Folio", "Desde", "Hasta", "Causa"),
            [
                (folio, _moment(pause.start, office), _moment(pause.end, office), pause_text(pause))
                for folio, pause in found.pauses
            ],
        ),
        Listing(
            "Rechazos por motivo",
            ("Motivo", "Solicitudes", "Folios"),
            [(_reason(code), str(len(count)), ", ".join(count.folios)) for code, count in found.by_reason.items()],
        ),
        Listing("Recibidas", ("Folio",), [(folio,) for folio in found.official.received.folios]),
        Listing("Atendidas", ("Folio",), [(folio,) for folio in found.official.attended.folios]),
    ]


def delay_text(late: Late) -> str:
    """Why it was late, in words."""
    if not late.reason:
        return "sin causa escrita"
    named = delays.REASONS.get(late.reason, (late.reason,))[0]
    return f"{named}: {late.words}" if late.words else named


def pause_text(pause: Pause) -> str:
    """Why the clock stood still, in words."""
    return f"Faltaba traer: {pause.cause}" if pause.why == "binding" else f"Devuelta: {pause.cause}"


def _reason(code: str) -> str:
    return REASONS.get(code, (code,))[0]


def _moment(instant: datetime | None, office: Office) -> str:
    return instant.astimezone(office.zone).strftime(_MOMENT) if instant else "sigue"


def _hours(value: Any) -> str:
    return "—" if value is None else f"{value} h"


def _share(value: Any) -> str:
    return "—" if value is None else f"{value} %"


# --- as files -------------------------------------------------------------------------------------------------------


def to_csv(found: Report, office: Office) -> bytes:
    """Every number and every list as UTF-8 with a byte order mark, safe to open in a spreadsheet (test W-09)."""
    text = io.StringIO(newline="")
    writing = csv.writer(text)
    for line in _lines(found, office):
        writing.writerow([guarded(cell) for cell in line])
    return text.getvalue().encode("utf-8-sig")


def _lines(found: Report, office: Office) -> Iterator[Sequence[str]]:
    yield "Informe", str(found.official.month)
    if found.frozen:
        yield "Corte", frozen_text(found, office)
    yield ()
    yield "Concepto", "Cifra", "Cómo se cuenta"
    yield from rows(found)
    for listing in listings(found, office):
        yield ()
        yield (listing.title,)
        yield listing.columns
        yield from listing.rows


def sheet(found: Report, office: Office, now: datetime) -> bytes:
    """The report as a PDF, with the folios behind the numbers and a place to sign."""
    data: dict[str, Any] = {
        "titulo": "Informe mensual de solicitudes",
        "periodo": str(found.official.month),
        "corte": now,
        "cifras": [_figure(*row) for row in rows(found)],
        "listas": [_printed(listing) for listing in listings(found, office)],
        "firmas": [{"papel": "Informa", "nombre": "Nombre y firma", "cargo": office.signatory_post}],
    }
    if found.frozen:
        data["resumen"] = [frozen_text(found, office) + "."]
    return writer.write("report", data, letterhead=office.letterhead, issued=now.replace(microsecond=0))


def _figure(what: str, value: str, note: str) -> dict[str, str]:
    return {"concepto": what, "valor": value} | ({"nota": note} if note else {})


# How wide columns are, in percent; a folio stays on one line.
_WIDTHS = {
    "Folio": 24, "Área": 40, "Recibidas": 20, "Atendidas": 20, "Atención": 20, "Horas": 12, "Desde": 19, "Hasta": 19,
    "Causa": 38, "Motivo": 40, "Solicitudes": 16, "Folios": 44,
}  # fmt: skip
_RIGHT = ("Recibidas", "Atendidas", "Atención", "Horas", "Solicitudes")


def _printed(listing: Listing) -> dict[str, Any]:
    columns = [
        {"titulo": name, "ancho": _WIDTHS[name]} | ({"derecha": True} if name in _RIGHT else {})
        for name in listing.columns
    ]
    printed: dict[str, Any] = {"titulo": listing.title, "columnas": columns, "vacia": "Ninguna."}
    return printed | ({"filas": [list(row) for row in listing.rows]} if listing.rows else {})
