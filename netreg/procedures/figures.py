"""The figures of a month: what the manual asks for, and what people think it says.

Official (manual, line 567): attended in the month / received in the month x 100, per procedure. It may exceed 100 %.
Cohort: of those received in the month, how many were answered so far. It cannot.

Every number carries the folios behind it, so the list a person opens always has as many rows as the number says. All
cases handed in belong to one procedure; a month is local time. Rules: core workflow, section 12.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from netreg.errors import InvalidValue
from netreg.procedures.clocks import MARKS, TERM_HOURS, Pause

Outcome = Literal["approved", "rejected", "partial", "withdrawn", "unanswered"]
OUTCOMES: tuple[Outcome, ...] = ("approved", "rejected", "partial", "withdrawn", "unanswered")
Excluded = Literal["duplicate", "void"]

DECEMBER = 12
LAST_CORRECTION_DAY = 5
# A month that is frozen later than this after its cut says so.
PROMPT = timedelta(days=1)
_TENTH = Decimal("0.1")
_MONTH = re.compile(r"(?P<year>20\d{2})-(?P<month>0[1-9]|1[0-2])", re.ASCII)


class Month(NamedTuple):
    """A calendar month at the office."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month written 2026-11; InvalidValue E_MONTH for anything else."""
        match = _MONTH.fullmatch(text)
        if match is None:
            raise InvalidValue(
                "Escriba el mes como 2026-11.", "Write the month as 2026-11.", code="E_MONTH", field="month"
            )
        return cls(int(match["year"]), int(match["month"]))

    @classmethod
    def of(cls, instant: datetime, zone: tzinfo) -> Month:
        """The month it is at the office at that instant."""
        local = _aware(instant).astimezone(zone)
        return cls(local.year, local.month)

    @property
    def following(self) -> Month:
        return Month(self.year + 1, 1) if self.month == DECEMBER else Month(self.year, self.month + 1)

    def cut(self, zone: tzinfo) -> datetime:
        """The instant at which the month is frozen: the end of day 5 of the following one, UTC."""
        year, month = self.following
        return datetime.combine(date(year, month, LAST_CORRECTION_DAY + 1), time.min, zone).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


@dataclass(frozen=True, slots=True)
class Case:
    """One folio as the figures see it. Instants have a zone; ValueError for an answer before the reception.

    received     the first acuse, however often it was returned and resubmitted; None for a draft or a mere send
    attended     the written answer was delivered for the first time, in either sense; for a withdrawal its closing
                 note, for an answer nobody would take the reasoned note; None while there is none
    outcome      what was decided, in the end
    rejections   the reason codes given, of the devices of a partial answer too
    elapsed      working-day time of the official clock when it stopped; None while it runs or where none applies
    late_reason  why it passed the term: a code, with words in `late_words` where it wants them
    undelivered  attended by a reasoned note instead of a delivery
    excluded     a duplicate or void folio, which counts nowhere
    resubmitted  later acuses
    reopened     when it was opened again after its answer
    """

    folio: str
    area: str
    received: datetime | None
    attended: datetime | None = None
    outcome: Outcome | None = None
    rejections: tuple[str, ...] = ()
    elapsed: timedelta | None = None
    late_reason: str = ""
    late_words: str = ""
    undelivered: bool = False
    excluded: Excluded | None = None
    resubmitted: tuple[datetime, ...] = ()
    reopened: tuple[datetime, ...] = ()
    pauses: tuple[Pause, ...] = ()

    def __post_init__(self) -> None:
        if self.attended is not None and (self.received is None or self.attended < self.received):
            raise ValueError(f"{self.folio} is answered before it is received")


@dataclass(frozen=True, slots=True)
class Count:
    """A number and the folios behind it: it is their number, so both always agree (workflow, test W-13)."""

    folios: tuple[str, ...] = ()

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Count:
        return cls(tuple(sorted(case.folio for case in cases)))

    def __len__(self) -> int:
        return len(self.folios)

    def minus(self, other: Count) -> Count:
        """What is here and not there."""
        return Count(tuple(sorted(set(self.folios) - set(other.folios))))


@dataclass(frozen=True, slots=True)
class Official:
    """The official figure of a month: all that has to be kept when the month is frozen."""

    month: Month
    received: Count
    attended: Count
    carried_over: Count
    excluded: Count

    @property
    def own(self) -> Count:
        """Attended and received in this very month."""
        return self.attended.minus(self.carried_over)

    @property
    def percent(self) -> Decimal | None:
        """Attended / received x 100 with one decimal, never clipped; None when nothing was received."""
        return percent(len(self.attended), len(self.received))

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

    `p90` is the nearest rank: the least time that nine in ten did not exceed, and one that really happened.
    """

    timed: Count
    in_term: Count
    over_term: Count
    median: Decimal | None
    p90: Decimal | None

    @property
    def in_term_percent(self) -> Decimal | None:
        return percent(len(self.in_term), len(self.timed))


@dataclass(frozen=True, slots=True)
class AreaFigure:
    """The official numbers of one area."""

    area: str
    received: Count
    attended: Count

    @property
    def percent(self) -> Decimal | None:
        return percent(len(self.attended), len(self.received))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the monthly report of one procedure prints.

    by_outcome   the attended ones, each once; "" where no outcome was written
    by_reason    reason code -> folios in which something was rejected for it
    late_by      reason of a delay -> folios over term; "" where nobody gave one
    late         the same folios one by one, by folio
    frozen       the figure as it was frozen, or None while the month is open; it is then the official one
    pauses       folio and pause, of all that were received or attended
    """

    official: Official
    adjustments: tuple[Adjustment, ...]
    cohort: Cohort
    times: Times
    by_outcome: Mapping[str, Count]
    by_reason: Mapping[str, Count]
    by_area: tuple[AreaFigure, ...]
    late_by: Mapping[str, Count]
    late: tuple[Late, ...]
    undelivered: Count
    resubmitted: Count
    reopened: Count
    pauses: tuple[tuple[str, Pause], ...]
    frozen: Frozen | None = None


def official(cases: Iterable[Case], month: Month, zone: tzinfo) -> Official:
    """The official figure; ValueError for a folio that comes twice, which would count twice."""
    cases = _once(cases)
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
    received = [case for case in _once(cases) if case.excluded is None and _in(month, case.received, zone)]
    answered = [case for case in received if case.attended is not None and case.attended <= _aware(now)]
    return Cohort(
        received=Count.of(received),
        answered=Count.of(answered),
        within={hours: Count.of(case for case in answered if _took_at_most(case, hours)) for hours in MARKS},
    )


def adjustments(frozen: Official, today: Official) -> tuple[Adjustment, ...]:
    """What changed since the month was frozen, number by number; the frozen figure itself stands."""
    found = []
    for what in ("received", "attended", "carried_over", "excluded"):
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
    cases = _once(cases)
    today = official(cases, month, zone)
    figure = frozen.official if frozen else today
    received, attended = _behind(figure.received, cases), _behind(figure.attended, cases)
    return Report(
        official=figure,
        adjustments=adjustments(figure, today),
        cohort=cohort(cases, month, zone, now),
        times=times(attended),
        by_outcome=_grouped(attended, lambda case: (case.outcome or "",)),
        by_reason=_grouped(attended, lambda case: case.rejections),
        by_area=_by_area(received, attended),
        late_by=_grouped((case for case in attended if _is_over(case)), lambda case: (case.late_reason,)),
        late=tuple(_late(case) for case in attended if _is_over(case)),
        undelivered=Count.of(case for case in attended if case.undelivered),
        resubmitted=_happened(cases, month, zone, lambda case: case.resubmitted),
        reopened=_happened(cases, month, zone, lambda case: case.reopened),
        pauses=tuple((case.folio, pause) for case in _once({*received, *attended}) for pause in case.pauses),
        frozen=frozen,
    )


def times(cases: Iterable[Case], hours: int = TERM_HOURS) -> Times:
    """Median, 90th percentile and share in term of the cases whose clock was read."""
    timed = [case for case in cases if case.elapsed is not None]
    spent = sorted(case.elapsed for case in timed if case.elapsed is not None)
    middle = len(spent) // 2
    return Times(
        timed=Count.of(timed),
        in_term=Count.of(case for case in timed if _took_at_most(case, hours)),
        over_term=Count.of(case for case in timed if not _took_at_most(case, hours)),
        median=_hours((spent[middle] + spent[-middle - 1]) / 2) if spent else None,
        p90=_hours(spent[-(len(spent) // 10) - 1]) if spent else None,
    )


def percent(part: int, whole: int) -> Decimal | None:
    """part / whole x 100 with one decimal, halves up; None when there is no whole."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(_TENTH, ROUND_HALF_UP)


def percent_text(value: Decimal | None, language: str = "es") -> str:
    """A share as it is printed. Nothing received is neither 0 % nor 100 %."""
    if value is None:
        return "no requests" if language == "en" else "sin solicitudes"
    return f"{value} %"


# --- how ------------------------------------------------------------------------------------------------------------


def _once(cases: Iterable[Case]) -> list[Case]:
    """The cases by folio; a folio is one case, whatever happened to it."""
    listed = sorted(cases, key=lambda case: case.folio)
    for one, other in pairwise(listed):
        if one.folio == other.folio:
            raise ValueError(f"folio {one.folio} comes twice")
    return listed


def _in(month: Month, instant: datetime | None, zone: tzinfo) -> bool:
    return instant is not None and Month.of(instant, zone) == month


def _happened(
    cases: Iterable[Case], month: Month, zone: tzinfo, instants: Callable[[Case], Iterable[datetime]]
) -> Count:
    return Count.of(case for case in cases if any(_in(month, instant, zone) for instant in instants(case)))


def _behind(count: Count, cases: Iterable[Case]) -> list[Case]:
    """The cases of these folios; ValueError when one was not handed in, for then the parts would not add up."""
    by_folio = {case.folio: case for case in cases}
    missing = [folio for folio in count.folios if folio not in by_folio]
    if missing:
        raise ValueError(f"no case for folio {missing[0]}")
    return [by_folio[folio] for folio in count.folios]


def _grouped(cases: Iterable[Case], keys: Callable[[Case], Iterable[str]]) -> dict[str, Count]:
    """The cases under each of their keys, once each, keys in order."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for key in sorted(set(keys(case))):
            groups[key].append(case)
    return {key: Count.of(groups[key]) for key in sorted(groups)}


def _by_area(received: Iterable[Case], attended: Iterable[Case]) -> tuple[AreaFigure, ...]:
    came, went = (_grouped(cases, lambda case: (case.area,)) for cases in (received, attended))
    return tuple(AreaFigure(area, came.get(area, Count()), went.get(area, Count())) for area in sorted({*came, *went}))


def _took_at_most(case: Case, hours: int) -> bool:
    return case.elapsed is not None and case.elapsed <= timedelta(hours=hours)


def _is_over(case: Case) -> bool:
    return case.elapsed is not None and not _took_at_most(case, TERM_HOURS)


def _late(case: Case) -> Late:
    return Late(case.folio, _hours(case.elapsed or timedelta()), case.late_reason, case.late_words)


def _hours(length: timedelta) -> Decimal:
    """A length in hours with one decimal, halves up."""
    return (Decimal(length // timedelta(microseconds=1)) / 3_600_000_000).quantize(_TENTH, ROUND_HALF_UP)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone")
    return instant
