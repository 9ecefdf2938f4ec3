"""A sign-in lasts so many hours without a look, and so many in all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from netreg.store.base import now
from tests.people import ANA, INES, PASSWORD, Member
from tests.portal.conftest import Visitor, row

SignedIn = Callable[[Member], Visitor]
OVER = "Pasaron las horas que dura una sesión"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller


def hours(clock: time_machine.Traveller, number: float) -> None:
    clock.shift(timedelta(hours=number))


def is_in(visitor: Visitor, **headers: str) -> bool:
    return visitor.client.get("/", headers=headers).status_code == 200


def test_whoever_looks_now_and_then_stays_for_a_day_of_work(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    ana = signed_in(ANA)
    for _look in range(3):
        hours(clock, 3.9)
        assert is_in(ana)
    hours(clock, 0.4)
    assert ana.client.get("/").location.startswith("/login?next=")
    assert OVER in ana.get("/login")


def test_whoever_does_not_look_for_four_hours_signs_in_again_and_goes_on_there(
    signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    ana = signed_in(ANA)
    hours(clock, 4)
    door = ana.client.get("/requests").location
    assert OVER in ana.get(door)
    answer = ana.client.post(door, data={"csrf_token": ana.token, "email": ANA.email, "password": PASSWORD})
    assert answer.location.endswith("/requests") and is_in(ana)


def test_a_page_that_renews_itself_is_nobodys_look(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    ines = signed_in(INES)
    for _look in range(3):
        hours(clock, 1)
        assert is_in(ines, **{"Sec-Fetch-Dest": "empty"})
    hours(clock, 1)
    assert not is_in(ines, **{"Sec-Fetch-Dest": "empty"})


def test_a_form_that_was_begun_in_time_may_be_sent_a_little_later(
    signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    ana = signed_in(ANA)
    for _look in range(3):
        hours(clock, 3.9)
        ana.get("/account")
    hours(clock, 1.2)
    form = {"csrf_token": ana.token, "once": "a-mark-of-this-form", "purpose": "Obra", **row(mac="a4:83:e7:11:22:33")}
    answer = ana.client.post("/requests/new", data=form)
    assert answer.location.startswith("/requests/E")
    assert ana.client.get(answer.location).location.startswith("/login?next="), "and the page after it asks to sign in"


def test_a_cookie_that_would_remember_for_longer_does_not(app: Flask, clock: time_machine.Traveller) -> None:
    ana = Visitor(app.test_client())
    ana.get("/login")
    door = {"csrf_token": ana.token, "email": ANA.email, "password": PASSWORD, "remember": "y"}
    ana.client.post("/login", data=door)
    assert is_in(ana)
    ana.client.delete_cookie("session")
    assert not is_in(ana)
    ana.client.delete_cookie("session")
    assert not is_in(ana), "it is gone itself"
