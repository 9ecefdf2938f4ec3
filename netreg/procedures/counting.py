"""What the figures of a month count: months, cases, and numbers that carry the folios behind them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from netreg.errors import InvalidValue
from netreg.procedures.clocks import TERM_HOURS, Pause

Outcome = Literal["approved", "rejected", "partial", "withdrawn", "unanswered"]
OUTCOMES: tuple[Outcome, ...] = ("approved", "rejected", "partial", "withdrawn", "unanswered")
Excluded = Literal["duplicate", "void"]
EXCLUDED: tuple[Excluded, ...] = ("duplicate", "void")

DECEMBER = 12
LAST_CORRECTION_DAY = 5
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
        local = aware(instant).astimezone(zone)
        return cls(local.year, local.month)

    @property
    def following(self) -> Month:
        return Month(self.year + 1, 1) if self.month == DECEMBER else Month(self.year, self.month + 1)

    def back(self, months: int) -> Month:
        """The month so many months before."""
        years, month = divmod(self.year * DECEMBER + self.month - 1 - months, DECEMBER)
        return Month(years, month + 1)

    def start(self, zone: tzinfo) -> datetime:
        """The instant at which the month begins at the office, UTC."""
        return datetime.combine(date(self.year, self.month, 1), time.min, zone).astimezone(UTC)

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
    rejections   the reason codes given, of the devices of a partial answer too; "none" for words alone
    elapsed      working-day time of the official clock when it stopped, or where there is no official clock from the
                 receipt to the answer; None while it runs
    late_reason  why it passed the term: a code, with words in `late_words` where it wants them
    undelivered  attended by a reasoned note instead of a delivery
    excluded     a duplicate or void folio, which counts nowhere
    resubmitted  later acuses
    reopened     when it was opened again after its answer
    procedure    the code of its procedure
    term         the hours in which it had to be attended; None where its procedure has no term
    in_time      whether it was received as long before the day it was needed as its procedure asks (lead time); None
                 where nothing is asked, or the day is not known
    returned     when it went back to its area, each time with the reason code given, or "none"
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
    procedure: str = ""
    term: int | None = TERM_HOURS
    in_time: bool | None = None
    returned: tuple[tuple[datetime, str], ...] = ()

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

    def plus(self, other: Count) -> Count:
        """What is here or there, each once."""
        return Count(tuple(sorted({*self.folios, *other.folios})))

    def among(self, folios: Container[str]) -> Count:
        """What is here and among those."""
        return Count(tuple(folio for folio in self.folios if folio in folios))


def once(cases: Iterable[Case]) -> list[Case]:
    """The cases by folio; ValueError for one that comes twice: a folio is one case, whatever happened to it."""
    listed = sorted(cases, key=lambda case: case.folio)
    for one, other in pairwise(listed):
        if one.folio == other.folio:
            raise ValueError(f"folio {one.folio} comes twice")
    return listed


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


def hours_of(length: timedelta) -> Decimal:
    """A length in hours with one decimal, halves up."""
    return (Decimal(length // timedelta(microseconds=1)) / 3_600_000_000).quantize(_TENTH, ROUND_HALF_UP)


def aware(instant: datetime) -> datetime:
    """The same instant; ValueError for one without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone")
    return instant
