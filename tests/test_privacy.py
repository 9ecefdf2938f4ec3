"""The terms of retention as dates, and the notice as it stands before anybody filled it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg import config
from netreg.errors import ConfigError
from netreg.office import Office
from netreg.privacy import PrivacyNotice, Retention

INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("at", "months", "until"),
    [
        ("2027-11-20", 12, "2026-11-20"),
        ("2027-01-15", 1, "2026-12-15"),
        ("2027-03-31", 1, "2027-02-28"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2027-05-31", 18, "2025-11-30"),
    ],
)
def test_a_term_is_counted_in_calendar_months(at: str, months: int, until: str) -> None:
    assert Retention(months).removals_until(datetime.fromisoformat(at)) == datetime.fromisoformat(until)


@given(INSTANTS, INSTANTS, st.integers(1, 240))
def test_time_only_ever_adds_to_what_is_due_and_a_month_has_28_days_at_least(
    one: datetime, other: datetime, months: int
) -> None:
    first, last = sorted((one, other))
    term = Retention(months)
    assert term.removals_until(first) <= term.removals_until(last)
    assert timedelta(days=28 * months) <= first - term.removals_until(first) <= timedelta(days=31 * months)


def test_an_office_that_filled_nothing_in_has_a_neutral_notice_and_names_no_law_and_no_authority(
    tmp_path: Path,
) -> None:
    notice = Office.of(config.parse("", tmp_path)).notice
    assert (notice.version, notice.date, notice.guarantor, notice.arco, notice.full) == ("",) * 5
    assert "todavía no ha llenado" in notice.text
    said = (notice.text + notice.es + notice.en).lower()
    assert not [word for word in ("ley", "artículo", "inai", "infoem", "secretaría", "law") if word in said.split()]
    assert "12 meses" in notice.es and "12 months" in notice.en


def test_the_offices_own_notice_is_read_from_its_file_and_the_terms_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "aviso.txt").write_text("\ufeffPrimero.\r\n\r\nSegundo\nrenglón.\n\n\n", encoding="utf-8")
    settings = config.parse(
        '[privacy]\nnotice_file = "aviso.txt"\nversion = "2"\ndate = "2026-11-20"\narco = "Palacio, planta baja"\n'
        "retention_months = 6\nsighting_days = 30\ntrail_days = 1",
        tmp_path,
    )
    office = Office.of(settings)
    assert office.notice.paragraphs == ["Primero.", "Segundo\nrenglón."]
    assert (office.notice.version, office.notice.date) == ("2", "2026-11-20")
    assert office.notice.arco == "Palacio, planta baja" and "6 meses" in office.notice.es
    assert "en qué parte de la red se vio, un día" in office.notice.es and "one day" in office.notice.en
    assert office.retention == Retention(6, 30, 1) and office.retention_key == tmp_path / "data" / "retention.key"


@pytest.mark.parametrize(
    "text",
    [
        'notice_file = "aviso.txt"',
        'notice_file = "aviso.txt"\nversion = "1"',
        'date = "20/11/2026"',
        "retention_months = 0",
        "sighting_days = 0",
        "trail_days = 0",
    ],
)
def test_a_notice_without_version_and_date_and_a_term_of_nothing_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse(f"[privacy]\n{text}", tmp_path)
    assert refused.value.id == "netreg.C005" and "privacy" in str(refused.value)


def test_a_notice_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    settings = config.parse('[privacy]\nnotice_file = "nada.txt"\nversion = "1"\ndate = "2026-11-20"', tmp_path)
    with pytest.raises(ConfigError) as refused:
        Office.of(settings)
    assert refused.value.id == "netreg.C020"


def test_the_short_notice_says_the_offices_own_term() -> None:
    assert "24 meses" in PrivacyNotice(months=24).es
