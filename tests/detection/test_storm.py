"""Many strangers at once are one alert, which does not come apart into fifty later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netreg.detection.facts import DetectionSettings, Known, OpenAlert
from tests.detection.scenes import NOW, PRIVATE, STRANGER, after, look, numbered, seen, stay

FIVE = DetectionSettings(storm_limit=5)


def test_as_many_new_rogues_as_the_limit_are_told_one_by_one() -> None:
    found = look(*(seen(numbered(n)) for n in range(5)), settings=FIVE)
    assert [one.kind for one in found] == ["rogue"] * 5


def test_more_new_rogues_than_the_limit_are_one_storm_that_names_them_all() -> None:
    (storm,) = look(*(seen(numbered(n)) for n in range(6)), settings=FIVE)
    assert (storm.kind, storm.key, storm.count, storm.urgent) == ("storm", "storm", 6, True)
    assert storm.macs == tuple(numbered(n) for n in range(6))


def test_those_who_come_a_few_at_a_time_are_a_storm_too_and_who_was_told_before_stays_told() -> None:
    told = tuple(OpenAlert(f"rogue:{numbered(n)}", NOW) for n in range(40))
    found = look(*(seen(numbered(n), n) for n in range(60)), open_alerts=told, seconds=60)
    assert [one.kind for one in found].count("rogue") == 40
    (storm,) = (one for one in found if one.kind == "storm")
    assert storm.macs == tuple(numbered(n) for n in range(40, 60))


def test_those_that_came_over_an_hour_are_no_storm() -> None:
    crowd = [stay(numbered(n), -3600, 0) for n in range(6)]
    assert [one.kind for one in look(*crowd, settings=FIVE)] == ["rogue"] * 6


def test_a_storm_swallows_neither_rogues_known_before_nor_clones() -> None:
    crowd = [seen(numbered(n)) for n in range(7)]
    found = look(
        *crowd,
        stay(STRANGER, 0, 9),
        stay(STRANGER, 1, 10, "planta-2"),
        known=(Known(STRANGER, "active"),),
        open_alerts=(OpenAlert(f"rogue:{numbered(3)}", NOW),),
        settings=FIVE,
    )
    assert [one.key for one in found] == [f"clone:{STRANGER}", f"rogue:{numbered(3)}", "storm"]


def test_whoever_came_with_a_storm_stays_in_it_while_its_alert_is_open() -> None:
    crowd = [stay(numbered(n), 0, 1200) for n in range(6)]
    storm = (OpenAlert("storm", NOW, after(60), 6),)
    (later,) = look(*crowd, open_alerts=storm, seconds=1200, settings=FIVE)
    assert (later.key, later.is_new, later.count) == ("storm", False, 6)
    assert len(look(*crowd, seconds=1200, settings=FIVE)) == 6, "closed: each is a matter of its own"


def test_a_storm_remembers_how_many_it_was_when_most_have_left() -> None:
    (later,) = look(stay(numbered(0), 0, 1200), open_alerts=(OpenAlert("storm", NOW, NOW, 60),), seconds=1200)
    assert later.count == 60


def test_who_comes_hours_after_a_storm_is_told_though_its_alert_is_still_open() -> None:
    found = look(seen(STRANGER, 9000), open_alerts=(OpenAlert("storm", NOW, after(60), 60),), seconds=9000)
    assert [one.kind for one in found] == ["rogue"]


def test_those_that_were_not_even_noted_count() -> None:
    (storm,) = look(seen(PRIVATE), left_out=49_000)
    assert storm.count == 49_001 and storm.random
    assert ("49000 más ni se anotaron, por ser demasiados.", "49000 more were not noted, being too many.") in (
        storm.evidence
    )


@given(st.integers(0, 30), st.integers(0, 12), st.booleans())
def test_whatever_their_number_everybody_is_told_once(strangers: int, limit: int, raging: bool) -> None:
    storm = (OpenAlert("storm", NOW, NOW, 3),) if raging else ()
    found = look(
        *(seen(numbered(n)) for n in range(strangers)),
        open_alerts=storm,
        settings=DetectionSettings(storm_limit=limit),
    )
    told = [one.mac for one in found if one.kind == "rogue"] + [mac for one in found for mac in one.macs]
    assert sorted(told, key=str) == [numbered(n) for n in range(strangers)]
