"""The figures of a month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from netreg.procedures import reporting
from netreg.procedures.counting import Month
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.store.base import now
from portal.api.describing import Document, reads, resource
from portal.rows import reading, store

api = resource("figures", "Attended of received, month by month, of a procedure and of an area.")
ALL = "all"


class Figures(Document):
    """The official figure is frozen at its cut; the folios behind each number say which requests it counts."""

    month: str
    procedure: str
    area: str
    frozen: datetime | None
    received: list[str]
    attended: list[str]
    carried_over: list[str]
    percent: Decimal | None
    cohort_percent: Decimal | None
    in_term_percent: Decimal | None
    median_hours: Decimal | None
    p90_hours: Decimal | None
    by_reason: dict[str, list[str]]


class MonthPath(Document):
    month: str = Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="YYYY-MM")


class Asked(Document):
    procedure: str = Field(ALL, max_length=40)
    area: str = Field("", max_length=40)


@reads(api, "/figures/<month>", permission="reports.see", gives=Figures)
def get_figures(path: MonthPath, query: Asked) -> Figures:
    """The figures of a month, of one procedure or all, of one area or all."""
    month = Month.parse(path.month)
    office = store().office
    code = None if query.procedure == ALL else office.catalogue.known_as(query.procedure).code
    area = queries.area(reading(), query.area) if query.area else None
    found = reporting.overview(reading(), Scope(code, area), month, office, now()).report
    return Figures(
        month=str(found.official.month),
        procedure=query.procedure,
        area=query.area,
        frozen=found.frozen.at if found.frozen else None,
        received=list(found.official.received.folios),
        attended=list(found.official.attended.folios),
        carried_over=list(found.official.carried_over.folios),
        percent=found.official.percent,
        cohort_percent=found.cohort.percent,
        in_term_percent=found.times.in_term_percent,
        median_hours=found.times.median,
        p90_hours=found.times.p90,
        by_reason={reason: list(count.folios) for reason, count in found.by_reason.items()},
    )
