"""A month among the eleven before it, and the work that lies open: what the dashboard and the printed report show."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from netreg.procedures import figures
from netreg.procedures.counting import Case, Count, Month
from netreg.procedures.figures import Frozen, Report
from netreg.procedures.particulars import Said

YEAR = 12


@dataclass(frozen=True, slots=True)
class Workload:
    """What was sent and is not closed, whatever the month; what has no folio yet goes by its number of sending.

    by_unit      each once, with the role whose turn it is
    by_person    with everybody of the office whose turn it may be, so that the sum may be more
    """

    open: Count
    by_unit: Mapping[Said, Count]
    by_person: Mapping[str, Count]


@dataclass(frozen=True, slots=True)
class Overview:
    """The report of a month with all that stands beside it.

    subject      what was counted, in Spanish and English: a procedure or all, and perhaps one area
    months       the report of every month of the year that ends with this one, the oldest first
    cases        every case by its folio, for the lists behind the numbers
    titles       what the procedures are called, by their codes
    has_term     whether anything counted has a term, and so a share in term
    has_lead     whether anything counted asks for days in advance
    """

    subject: Said
    report: Report
    months: tuple[Report, ...]
    workload: Workload
    cases: Mapping[str, Case]
    titles: Mapping[str, Said]
    has_term: bool
    has_lead: bool


class Counted(NamedTuple):
    """The report of a month, with the cases and the frozen figure that it was made of."""

    cases: list[Case]
    frozen: Frozen | None
    report: Report


def year_to(
    cases: Iterable[Case], last: Month, zone: tzinfo, now: datetime, frozen: Mapping[Month, Frozen],
    known: Mapping[Month, Counted] | None = None,
) -> dict[Month, Counted]:  # fmt: skip
    """The report of each of the twelve months that end with `last`: what `figures.report` says of it, in one pass.

    `known` is what this gave before in the same zone. A month with the same cases is not counted again: `now` tells
    only which answers are still to come, and a case that was answered says when.
    """
    months = [last.back(before) for before in reversed(range(YEAR))]
    buckets = _by_month(cases, months, zone, {month: frozen[month] for month in months if month in frozen})
    found = {}
    for month in months:
        before, fixed = (known or {}).get(month), frozen.get(month)
        if before is not None and (before.cases, before.frozen) == (buckets[month], fixed):
            found[month] = before
        else:
            told = figures.report(buckets[month], month, zone, now, fixed)
            found[month] = Counted(buckets[month], fixed, told)
    return found


def _by_month(
    cases: Iterable[Case], months: Sequence[Month], zone: tzinfo, frozen: Mapping[Month, Frozen]
) -> Mapping[Month, list[Case]]:
    """The cases under each of these months, which follow one another, whose report they have to do with."""
    starts = [month.start(zone) for month in (*months, months[-1].following)]
    kept: dict[str, set[int]] = defaultdict(set)
    for number, month in enumerate(months, 1):
        if month in frozen:
            for folio in frozen[month].official.folios:
                kept[folio].add(number)
    buckets: list[list[Case]] = [[] for _start in (None, *starts)]
    none: frozenset[int] = frozenset()
    for case in cases:
        for number in {bisect_right(starts, at) for at in _moments(case)} | kept.get(case.folio, none):
            buckets[number].append(case)
    return dict(zip(months, buckets[1:], strict=False))


def _moments(case: Case) -> Iterator[datetime]:
    """When something became of a case that a month counts."""
    if case.received is not None:
        yield case.received
    if case.attended is not None:
        yield case.attended
    yield from case.resubmitted
    yield from case.reopened
    for at, _code in case.returned:
        yield at
