"""One question to the area: from 1 to 5 once it signed for the answer, and never told of fewer than three."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from netreg.errors import InvalidValue, NotAllowed
from netreg.office import Office
from netreg.procedures import opinion, report_lines, reporting
from netreg.procedures.asking import CODE
from netreg.procedures.desk import satisfaction
from netreg.procedures.desk.models import Satisfaction
from netreg.procedures.figures import Month
from netreg.registry import queries
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, SOFIA, TOMAS, Member
from tests.procedures.desk.test_endings import completed
from tests.procedures.desk.test_taking import doing
from tests.procedures.test_tickets import turned_over


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    """An office with a folder for its letters."""
    store.office = Office(files=tmp_path / "files")
    yield


def judge(store: Store, by: Member, folio: str, score: str = "4", comment: str = "") -> None:
    doing(store, by, folio, satisfaction.judge, score, comment)


def test_the_area_answers_once_it_signed_and_nobody_else_does(store: Store) -> None:
    folio = completed(store)
    for who in (BETO, SOFIA, CARLA, INES):
        with pytest.raises(NotAllowed):
            judge(store, who, folio)
    judge(store, TOMAS, folio, "5", "Rápido")
    with pytest.raises(NotAllowed):
        judge(store, ANA, turned_over(store))


@pytest.mark.parametrize("score", ["0", "6", "", "4.5", "-1", "٣", "five"])
def test_it_is_a_number_from_1_to_5(store: Store, score: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        judge(store, ANA, completed(store), score)
    assert refused.value.field == "score"


def test_it_is_one_answer_that_may_change_for_30_days_from_the_first(store: Store) -> None:
    folio = completed(store)
    judge(store, ANA, folio, "2", "Tardó")
    with travel(now() + timedelta(days=29)):
        judge(store, TOMAS, folio, "4")
    with travel(now() + timedelta(days=31)), pytest.raises(NotAllowed):
        judge(store, ANA, folio, "1")
    with store.reading() as session:
        row = session.get_one(Satisfaction, 1)
        assert (row.score, row.comment, row.given_by) == (4, "", TOMAS.email)


def test_the_log_does_not_say_what_was_answered(store: Store) -> None:
    folio = completed(store)
    judge(store, ANA, folio, "1", "Muy mal trato")
    with store.reading() as session:
        (event,) = queries.audit(session, "request 1", most=1)
        assert event.name == "request.judged" and "mal trato" not in event.data and '"score"' not in event.data


def test_the_report_tells_a_mean_and_the_words_once_the_month_is_over_and_three_answered(store: Store) -> None:
    month = Month.of(now(), store.office.zone)
    folios = []
    for number, (score, words) in enumerate((("5", "Bien"), ("4", ""), ("2", "Apenas"))):
        folios.append(completed(store))
        judge(store, ANA, folios[-1], score, words)
        report = told(store, month, days=40)
        assert (report.opinion.answers is None) == (number < 2), "two answers tell who said what"
        assert number == 2 or (line(report) == "—" and report.comments == ())
    assert (report.opinion.answers, str(report.opinion.mean), report.comments) == (3, "3.7", ("Apenas", "Bien"))
    assert line(report) == "3.7"
    assert told(store, month, days=0).opinion.answers is None, "watched from day to day, a mean tells each answer"


def line(report: reporting.Report) -> str:
    """What the printed report says of it."""
    return report_lines.opinion(report, report_lines.spanish).value


def told(store: Store, month: Month, days: int) -> reporting.Report:
    with store.reading() as session:
        return reporting.report(session, CODE, month, store.office, now() + timedelta(days=days))


@given(st.lists(st.integers(1, 5), max_size=40))
def test_a_mean_lies_among_its_answers_and_fewer_than_three_tell_nothing(scores: list[int]) -> None:
    found = opinion.of(scores)
    assert (found.mean is None) == (len(scores) < 3) == (found.answers is None)
    assert found.mean is None or min(scores) <= found.mean <= max(scores)
