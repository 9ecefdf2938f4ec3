"""The monthly figure: every row of the table in the core workflow, section 12, and the cohort beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.procedures.clocks import Pause
from netreg.procedures.counting import OUTCOMES, Case, Count, Month, percent, percent_text
from netreg.procedures.figures import Frozen, Report, adjustments, cohort, official, report, times

MEXICO = ZoneInfo("America/Mexico_City")
JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    """The instant that a clock in Mexico City shows like this."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def case(number: int, received: str | None, attended: str | None = None, **more: object) -> Case:
    """A folio of Obras, received and attended at noon of these days."""
    instants = (at(f"{day}T12:00") if day else None for day in (received, attended))
    return replace(Case(f"ADJ-P03-2026-{number:05}", "obras", *instants), **more)  # type: ignore[arg-type]


def figure(*cases: Case, month: Month = FEBRUARY) -> tuple[int, int]:
    """How many were received and attended."""
    found = official(cases, month, MEXICO)
    return len(found.received), len(found.attended)


# --- the table of section 12, row by row ----------------------------------------------------------------------------


def test_received_is_an_acuse_of_the_month_and_neither_a_draft_nor_a_send() -> None:
    assert figure(case(1, "2026-02-02"), case(2, None), case(3, "2026-01-31"), case(4, "2026-03-01")) == (1, 0)


def test_a_month_is_local_time() -> None:
    last_minute = replace(case(1, None), received=datetime(2026, 3, 1, 5, 59, tzinfo=UTC))
    first_minute = replace(case(2, None), received=datetime(2026, 3, 1, 6, 0, tzinfo=UTC))
    assert official([last_minute, first_minute], FEBRUARY, MEXICO).received.folios == (last_minute.folio,)


def test_attended_is_a_delivered_answer_and_not_a_decision() -> None:
    decided = case(1, "2026-02-02", outcome="approved", elapsed=timedelta(hours=5))
    assert figure(decided) == (1, 0)
    assert figure(replace(decided, attended=at("2026-02-05T12:00"))) == (1, 1)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_rejected_partial_and_withdrawn_are_attended_once_each_and_shown_apart(outcome: str) -> None:
    cases = [case(1, "2026-02-02", "2026-02-05", outcome=outcome), case(2, "2026-02-03")]
    assert figure(*cases) == (2, 1)
    shown = report(cases, FEBRUARY, MEXICO, NOW).by_outcome
    assert {name: count.folios for name, count in shown.items()} == {outcome: (cases[0].folio,)}


def test_a_withdrawn_request_is_received_and_waits_for_its_closing_note() -> None:
    assert figure(case(1, "2026-02-02", outcome="withdrawn")) == (1, 0)


def test_returned_and_resubmitted_is_one_folio_received_once_at_its_first_acuse() -> None:
    returned = case(1, "2026-01-20", "2026-02-10", resubmitted=(at("2026-02-03T12:00"),))
    assert figure(returned, month=JANUARY) == (1, 0) and figure(returned) == (0, 1)
    assert report([returned], FEBRUARY, MEXICO, NOW).resubmitted.folios == (returned.folio,)
    with pytest.raises(ValueError, match="twice"):
        official([returned, case(1, "2026-02-03")], FEBRUARY, MEXICO)


@pytest.mark.parametrize("why", ["duplicate", "void"])
def test_a_duplicate_or_void_folio_is_out_of_both_and_listed(why: str) -> None:
    void = case(1, "2026-02-02", "2026-02-03", excluded=why)
    assert figure(void, case(2, "2026-02-02")) == (1, 0)
    found = report([void, case(2, "2026-02-02")], FEBRUARY, MEXICO, NOW)
    assert found.official.excluded.folios == (void.folio,)
    assert void.folio not in found.cohort.received.folios and not found.by_outcome


def test_scenario_35_what_nobody_would_take_is_attended_on_the_date_of_the_reasoned_note() -> None:
    refused = case(1, "2026-02-02", "2026-02-20", outcome="approved", undelivered=True)
    assert figure(refused) == (1, 1)
    assert report([refused], FEBRUARY, MEXICO, NOW).undelivered.folios == (refused.folio,)


def test_received_on_31_january_and_answered_on_3_february_counts_in_each_month_once() -> None:
    late = case(1, "2026-01-31", "2026-02-03")
    assert figure(late, month=JANUARY) == (1, 0) and figure(late) == (0, 1)
    assert official([late], FEBRUARY, MEXICO).carried_over.folios == (late.folio,)


def test_scenario_36_over_100_percent_is_shown_as_it_is_with_the_carried_over_beside_it() -> None:
    own = [case(number, "2026-02-04", "2026-02-10" if number <= 6 else None) for number in range(1, 9)]
    carried = [case(number, "2026-01-28", "2026-02-03") for number in range(9, 12)]
    found = report([*own, *carried], FEBRUARY, MEXICO, NOW)
    assert found.official.percent == Decimal("112.5") and found.official.text() == "112.5 %"
    assert len(found.official.carried_over) == 3 and len(found.official.own) == 6
    assert found.cohort.percent == Decimal("75.0")


def test_scenario_37_nothing_received_and_one_attended_is_sin_solicitudes_and_neither_0_nor_100() -> None:
    found = report([case(1, "2026-01-31", "2026-02-03")], FEBRUARY, MEXICO, NOW)
    assert found.official.percent is None and len(found.official.attended) == 1
    assert found.official.text() == "sin solicitudes" and found.official.text("en") == "no requests"
    assert found.cohort.percent is None and found.cohort.percent_within(24) is None


def test_nothing_attended_is_zero_percent() -> None:
    assert official([case(1, "2026-02-04")], FEBRUARY, MEXICO).text() == "0.0 %"


def test_a_reopened_request_is_not_counted_again() -> None:
    reopened = case(1, "2026-01-10", "2026-01-15", reopened=(at("2026-02-03T12:00"),))
    assert figure(reopened, month=JANUARY) == (1, 1) and figure(reopened) == (0, 0)
    assert report([reopened], FEBRUARY, MEXICO, NOW).reopened.folios == (reopened.folio,)


def test_a_closed_month_is_frozen_and_what_changes_later_is_an_ajuste() -> None:
    before = [case(1, "2026-02-02", "2026-02-05"), case(2, "2026-02-03"), case(3, "2026-01-30", "2026-02-06")]
    frozen = Frozen.of(official(before, FEBRUARY, MEXICO), FEBRUARY.cut(MEXICO), MEXICO)
    after = [replace(before[0], excluded="duplicate"), before[1], before[2], case(4, "2026-02-27")]
    found = report(after, FEBRUARY, MEXICO, NOW, frozen)
    assert (
        found.official == frozen.official
        and found.frozen == frozen
        and not frozen.late
        and found.official.text() == "100.0 %"
    )
    changes = {one.what: (one.added.folios, one.removed.folios) for one in found.adjustments}
    assert changes == {
        "received": (("ADJ-P03-2026-00004",), ("ADJ-P03-2026-00001",)),
        "attended": ((), ("ADJ-P03-2026-00001",)),
        "excluded": (("ADJ-P03-2026-00001",), ()),
    }
    assert adjustments(frozen.official, official(before, FEBRUARY, MEXICO)) == ()


def test_the_parts_of_a_frozen_month_add_up_to_the_frozen_figure() -> None:
    answered = case(1, "2026-02-02", "2026-02-05", outcome="rejected")
    frozen = Frozen.of(official([answered], FEBRUARY, MEXICO), NOW, MEXICO)
    assert frozen.late
    found = report([replace(answered, excluded="void")], FEBRUARY, MEXICO, NOW, frozen)
    assert found.by_outcome["rejected"] == found.official.attended
    with pytest.raises(ValueError, match="no case"):
        report([], FEBRUARY, MEXICO, NOW, frozen)
    with pytest.raises(ValueError, match="not that of"):
        report([answered], JANUARY, MEXICO, NOW, frozen)


def test_the_cut_is_the_end_of_day_5_of_the_following_month() -> None:
    assert FEBRUARY.cut(MEXICO) == at("2026-03-06T00:00")
    assert Month(2026, 12).cut(MEXICO) == at("2027-01-06T00:00")


# --- the cohort -----------------------------------------------------------------------------------------------------


def test_the_cohort_grows_while_late_answers_come_in() -> None:
    cases = [
        case(1, "2026-02-02", "2026-02-05"),
        case(2, "2026-02-27", "2026-03-04"),
        case(3, "2026-01-31", "2026-02-03"),
    ]
    at_month_end, later = (cohort(cases, FEBRUARY, MEXICO, at(now)) for now in ("2026-03-01T00:00", "2026-03-05T00:00"))
    assert (at_month_end.percent, later.percent) == (Decimal("50.0"), Decimal("100.0"))


def test_the_cohort_shows_who_was_attended_within_24_48_and_72_hours() -> None:
    spent = (24, 24.5, 48, 72, 72.1)
    cases = [
        case(number, "2026-02-02", "2026-02-20", elapsed=timedelta(hours=hours)) for number, hours in enumerate(spent)
    ]
    found = cohort([*cases, case(9, "2026-02-02", elapsed=timedelta(hours=1))], FEBRUARY, MEXICO, NOW)
    assert {hours: len(count) for hours, count in found.within.items()} == {24: 1, 48: 3, 72: 4}
    assert found.percent_within(72) == Decimal("66.7")


# --- times, areas, reasons ------------------------------------------------------------------------------------------


def test_median_and_p90_are_hours_with_one_decimal_and_p90_really_happened() -> None:
    cases = [case(number, "2026-02-02", "2026-02-03", elapsed=timedelta(hours=number)) for number in range(1, 11)]
    found = times(cases)
    assert (found.median, found.p90) == (Decimal("5.5"), Decimal("9.0"))
    assert times(cases[:3]).median == Decimal("2.0") and times(cases[:3]).p90 == Decimal("3.0")


def test_the_share_in_term_is_of_those_whose_clock_was_read() -> None:
    spent = (timedelta(hours=72), timedelta(hours=72, seconds=1), timedelta(hours=3), None)
    cases = [case(number, "2026-02-02", "2026-02-20", elapsed=one) for number, one in enumerate(spent)]
    found = report(cases, FEBRUARY, MEXICO, NOW).times
    assert found.in_term_percent == Decimal("66.7")
    assert (len(found.timed), found.over_term.folios) == (3, (cases[1].folio,))
    assert times([]).median is times([]).p90 is times([]).in_term_percent is None


def test_delays_are_shown_with_their_reasons_and_silence_is_shown_too() -> None:
    late = {"elapsed": timedelta(hours=80)}
    cases = [
        case(1, "2026-02-02", "2026-02-20", late_reason="carga de trabajo", **late),
        case(2, "2026-02-02", "2026-02-20", **late),
        case(3, "2026-02-02", "2026-02-03", late_reason="de más", elapsed=timedelta(hours=2)),
    ]
    found = report(cases, FEBRUARY, MEXICO, NOW)
    assert {reason: count.folios for reason, count in found.late_by.items()} == {
        "": (cases[1].folio,),
        "carga de trabajo": (cases[0].folio,),
    }


def test_rejections_are_counted_by_reason_with_the_folios_behind_them_also_in_partial_answers() -> None:
    cases = [
        case(1, "2026-02-02", "2026-02-05", outcome="rejected", rejections=("quota_full", "quota_full")),
        case(2, "2026-02-02", "2026-02-05", outcome="partial", rejections=("quota_full", "unfit_device")),
        case(3, "2026-02-02", outcome="rejected", rejections=("other",)),
    ]
    found = report(cases, FEBRUARY, MEXICO, NOW).by_reason
    assert {reason: len(count) for reason, count in found.items()} == {"quota_full": 2, "unfit_device": 1}


def test_each_area_has_its_own_figure_and_a_carried_over_answer_alone_is_sin_solicitudes() -> None:
    cases = [
        case(1, "2026-02-02", "2026-02-05"),
        case(2, "2026-02-02"),
        case(3, "2026-01-30", "2026-02-05", area="tesorería"),
        case(4, "2026-01-30", area="nadie"),
    ]
    found = {one.name: one for one in report(cases, FEBRUARY, MEXICO, NOW).by_area}
    assert set(found) == {"obras", "tesorería"}
    assert found["obras"].percent == Decimal("50.0") and percent_text(found["tesorería"].percent) == "sin solicitudes"


def test_pauses_are_listed_with_their_folios_so_that_they_cannot_hide_a_delay() -> None:
    pause = Pause(at("2026-02-03T12:00"), None, "falta el oficio firmado")
    cases = [case(1, "2026-02-02", pauses=(pause,)), case(2, "2026-03-02", pauses=(pause,))]
    assert report(cases, FEBRUARY, MEXICO, NOW).pauses == ((cases[0].folio, pause),)


# --- values ---------------------------------------------------------------------------------------------------------


def test_a_percentage_has_one_decimal_and_halves_go_up() -> None:
    assert [percent(part, whole) for part, whole in ((1, 3), (2, 3), (1, 800), (3, 1))] == [
        Decimal("33.3"), Decimal("66.7"), Decimal("0.1"), Decimal("300.0"),
    ]  # fmt: skip
    assert percent(0, 0) is None


def test_a_month_is_written_with_its_year() -> None:
    assert str(Month.parse("2026-02")) == "2026-02" and Month.parse("2026-12").following == Month(2027, 1)
    for text in ("2026-2", "2026-13", "02/2026", "2026-00", "２026-02", ""):
        with pytest.raises(InvalidValue) as refused:
            Month.parse(text)
        assert refused.value.code == "E_MONTH"


def test_an_answer_before_the_reception_and_an_instant_without_a_zone_are_mistakes() -> None:
    with pytest.raises(ValueError, match="before it is received"):
        case(1, "2026-02-03", "2026-02-02")
    with pytest.raises(ValueError, match="before it is received"):
        case(1, None, "2026-02-02")
    with pytest.raises(ValueError, match="zone"):
        official([Case("F", "obras", datetime(2026, 2, 2))], FEBRUARY, MEXICO)


# --- properties -----------------------------------------------------------------------------------------------------

INSTANTS = st.datetimes(datetime(2025, 11, 1), datetime(2026, 5, 1), timezones=st.just(UTC))


@st.composite
def any_cases(draw: st.DrawFn) -> list[Case]:
    """Folios of some months, at every stage."""
    cases = []
    for number in range(draw(st.integers(0, 12))):
        received = draw(st.none() | INSTANTS)
        days = draw(st.none() | st.integers(0, 70))
        cases.append(
            Case(
                f"F-{number:05}",
                draw(st.sampled_from(("obras", "tesorería"))),
                received,
                received + timedelta(days) if received is not None and days is not None else None,
                draw(st.none() | st.sampled_from(OUTCOMES)),
                draw(st.sampled_from(((), ("quota_full",), ("other", "quota_full")))),
                draw(st.none() | st.integers(0, 100).map(lambda hours: timedelta(hours=hours))),
                excluded=draw(st.sampled_from((None, None, "duplicate", "void"))),
                undelivered=draw(st.booleans()),
                procedure=draw(st.sampled_from(("ADJ-P03", "GCH-CCS-P05"))),
                term=draw(st.sampled_from((72, 24, None))),
                in_time=draw(st.none() | st.booleans()),
            )
        )
    return cases


def counts(found: Report) -> Iterator[Count]:
    """Every number of a report."""
    yield from (found.official.received, found.official.attended, found.official.carried_over, found.official.excluded)
    yield from (found.cohort.received, found.cohort.answered, *found.cohort.within.values())
    yield from (found.times.timed, found.times.in_term, found.times.over_term, found.undelivered)
    yield from (*found.by_outcome.values(), *found.by_reason.values(), *found.late_by.values())
    parts = (*found.by_area, *found.by_procedure)
    yield from (count for part in parts for count in (part.received, part.attended))
    yield from (*found.by_weekday, found.lead.in_time, found.lead.too_late)


@given(any_cases(), st.sampled_from((Month(2025, 12), JANUARY, FEBRUARY, Month(2026, 4))))
def test_the_parts_of_a_report_add_up(cases: list[Case], month: Month) -> None:
    found = report(cases, month, MEXICO, NOW)
    assert len(found.official.carried_over) + len(found.official.own) == len(found.official.attended)
    assert set(found.official.own.folios) <= set(found.official.received.folios)
    for whole, parts in (
        (found.official.attended, found.by_outcome.values()),
        (found.official.attended, [area.attended for area in found.by_area]),
        (found.official.received, [area.received for area in found.by_area]),
        (found.official.attended, [one.attended for one in found.by_procedure]),
        (found.official.received, [one.received for one in found.by_procedure]),
        (found.official.received, found.by_weekday),
        (found.times.over_term, found.late_by.values()),
    ):
        assert sorted(folio for part in parts for folio in part.folios) == list(whole.folios)


@given(any_cases(), st.sampled_from((JANUARY, FEBRUARY)))
def test_the_list_behind_a_number_has_as_many_different_folios_as_the_number_says(
    cases: list[Case], month: Month
) -> None:
    for count in counts(report(cases, month, MEXICO, NOW)):
        assert len(count) == len(set(count.folios)) and list(count.folios) == sorted(count.folios)


@given(any_cases(), st.sampled_from((JANUARY, FEBRUARY)))
def test_the_cohort_never_exceeds_100_percent_and_shorter_terms_hold_fewer(cases: list[Case], month: Month) -> None:
    found = cohort(cases, month, MEXICO, NOW)
    sizes = [found.within[24], found.within[48], found.within[72], found.answered, found.received]
    for fewer, more in itertools.pairwise(sizes):
        assert set(fewer.folios) <= set(more.folios)
    assert found.percent is None or 0 <= found.percent <= 100


@given(any_cases())
def test_over_all_months_every_folio_is_received_once_and_attended_once_at_most(cases: list[Case]) -> None:
    months = [Month(2025, 10)]
    while months[-1] != Month(2026, 9):
        months.append(months[-1].following)
    found = [official(cases, month, MEXICO) for month in months]
    counted = [one for one in cases if one.excluded is None and one.received is not None]
    assert sorted(folio for one in found for folio in one.received.folios) == [one.folio for one in counted]
    assert sorted(folio for one in found for folio in one.attended.folios) == [
        one.folio for one in counted if one.attended is not None
    ]
