"""The figures of a month in words, in Spanish and English: lines with their numbers, lists, and the folios behind each.

Every number has a key, which names it in the address of the list behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from netreg.office import Office
from netreg.procedures import delays
from netreg.procedures.clocks import TERM_HOURS, Pause
from netreg.procedures.counting import Count, Month, Outcome, hours_of, percent_text
from netreg.procedures.figures import Late, Report
from netreg.procedures.grounds import UNCODED
from netreg.procedures.trends import Overview
from netreg.registry import reasons
from netreg.registry.reasons import Kind

Pair = tuple[str, str]
# Chooses between the Spanish and the English of the same thing.
Say = Callable[[str, str], str]


def spanish(es: str, _en: str) -> str:
    return es


def english(_es: str, en: str) -> str:
    return en


OUTCOMES: dict[Outcome, Pair] = {
    "approved": ("Aprobadas", "Approved"),
    "rejected": ("Rechazadas", "Rejected"),
    "partial": ("En parte", "In part"),
    "withdrawn": ("Desistidas", "Withdrawn"),
    "unanswered": ("Cerradas sin corregir", "Closed uncorrected"),
}
NUMBERS: dict[str, Pair] = {
    "received": ("recibidas", "received"),
    "attended": ("atendidas", "attended"),
    "carried_over": ("de meses anteriores", "from earlier months"),
    "excluded": ("excluidas", "excluded"),
}
RECEIVED, ATTENDED, SHARE = ("Recibidas", "Received"), ("Atendidas", "Attended"), ("Atención", "Attention")
_OVER = ("puede pasar de 100 %", "may exceed 100 %")
_MOMENT = "%d/%m/%Y %H:%M"


class Number(NamedTuple):
    """A number as it is shown, and the list behind it: its key, and the month it is of (None: of today)."""

    shown: str
    key: str
    month: Month | None


Cell = str | Number


class Line(NamedTuple):
    """One number of the report: what it is, what it says, how it is counted.

    `key` names the list behind it, which has `size` rows; a line without a key has no list. `main` ones stand on top.
    """

    what: str
    value: str
    note: str = ""
    key: str = ""
    size: int = 0
    main: bool = False


class Listing(NamedTuple):
    """A list of the report: its title, its columns and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


# --- the folios behind --------------------------------------------------------------------------------------------


def counts(found: Overview) -> dict[str, Count]:
    """Every number of the month and of the open work, by its key."""
    report, work = found.report, found.workload
    named = {name: getattr(report.official, name) for name in NUMBERS}
    named |= {"answered": report.cohort.answered, "undelivered": report.undelivered}
    named |= {"resubmitted": report.resubmitted, "reopened": report.reopened}
    named |= {name: getattr(report.times, name) for name in ("timed", "in_term", "over_term")}
    named |= {"in_time": report.lead.in_time, "too_late": report.lead.too_late, "open": work.open}
    for kind, group in _groups(found).items():
        named |= {f"{kind}:{key}": count for key, count in group.items()}
    return named


def _groups(found: Overview) -> dict[str, Mapping[str, Count]]:
    report, work = found.report, found.workload
    return {
        "within": {str(hours): count for hours, count in report.cohort.within.items()},
        "outcome": report.by_outcome,
        "reason": report.by_reason,
        "return": report.by_return,
        "weekday": {str(day): count for day, count in enumerate(report.by_weekday)},
        "area_received": {part.name: part.received for part in report.by_area},
        "area_attended": {part.name: part.attended for part in report.by_area},
        "procedure_received": {part.name: part.received for part in report.by_procedure},
        "procedure_attended": {part.name: part.attended for part in report.by_procedure},
        "unit": {unit.es: count for unit, count in work.by_unit.items()},
        "person": work.by_person,
    }


# --- lines ----------------------------------------------------------------------------------------------------------


def lines(found: Overview, say: Say = spanish) -> list[Line]:
    """The report's numbers as lines for people. Shares in term are for what has a term alone."""
    return [
        *_official(found.report, say),
        *_cohort(found, say),
        *_times(found, say),
        *_outcomes(found.report, say),
        *_beside(found.report, say),
        opinion(found.report, say),
        _counted(say("Abiertas hoy", "Open today"), found.workload.open, "open", main=True),
    ]


def opinion(report: Report, say: Say) -> Line:
    """What the areas answered, of a month that is over."""
    what = say("Satisfacción de las áreas", "Satisfaction of the areas")
    if report.opinion.answers is None:
        return Line(what, "—", say("se dice al terminar el mes, con tres respuestas o más",
                                   "told once the month is over, from three answers on"))  # fmt: skip
    number = report.opinion.answers
    return Line(what, f"{report.opinion.mean}", say(f"de 1 a 5; {number} respuestas", f"from 1 to 5; {number} answers"))


def _counted(what: str, count: Count, key: str, note: str = "", *, main: bool = False) -> Line:
    """A line that says how many."""
    return Line(what, str(len(count)), note, key, len(count), main)


def _official(report: Report, say: Say) -> Iterator[Line]:
    official = report.official
    yield _counted(
        say(*RECEIVED), official.received, "received", say("acuses del mes", "receipts of the month"), main=True
    )
    note = ("respuestas entregadas en el mes, en cualquier sentido", "answers delivered in the month, in any sense")
    yield _counted(say(*ATTENDED), official.attended, "attended", say(*note), main=True)
    what = say("Atendidas de meses anteriores", "Attended, from earlier months")
    yield _counted(what, official.carried_over, "carried_over")
    what, note = say("Atención (atendidas / recibidas)", "Attention (attended / received)"), _OVER
    yield Line(what, official.text(say("es", "en")), say(*note), main=True)
    if len(official.excluded):
        note = ("duplicadas o anuladas", "duplicate or void")
        yield _counted(say("Excluidas", "Excluded"), official.excluded, "excluded", say(*note))
    yield from _adjusted(report, say)


def _adjusted(report: Report, say: Say) -> Iterator[Line]:
    """What changed since the month was frozen; the frozen figure itself stands."""
    for one in report.adjustments:
        folios = [f"+ {folio}" for folio in one.added.folios] + [f"− {folio}" for folio in one.removed.folios]
        what = f"{say('Ajuste', 'Adjustment')}: {say(*NUMBERS[one.what])}"
        yield Line(what, f"+{len(one.added)} −{len(one.removed)}", ", ".join(folios))


def _cohort(found: Overview, say: Say) -> Iterator[Line]:
    cohort, lead = found.report.cohort, found.report.lead
    what, so_far = say("Respondidas de las recibidas", "Answered of those received"), say("hasta hoy", "so far")
    share = percent_text(cohort.percent, say("es", "en"))
    yield Line(what, share, so_far, "answered", len(cohort.answered), main=True)
    for hours, count in cohort.within.items() if found.has_term else ():
        what = say(f"Atendidas en {hours} h", f"Attended within {hours} h")
        share = percent_text(cohort.percent_within(hours), say("es", "en"))
        yield Line(what, share, "", f"within:{hours}", len(count))
    if found.has_lead:
        what = say("Recibidas con la anticipación debida", "Received with due notice")
        note = say("de las que piden anticipación", "of those that ask for notice")
        yield Line(what, share_text(lead.percent), note, "in_time", len(lead.in_time), main=True)


def _times(found: Overview, say: Say) -> Iterator[Line]:
    times, note = found.report.times, say("horas en días hábiles", "hours on working days")
    if found.has_term:
        what = say("En término, de las atendidas", "In term, of those attended")
        share = share_text(times.in_term_percent)
        yield Line(what, share, f"{_terms(found)} {note}", "in_term", len(times.in_term), main=True)
    yield Line(
        say("Tiempo mediano", "Median time"), hours_text(times.median), note, "timed", len(times.timed), main=True
    )
    what = say("Nueve de cada diez en", "Nine in ten within")
    yield Line(what, hours_text(times.p90), note, "timed", len(times.timed), main=True)


def _terms(found: Overview) -> str:
    """The terms of what was counted, as "72"."""
    return " / ".join(map(str, sorted({case.term for case in found.cases.values() if case.term}))) or str(TERM_HOURS)


def _outcomes(report: Report, say: Say) -> Iterator[Line]:
    for outcome, what in OUTCOMES.items():
        if outcome in report.by_outcome:
            yield _counted(say(*what), report.by_outcome[outcome], f"outcome:{outcome}")
    for reason_code, count in report.by_reason.items():
        yield _counted(f"{say('Rechazo', 'Rejection')}: {reason(reason_code, say)}", count, f"reason:{reason_code}")
    for code, count in report.by_return.items():
        yield _counted(f"{say('Devolución', 'Return')}: {reason(code, say, 'return')}", count, f"return:{code}")


def _beside(report: Report, say: Say) -> Iterator[Line]:
    """What is told only where it happened."""
    beside = {
        "undelivered": (("Sin entregar, con nota", "Undelivered, with a note"), report.undelivered),
        "resubmitted": (("Corregidas y recibidas de nuevo", "Corrected and received again"), report.resubmitted),
        "reopened": (("Reabiertas", "Reopened"), report.reopened),
    }
    for key, (what, count) in beside.items():
        if len(count):
            yield _counted(say(*what), count, key)


def frozen_text(report: Report, office: Office, say: Say = spanish) -> str:
    """When the figure was frozen, and whether that was late; nothing while the month is open."""
    if report.frozen is None:
        return ""
    cut = moment(report.official.month.cut(office.zone), office)
    said = say(f"Cifra congelada al corte del {cut}", f"Figure frozen at the cut of {cut}")
    if report.frozen.late:
        at = moment(report.frozen.at, office)
        return said + say(f"; se congeló tarde, el {at}", f"; it was frozen late, on {at}")
    return said


# --- lists ----------------------------------------------------------------------------------------------------------


def listings(found: Overview, office: Office, say: Say = spanish) -> list[Listing]:
    """The lists with the reasons: what was late, and when clocks stood still."""
    report = found.report
    return [
        Listing(
            say("Fuera de término", "Over term"),
            ("Folio", say("Horas", "Hours"), say("Causa", "Cause")),
            [(one.folio, str(one.hours), delay_text(one, say)) for one in report.late],
        ),
        Listing(
            say("Pausas del reloj", "Pauses of the clock"),
            ("Folio", say("Desde", "From"), say("Hasta", "To"), say("Causa", "Cause")),
            [
                (folio, moment(pause.start, office), _end(pause, office, say), pause_text(pause, say))
                for folio, pause in report.pauses
            ],
        ),
    ]


def folios(found: Overview, office: Office, count: Count, say: Say = spanish) -> Listing:
    """The list behind a number: what has a folio with its area, its moments and what became of it."""
    rows = [_folio(folio, found, office, say) for folio in count.folios]
    columns = (
        "Folio", say("Procedimiento", "Procedure"), say("Área", "Area"), say("Recibida", "Received"),
        say("Atendida", "Attended"), say("Resultado", "Outcome"), say("Horas", "Hours"),
    )  # fmt: skip
    return Listing("Folios", columns, rows)


def _folio(folio: str, found: Overview, office: Office, say: Say) -> tuple[str, ...]:
    case = found.cases.get(folio)
    if case is None:
        return (folio, *("",) * 6)
    title = found.titles.get(case.procedure)
    moments = ("" if at is None else moment(at, office) for at in (case.received, case.attended))
    outcome = say(*OUTCOMES[case.outcome]) if case.outcome and case.attended else ""
    hours = "" if case.elapsed is None else str(hours_of(case.elapsed))
    return (folio, title.text(say("es", "en")) if title else case.procedure, case.area, *moments, outcome, hours)


def delay_text(late: Late, say: Say = spanish) -> str:
    """Why it was late, in words."""
    if not late.reason:
        return say("sin causa escrita", "no cause written")
    named = say(*delays.REASONS.get(late.reason, (late.reason, late.reason)))
    return f"{named}: {late.words}" if late.words else named


def pause_text(pause: Pause, say: Say = spanish) -> str:
    """Why the clock stood still, in words."""
    if pause.why == "closed":
        return f"{say('Estuvo cerrada; se reabrió', 'It was closed, and reopened')}: {pause.cause}"
    if pause.why == "waiting":
        return f"{say('En espera', 'Waiting')}: {pause.cause}"
    if pause.why == "binding":
        return f"{say('Faltaba traer', 'Not brought yet')}: {pause.cause}"
    return f"{say('Devuelta', 'Returned')}: {pause.cause}"


def reason(code: str, say: Say = spanish, kind: Kind = "rejection") -> str:
    """A reason of a rejection or of a return, in words."""
    if code == UNCODED:
        return say("sin motivo del catálogo", "no reason of the catalogue")
    return say(*reasons.names(kind).get(code, (code, code)))


def moment(instant: datetime, office: Office) -> str:
    """A minute at the office."""
    return instant.astimezone(office.zone).strftime(_MOMENT)


def hours_text(value: Decimal | None) -> str:
    return "—" if value is None else f"{value} h"


def share_text(value: Decimal | None) -> str:
    return "—" if value is None else f"{value} %"


def _end(pause: Pause, office: Office, say: Say) -> str:
    return moment(pause.end, office) if pause.end else say("sigue", "still")
