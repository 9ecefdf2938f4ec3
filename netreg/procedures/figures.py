"""The figures of a month: what the manual asks for, and what people think it says.

Official (manual, line 567): attended in the month / received in the month x 100, per procedure. It may exceed 100 %.
Cohort: of those received in the month, how many were answered so far. It cannot.

Every number carries the folios behind it, so the list a person opens always has as many rows as the number says. The
cases handed in are those of one procedure, of an area, or of all procedures together, which is their sum; a month is
local time. Rules: core workflow, section 12.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from netreg.procedures.clocks import MARKS, Pause
from netreg.procedures.counting import Case, Count, Month, aware, hours_of, once, percent, percent_text
from netreg.procedures.opinion import NO_OPINION, Opinion

# The numbers of the official figure, as they are called in it.
NUMBERS = ("received", "attended", "carried_over", "excluded")
# A month that is frozen later than this after its cut says so.
PROMPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Official:
    """The official figure of a month: all that has to be kept when the month is frozen."""

    month: Month
    received: Count
    attended: Count
    carried_over: Count
    excluded: Count

    @property
    def folios(self) -> set[str]:
        """Every folio in any of its numbers."""
        return {folio for name in NUMBERS for folio in getattr(self, name).folios}

    @property
    def own(self) -> Count:
        """Attended and received in this very month."""
        return self.attended.minus(self.carried_over)

    @property
    def percent(self) -> Decimal | None:
        """Attended / received x 100 with one decimal, never clipped; None when nothing was received."""
        return percent(len(self.attended), len(self.received))

    def plus(self, other: Official) -> Official:
        """The figure of both together, of the same month: of several procedures, their sum."""
        return Official(self.month, **{name: getattr(self, name).plus(getattr(other, name)) for name in NUMBERS})

    def among(self, folios: Container[str]) -> Official:
        """The part of it that these folios make."""
        return Official(self.month, **{name: getattr(self, name).among(folios) for name in NUMBERS})

    def text(self, language: str = "es") -> str:
        """The figure as it is printed."""
        return percent_text(self.percent, language)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The figure of a month as it was at its cut, and when that was written down."""

    official: Official
    at: datetime
    late: bool

    @classmethod
    def of(cls, official: Official, at: datetime, zone: tzinfo) -> Frozen:
        """Late where the service was down at the cut, or the month is older than the service."""
        return cls(official, at, at - official.month.cut(zone) > PROMPT)


class Late(NamedTuple):
    """One that passed the term: how many hours it took, and why, where somebody said so."""

    folio: str
    hours: Decimal
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An "ajuste": what would be counted differently today than when the month was frozen.

    `what` is the name of a number of the official figure: received, attended, carried_over, excluded.
    """

    what: str
    added: Count
    removed: Count


@dataclass(frozen=True, slots=True)
class Cohort:
    """Of those received in the month: answered so far, and attended with the official clock at 24, 48, 72 h at most."""

    received: Count
    answered: Count
    within: Mapping[int, Count]

    @property
    def percent(self) -> Decimal | None:
        """Answered so far / received x 100; it cannot exceed 100. None when nothing was received."""
        return percent(len(self.answered), len(self.received))

    def percent_within(self, hours: int) -> Decimal | None:
        """Attended within 24, 48 or 72 hours / received x 100."""
        return percent(len(self.within[hours]), len(self.received))


@dataclass(frozen=True, slots=True)
class Times:
    """How long the attended ones took, in working-day hours with one decimal; None where no clock was read.

    `p90` is the nearest rank: the least time that nine in ten did not exceed, and one that really happened. Only what
    has a term is in term or over it.
    """

    timed: Count
    in_term: Count
    over_term: Count
    median: Decimal | None
    p90: Decimal | None

    @property
    def in_term_percent(self) -> Decimal | None:
        return percent(len(self.in_term), len(self.in_term) + len(self.over_term))


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Of those received: which came as long before the day they were needed as their procedure asks."""

    in_time: Count
    too_late: Count

    @property
    def percent(self) -> Decimal | None:
        return percent(len(self.in_time), len(self.in_time) + len(self.too_late))


@dataclass(frozen=True, slots=True)
class Part:
    """The official numbers of one area or of one procedure."""

    name: str
    received: Count
    attended: Count

    @property
    def percent(self) -> Decimal | None:
        return percent(len(self.attended), len(self.received))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the monthly report of one procedure, or of several together, prints.

    by_outcome   the attended ones, each once; "" where no outcome was written
    by_reason    reason code -> folios in which something was rejected for it; "none" for words alone
    by_return    the same of those that went back to their area in the month
    by_weekday   the received ones by the day of the week, Monday first
    late_by      reason of a delay -> folios over term; "" where nobody gave one
    late         the same folios one by one, by folio
    frozen       the figure as it was frozen, or None while the month is open; it is then the official one
    pauses       folio and pause, of all that were received or attended
    opinion      what the areas answered in the month, where enough did; `comments` are their words
    """

    official: Official
    adjustments: tuple[Adjustment, ...]
    cohort: Cohort
    times: Times
    by_outcome: Mapping[str, Count]
    by_reason: Mapping[str, Count]
    by_return: Mapping[str, Count]
    by_area: tuple[Part, ...]
    by_procedure: tuple[Part, ...]
    by_weekday: tuple[Count, ...]
    lead: LeadTimes
    late_by: Mapping[str, Count]
    late: tuple[Late, ...]
    undelivered: Count
    resubmitted: Count
    reopened: Count
    pauses: tuple[tuple[str, Pause], ...]
    frozen: Frozen | None = None
    opinion: Opinion = NO_OPINION
    comments: tuple[str, ...] = ()


def official(cases: Iterable[Case], month: Month, zone: tzinfo) -> Official:
    """The official figure; ValueError for a folio that comes twice, which would count twice."""
    cases = once(cases)
    counted = [case for case in cases if case.excluded is None]
    attended = [case for case in counted if _in(month, case.attended, zone)]
    return Official(
        month=month,
        received=Count.of(case for case in counted if _in(month, case.received, zone)),
        attended=Count.of(attended),
        carried_over=Count.of(case for case in attended if not _in(month, case.received, zone)),
        excluded=Count.of(case for case in cases if case.excluded is not None and _in(month, case.received, zone)),
    )


def cohort(cases: Iterable[Case], month: Month, zone: tzinfo, now: datetime) -> Cohort:
    """The cohort figure at `now`: it grows while late answers come in."""
    received = [case for case in once(cases) if case.excluded is None and _in(month, case.received, zone)]
    answered = [case for case in received if case.attended is not None and case.attended <= aware(now)]
    return Cohort(
        received=Count.of(received),
        answered=Count.of(answered),
        within={hours: Count.of(case for case in answered if _took_at_most(case, hours)) for hours in MARKS},
    )


def adjustments(frozen: Official, today: Official) -> tuple[Adjustment, ...]:
    """What changed since the month was frozen, number by number; the frozen figure itself stands."""
    found = []
    for what in NUMBERS:
        then, now = getattr(frozen, what), getattr(today, what)
        if then != now:
            found.append(Adjustment(what, now.minus(then), then.minus(now)))
    return tuple(found)


def report(cases: Iterable[Case], month: Month, zone: tzinfo, now: datetime, frozen: Frozen | None = None) -> Report:
    """The report of a month; `frozen` is its figure as it was at the cut, which then stands, with adjustments beside.

    Every part describes the folios of the official figure that is printed, so that the parts add up to it.
    """
    if frozen is not None and frozen.official.month != month:
        raise ValueError(f"the figure of {frozen.official.month} is not that of {month}")
    cases = once(cases)
    today = official(cases, month, zone)
    figure = frozen.official if frozen else today
    received, attended = behind(figure.received, cases), behind(figure.attended, cases)
    return Report(
        official=figure,
        adjustments=adjustments(figure, today),
        cohort=cohort(cases, month, zone, now),
        times=times(attended),
        by_outcome=_grouped(attended, lambda case: (case.outcome or "",)),
        by_reason=_grouped(attended, lambda case: case.rejections),
        by_return=_grouped(
            (case for case in cases if case.excluded is None),
            lambda case: (code for at, code in case.returned if _in(month, at, zone)),
        ),
        by_area=_parts(received, attended, lambda case: case.area),
        by_procedure=_parts(received, attended, lambda case: case.procedure),
        by_weekday=_by_weekday(received, zone),
        lead=lead_times(received),
        late_by=_grouped((case for case in attended if _is_over(case)), lambda case: (case.late_reason,)),
        late=tuple(_late(case) for case in attended if _is_over(case)),
        undelivered=Count.of(case for case in attended if case.undelivered),
        resubmitted=_happened(cases, month, zone, lambda case: case.resubmitted),
        reopened=_happened(cases, month, zone, lambda case: case.reopened),
        pauses=tuple((case.folio, pause) for case in once({*received, *attended}) for pause in case.pauses),
        frozen=frozen,
    )


def times(cases: Iterable[Case]) -> Times:
    """Median, 90th percentile and share in term of the cases whose clock was read."""
    timed = [case for case in cases if case.elapsed is not None]
    spent = sorted(case.elapsed for case in timed if case.elapsed is not None)
    middle = len(spent) // 2
    return Times(
        timed=Count.of(timed),
        in_term=Count.of(case for case in timed if case.term is not None and not _is_over(case)),
        over_term=Count.of(case for case in timed if _is_over(case)),
        median=hours_of((spent[middle] + spent[-middle - 1]) / 2) if spent else None,
        p90=hours_of(spent[-(len(spent) // 10) - 1]) if spent else None,
    )


def lead_times(received: Iterable[Case]) -> LeadTimes:
    """Which of those received came in time, and which too late."""
    received = list(received)
    return LeadTimes(
        in_time=Count.of(case for case in received if case.in_time is True),
        too_late=Count.of(case for case in received if case.in_time is False),
    )


def behind(count: Count, cases: Iterable[Case]) -> list[Case]:
    """The cases of these folios; ValueError when one was not handed in, for then the parts would not add up."""
    by_folio = {case.folio: case for case in cases}
    missing = [folio for folio in count.folios if folio not in by_folio]
    if missing:
        raise ValueError(f"no case for folio {missing[0]}")
    return [by_folio[folio] for folio in count.folios]


# --- how ------------------------------------------------------------------------------------------------------------


def _in(month: Month, instant: datetime | None, zone: tzinfo) -> bool:
    return instant is not None and Month.of(instant, zone) == month


def _happened(
    cases: Iterable[Case], month: Month, zone: tzinfo, instants: Callable[[Case], Iterable[datetime]]
) -> Count:
    return Count.of(case for case in cases if any(_in(month, instant, zone) for instant in instants(case)))


def _grouped(cases: Iterable[Case], keys: Callable[[Case], Iterable[str]]) -> dict[str, Count]:
    """The cases under each of their keys, once each, keys in order."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for key in sorted(set(keys(case))):
            groups[key].append(case)
    return {key: Count.of(groups[key]) for key in sorted(groups)}


def _parts(received: Iterable[Case], attended: Iterable[Case], of: Callable[[Case], str]) -> tuple[Part, ...]:
    came, went = (_grouped(cases, lambda case: (of(case),)) for cases in (received, attended))
    return tuple(Part(name, came.get(name, Count()), went.get(name, Count())) for name in sorted({*came, *went}))


def _by_weekday(received: list[Case], zone: tzinfo) -> tuple[Count, ...]:
    days = [(case, case.received.astimezone(zone).weekday()) for case in received if case.received is not None]
    return tuple(Count.of(case for case, day in days if day == weekday) for weekday in range(7))


def _took_at_most(case: Case, hours: int) -> bool:
    return case.elapsed is not None and case.elapsed <= timedelta(hours=hours)


def _is_over(case: Case) -> bool:
    return case.term is not None and case.elapsed is not None and not _took_at_most(case, case.term)


def _late(case: Case) -> Late:
    return Late(case.folio, hours_of(case.elapsed or timedelta()), case.late_reason, case.late_words)
