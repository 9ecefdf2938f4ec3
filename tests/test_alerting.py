"""When people are told of alerts, and that nothing from outside changes what a message is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.alerting import Times, Told, assigned, at_once, digest, plain
from netreg.detection import advice
from netreg.policy.calendar import Calendar

MEXICO = ZoneInfo("America/Mexico_City")
ADDRESS = "https://red.municipio.gob.mx"
NIGHT = Times(MEXICO, 8, (time(22), time(7)))
HOSTILE = "Móvil\n\nURGENTE: http://mal.mx <b>@todos</b> [clic](http://mal.mx) *ya* `x`\x1b[31m\u2028\u202e"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def told(number: int = 1, **said: str | bool) -> Told:
    facts = {"kind": "rogue", "place": "palacio", "mac": "a4:83:e7:11:22:33", "vendor": "Apple, Inc."} | said
    return Told(number, since="22/11/2026 09:00", explanation=("Nadie lo pidió.", "Nobody asked."), **facts)  # type: ignore[arg-type]


# --- when -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-11-20 21:59", "2026-11-20 21:59"),
        ("2026-11-20 22:00", "2026-11-21 07:00"),
        ("2026-11-20 23:59", "2026-11-21 07:00"),
        ("2026-11-21 00:00", "2026-11-21 07:00"),
        ("2026-11-21 06:59", "2026-11-21 07:00"),
        ("2026-11-21 07:00", "2026-11-21 07:00"),
    ],
)
def test_in_the_quiet_hours_a_message_waits_for_their_end(at: str, allowed: str) -> None:
    assert NIGHT.allowed(moment(at).astimezone(UTC)) == moment(allowed)


def test_quiet_hours_may_lie_within_a_day_or_not_be_there() -> None:
    lunch = Times(MEXICO, 8, (time(13), time(15)))
    assert lunch.allowed(moment("2026-11-20 14:00")) == moment("2026-11-20 15:00")
    assert lunch.allowed(moment("2026-11-20 15:00")) == moment("2026-11-20 15:00")
    assert Times(MEXICO).allowed(moment("2026-11-20 03:00")) == moment("2026-11-20 03:00")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.times(), st.times())
def test_what_waited_may_go_and_waited_less_than_a_day(at: datetime, start: time, end: time) -> None:
    times = Times(MEXICO, 8, (start.replace(microsecond=0), end.replace(microsecond=0)))
    then = at.replace(tzinfo=UTC)
    allowed = times.allowed(then)
    assert then <= allowed < then + timedelta(days=1, hours=1)
    assert start == end or times.allowed(allowed) == allowed


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-20 07:59", None),  # a Friday
        ("2026-11-20 08:00", "2026-11-20"),
        ("2026-11-20 23:00", "2026-11-20"),
        ("2026-11-21 09:00", None),  # a Saturday
        ("2026-11-16 09:00", None),  # a day of the law
    ],
)
def test_the_digest_is_of_working_days_from_its_hour_on(at: str, day: str | None) -> None:
    found = NIGHT.digest_due(moment(at).astimezone(UTC), Calendar())
    assert found == (date.fromisoformat(day) if day else None)


# --- in which words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("Equipo sin registro", "Dónde: palacio · ap-2/radio0", "Desde: 22/11/2026 09:00", "Fabricante: Apple",
                "Nadie lo pidió.", "Qué sigue: Averigüe")),
        ("en", ("Unregistered device", "Where: palacio · ap-2/radio0", "Since: 22/11/2026 09:00", "Vendor: Apple",
                "Nobody asked.", "What is next: Find out")),
    ],
)  # fmt: skip
def test_a_message_says_what_where_since_when_why_what_next_and_where_to_look(
    language: str, words: tuple[str, ...]
) -> None:
    message = at_once([told(7, place="palacio · ap-2/radio0")], language, ADDRESS)
    for one in (*words, f"{ADDRESS}/alerts/7", "••:22:33"):
        assert one in message.body, one
    assert "a4:83:e7:11" not in message.body + message.subject, "a chat is not ours to guard"


def test_a_message_names_nobody() -> None:
    message = at_once(
        [Told(1, "private", "Obras", "hoy", ("El teléfono de Luis Peña…", "Luis Peña's phone…"))], "es", ""
    )
    assert "Luis" not in message.body and "La página dice de quién se trata." in message.body


def test_several_are_one_message_and_very_many_are_counted() -> None:
    message = at_once([told(number) for number in range(1, 31)], "es", ADDRESS)
    assert message.subject == "Red: 30 alertas" and message.body.count("Qué sigue:") == 10
    assert f"y 20 más: {ADDRESS}/alerts" in message.body


def test_a_digest_has_a_line_for_each_and_one_for_all_made_up_addresses() -> None:
    random = [told(number, mac=f"02:00:00:00:01:{number:02x}", random=True) for number in range(50)]
    message = digest([told(90), *random, told(91, place="anexo")], date(2026, 11, 20), "es", ADDRESS)
    lines = message.body.strip().split("\n")
    assert len(lines) == 3 and "50 con dirección inventada" in lines[2] and "(52)" in message.subject


def test_a_made_up_address_is_not_to_be_registered() -> None:
    assert "desactive" in at_once([told(mac="02:00:00:00:01:01", random=True)], "es", ADDRESS).body


def test_nothing_from_outside_changes_the_form_of_a_message() -> None:
    calm = told(place="x", vendor="x")
    evil = told(place=HOSTILE, vendor=HOSTILE)
    for write in (lambda one: at_once([one], "es", ADDRESS), lambda one: assigned(one, "es", ADDRESS),
                  lambda one: digest([one], date(2026, 11, 20), "es", ADDRESS)):  # fmt: skip
        message = write(evil)
        assert len(message.body.split("\n")) == len(write(calm).body.split("\n"))
        assert len(message.subject.splitlines()) == 1 and message.body.isprintable() is ("\n" not in message.body)
        for sign in "<>[]*`\x1b\u202e\u2028@":
            assert sign not in message.body + message.subject
        assert message.body.count("://") == 1, "the only link is ours"


@given(st.text(max_size=600))
def test_a_text_from_outside_is_one_short_plain_line(raw: str) -> None:
    line = plain(raw)
    assert len(line) <= 300 and "".join(line.splitlines()) == line and all(char.isprintable() for char in line)
    assert not set("<>[]*_`~@#|\\") & set(line) and "://" not in line


@pytest.mark.parametrize("kind", advice.KINDS)
def test_every_kind_has_a_name_and_a_next_step_in_both_languages(kind: str) -> None:
    one = advice.of(kind)
    assert one.called("es") != one.called("en") and one.next("es") != one.next("en")
    assert all(text.endswith(".") for text in one.step)


def test_a_kind_of_a_later_version_is_called_by_its_code() -> None:
    assert advice.of("sunspot").called("es") == "sunspot" and advice.next_step("sunspot", "en")
