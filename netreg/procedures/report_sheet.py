"""The figures of a month as files: a printed sheet with charts and a place to sign, and a CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from netreg.letters import writer
from netreg.office import Office
from netreg.policy.calendar_files import guarded
from netreg.procedures.counting import Count
from netreg.procedures.report_charts import WITH_FOLIOS, Chart, charts
from netreg.procedures.report_lines import (
    ATTENDED,
    RECEIVED,
    Cell,
    Line,
    Listing,
    Number,
    folios,
    frozen_text,
    lines,
    listings,
    reason,
)
from netreg.procedures.trends import Overview
from netreg.registry.reasons import Kind

CONCEPTS = ("Concepto", "Cifra", "Cómo se cuenta")


def tables(found: Overview, office: Office) -> list[Listing]:
    """Everything that is a list: the table of each chart, the lists with reasons, and the folios of the month."""
    of_month = found.report.official.received.plus(found.report.official.attended)
    return [
        *(_behind(chart) for chart in charts(found) if chart.picture.name not in WITH_FOLIOS),
        *_reasons(found),
        *listings(found, office),
        folios(found, office, of_month),
    ]


def _behind(chart: Chart) -> Listing:
    return Listing(chart.picture.title, chart.columns, [tuple(_shown(cell) for cell in row) for row in chart.rows])


def _reasons(found: Overview) -> Iterator[Listing]:
    """What was rejected and returned for what, with the folios, which a page links to."""
    kinds: tuple[tuple[str, Kind, Mapping[str, Count]], ...] = (
        ("Rechazos por motivo", "rejection", found.report.by_reason),
        ("Devoluciones por motivo", "return", found.report.by_return),
    )
    for title, kind, counted in kinds:
        rows: list[tuple[str, ...]] = [
            (reason(code, kind=kind), str(len(count)), ", ".join(count.folios)) for code, count in counted.items()
        ]
        yield Listing(title, ("Motivo", "Solicitudes", "Folios"), rows)


def _shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Number) else cell


# --- CSV ------------------------------------------------------------------------------------------------------------


def to_csv(found: Overview, office: Office) -> bytes:
    """Every number and every list as UTF-8 with a byte order mark, safe to open in a spreadsheet (test W-09)."""
    text = io.StringIO(newline="")
    writing = csv.writer(text)
    for line in _rows(found, office):
        writing.writerow([guarded(cell) for cell in line])
    return text.getvalue().encode("utf-8-sig")


def _rows(found: Overview, office: Office) -> Iterator[Sequence[str]]:
    yield from heading(found, office)
    yield ()
    yield CONCEPTS
    yield from (said(line) for line in lines(found))
    for listing in tables(found, office):
        yield ()
        yield (listing.title,)
        yield listing.columns
        yield from listing.rows


def said(line: Line) -> tuple[str, str, str]:
    return line.what, line.value, line.note


def heading(found: Overview, office: Office) -> Iterator[tuple[str, str]]:
    """What the report is of, and whether its figure is frozen."""
    yield "Informe", str(found.report.official.month)
    yield "De", found.subject.es
    if found.report.frozen:
        yield "Corte", frozen_text(found.report, office)


# --- on paper -------------------------------------------------------------------------------------------------------


def sheet(found: Overview, office: Office, now: datetime) -> bytes:
    """The report as a PDF, with charts, the folios behind the numbers, and a place to sign."""
    summary = [f"{found.subject.es}."]
    if found.report.frozen:
        summary.append(f"{frozen_text(found.report, office)}.")
    data: dict[str, Any] = {
        "titulo": "Informe mensual de solicitudes",
        "periodo": str(found.report.official.month),
        "corte": now,
        "resumen": summary,
        "cifras": [_figure(line) for line in lines(found)],
        "graficas": [_picture(chart) for chart in charts(found) if chart.by_month and chart.svg],
        "listas": [_printed(listing) for listing in printed_tables(found, office)],
        "firmas": [{"papel": "Informa", "nombre": "Nombre y firma", "cargo": office.signatory_post}],
    }
    return writer.write("report", data, letterhead=office.letterhead, issued=now.replace(microsecond=0))


def printed_tables(found: Overview, office: Office) -> Iterator[Listing]:
    """The lists of the signed sheet: of the charts by month only the first, whose numbers are the official ones."""
    yield from (_behind(chart) for chart in charts(found) if chart.printed)
    yield from _reasons(found)
    yield from listings(found, office)
    yield _plain(RECEIVED[0], found.report.official.received)
    yield _plain(ATTENDED[0], found.report.official.attended)


def _plain(title: str, count: Count) -> Listing:
    return Listing(title, ("Folio",), [(folio,) for folio in count.folios])


def _figure(line: Line) -> dict[str, str]:
    return {"concepto": line.what, "valor": line.value} | ({"nota": line.note} if line.note else {})


def _picture(chart: Chart) -> dict[str, str]:
    return {"titulo": chart.picture.title, "svg": chart.svg, "alternativo": chart.picture.told}


# How wide columns are, in percent; a folio stays on one line.
_WIDTHS = {
    "Folio": 24, "Área": 40, "Procedimiento": 40, "Unidad": 70, "Persona": 70, "Motivo": 40, "Folios": 46, "Horas": 12,
    "Desde": 19, "Hasta": 19, "Causa": 38, "Mes": 26, "Día": 70,
}  # fmt: skip
_OTHERS = 18
_LEFT = (
    "Folio",
    "Área",
    "Procedimiento",
    "Unidad",
    "Persona",
    "Motivo",
    "Folios",
    "Desde",
    "Hasta",
    "Causa",
    "Mes",
    "Día",
)


def _printed(listing: Listing) -> dict[str, Any]:
    columns = [
        {"titulo": name, "ancho": _WIDTHS.get(name, _OTHERS)} | ({} if name in _LEFT else {"derecha": True})
        for name in listing.columns
    ]
    printed: dict[str, Any] = {"titulo": listing.title, "columnas": columns, "vacia": "Ninguna."}
    return printed | ({"filas": [list(row) for row in listing.rows]} if listing.rows else {})
