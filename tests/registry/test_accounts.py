"""Accounts in the core, on both databases: what is good once is good once for all processes together."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passlib.totp import TOTP

from netreg.errors import InvalidValue, NotAllowed, Refused
from netreg.policy import roles
from netreg.registry import authenticator, links, passwords, queries
from netreg.registry.authenticator import Authenticator
from netreg.registry.commands import factors, people
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import CARLA, INES, LEON, NORA, PASSWORD, SOFIA

KEY = "k" * 48
CODES = Authenticator(KEY, "netreg: Almoloya")
SHARED = CODES.new_secret()


def at_once(store: Store, *deeds: Callable[[], object]) -> list[str]:
    """Do all of these at the same time, each in a thread of its own; "" or the code of the refusal."""
    start, said = threading.Barrier(len(deeds)), [""] * len(deeds)

    def run(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            deed()
        except Refused as refusal:
            said[number] = refusal.code

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def switched_on(store: Store) -> tuple[str, list[str]]:
    """Inés has a second factor; a code that is still good, and her recovery codes."""
    secret = CODES.new_secret()
    shared = TOTP(key=CODES.spelled(secret).replace("-", ""))
    before, after = (shared.generate(time=now() + timedelta(seconds=step)).token for step in (-30, 0))
    with store.transaction(INES.email) as tx:
        codes = factors.switch_on(tx, CODES, queries.known_person(tx.session, INES.email), secret, before)
    return after, codes


def use(store: Store, typed: str) -> None:
    with store.transaction(INES.email) as tx:
        factors.use(tx, CODES, queries.known_person(tx.session, INES.email), typed)


def test_of_eight_uses_of_one_code_at_once_one_passes(store: Store) -> None:
    code, codes = switched_on(store)
    assert at_once(store, *[lambda: use(store, code)] * 8) == ["", *["code_wrong"] * 7]
    assert at_once(store, *[lambda: use(store, codes[0])] * 8) == ["", *["code_wrong"] * 7]


def test_of_eight_uses_of_one_link_at_once_one_passes(store: Store) -> None:
    with store.reading() as session:
        token = links.sign(KEY, queries.known_person(session, INES.email), links.RESET)

    def choose(number: int) -> None:
        with store.transaction(INES.email) as tx:
            people.choose_password(tx, KEY, token, f"otra clave bien larga {number}")

    said = at_once(store, *[lambda n=n: choose(n) for n in range(8)])  # type: ignore[misc]
    assert said == ["", *["link_dead"] * 7]


def test_two_administrators_cannot_close_each_other(store: Store) -> None:
    with store.transaction("cli:root") as tx:
        people.set_roles(tx, queries.known_person(tx.session, LEON.email), ("administrator",))

    def close(email: str) -> None:
        with store.transaction("cli:root") as tx:
            people.set_active(tx, queries.known_person(tx.session, email), False)

    assert at_once(store, lambda: close(NORA.email), lambda: close(LEON.email)) == ["", "last_administrator"]


def test_a_link_of_another_key_or_a_changed_one_is_dead(store: Store) -> None:
    with store.reading() as session:
        ines, leon = (queries.known_person(session, who.email) for who in (INES, LEON))
        good = links.sign(KEY, ines, links.RESET)
        assert links.person_of(session, KEY, good) is ines
        other = links.sign(KEY, leon, links.RESET)
        swapped = ".".join((other.rsplit(".", 2)[0], *good.rsplit(".", 2)[1:]))
        for bad in (links.sign("x" * 48, ines, links.RESET), swapped, good[:-1], good + "A", ""):
            with pytest.raises(links.LinkDead):
                links.person_of(session, KEY, bad)


def test_the_key_is_in_no_part_of_a_link_and_neither_is_what_sessions_hold(store: Store) -> None:
    with store.reading() as session:
        ines = queries.known_person(session, INES.email)
        for purpose in links.GOOD_FOR:
            link = links.address("https://red.mx", KEY, ines, purpose)
            assert link.startswith("https://red.mx/link?t=")
            said = links._serializer(KEY).loads(link.partition("=")[2])
            assert ines.fs_uniquifier not in str(said) and KEY not in str(said)


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_none(text: str) -> None:
    assert CODES.step_of(SHARED, text, now()) is None or len("".join(text.split())) == 6
    hashed = authenticator.recovery_hash(text)
    assert hashed is None or len(hashed) == 64


@given(st.sets(st.sampled_from(roles.ROLES)), st.sets(st.sampled_from(roles.ROLES)))
def test_whoever_does_not_administer_gives_nobody_more_than_an_areas_role(mine: set[str], theirs: set[str]) -> None:
    if roles.keeps(mine, theirs) and not theirs <= set(roles.OF_AN_AREA):
        assert roles.ADMINISTRATOR in mine
    if not mine & set(roles.KEEPERS):
        assert roles.keeps(mine, theirs) is not bool(theirs)


def test_the_rule_holds_in_the_core_whatever_door_it_is_asked_at(store: Store) -> None:
    for keeper, whom in ((CARLA, INES), (SOFIA, CARLA), (INES, SOFIA), (NORA, NORA)):
        with pytest.raises(NotAllowed), store.transaction(keeper.email) as tx:
            people.set_active(tx, queries.known_person(tx.session, whom.email), False)
        with pytest.raises(NotAllowed), store.transaction(keeper.email) as tx:
            people.invite(tx, queries.known_person(tx.session, whom.email))


def test_a_password_is_as_hard_to_guess_as_the_library_makes_it_and_signing_in_is_content_with_that() -> None:
    """In a process of its own: the tests make passwords easy."""
    asked = (
        "from passlib.hash import argon2; from netreg.registry.passwords import hash_password as made;"
        f"print(made({PASSWORD!r}), argon2.needs_update(made({PASSWORD!r})))"
    )
    stored, renewed = subprocess.check_output([sys.executable, "-c", asked], text=True).split()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and renewed == "False"


def test_passwords_are_compared_in_one_spelling_and_an_account_without_one_has_none() -> None:
    stored = passwords.hash_password("contraseña con eñe")
    assert passwords.matches(stored, "contrasen\u0303a con en\u0303e")
    assert not passwords.matches(stored, "contrasena con ene") and not passwords.matches(None, "")
    assert passwords.matches(passwords.hash_password(PASSWORD), PASSWORD)
    for wrong in ("corta", "x" * 1001):
        with pytest.raises(InvalidValue):
            passwords.hash_password(wrong)
