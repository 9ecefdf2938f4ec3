"""A proposal that the area wants changed goes back to the unit and the person that had it, without another turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netreg.errors import ConfigError
from netreg.office import Office
from netreg.procedures import catalogue, repeating, sheets, tickets
from netreg.procedures.catalogue import EFFECTS, Catalogue
from netreg.procedures.desk import taking
from netreg.procedures.procedure import Procedure, parse
from netreg.procedures.soundness import sound
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.models import Ticket
from netreg.store.audit import verify_store
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, CARLA, IRMA
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave, step_of

ALL = catalogue.procedures()
EDITORIAL, GRAPHIC = ALL["GCH-CCS-P04"], ALL["GCH-CCS-P06"]
# Procedure, the step at which the area sees a proposal, and where the unit goes on.
ROUNDS = [("GCH-CCS-P04", 9, 7), ("GCH-CCS-P05", 8, 6), ("GCH-CCS-P06", 8, 6)]


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(files=tmp_path / "files", catalogue=Catalogue(enabled=tuple(ALL)), small=True)
    yield


def taken(store: Store, number: int) -> None:
    with store.transaction(IRMA.email) as tx:
        taking.take(tx, tx.session.get_one(Ticket, number), queries.known_person(tx.session, IRMA.email))


def holder(store: Store, number: int) -> str:
    with store.reading() as session:
        held = taking.current(session, session.get_one(Ticket, number))
        return held.person.email if held else ""


def remarks(store: Store, procedure: Procedure, number: int, words: str = "El logotipo más grande") -> None:
    """The area asks for changes and says which."""
    leave(store, procedure, number, "no")
    leave(store, procedure, number, values={"remarks": words})


def proposed(store: Store, procedure: Procedure, number: int) -> None:
    """The unit goes on until the area has the next proposal before it."""
    while procedure.step(step_of(store, number)).kind != "decision":
        leave(store, procedure, number)


@pytest.mark.parametrize(("code", "shown", "unit"), ROUNDS)
def test_remarks_go_straight_back_to_the_unit_however_often(
    sqlite_store: Store, code: str, shown: int, unit: int
) -> None:
    procedure, number = ALL[code], at(sqlite_store, code, shown)
    for turn in (1, 2, 3):
        remarks(sqlite_store, procedure, number)
        assert step_of(sqlite_store, number) == unit
        with sqlite_store.reading() as session:
            assert repeating.rounds(session.get_one(Ticket, number), procedure) == turn
        proposed(sqlite_store, procedure, number)
    leave(sqlite_store, procedure, number, "yes")


def test_every_repeated_step_is_a_move_of_who_made_it_and_the_log_says_that_nobody_did(sqlite_store: Store) -> None:
    number = at(sqlite_store, EDITORIAL.code, 5)
    leave(sqlite_store, EDITORIAL, number, values={"instruction": "Con la imagen de la feria"})
    proposed(sqlite_store, EDITORIAL, number)
    remarks(sqlite_store, EDITORIAL, number)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        told = [(one.left, one.to, one.actor, one.facts) for one in ticket.moves[-3:]]
        assert [one[:3] for one in told] == [(10, 5, ANA.email), (5, 6, CARLA.email), (6, 7, IRMA.email)]
        assert told[1][3] == {"instruction": "Con la imagen de la feria", tickets.REPEATED: True}
        story = [one.sentence() for one in queries.audit(session, most=3)]
        assert sum("se repite solo" in one for one in story) == 2 and all(ANA.email in one for one in story)
        assert verify_store(session).broken_at is None


def test_the_turn_and_its_slip_stay_the_first_one(sqlite_store: Store) -> None:
    number = at(sqlite_store, GRAPHIC.code, 8)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        slip = sheets.turned(ticket, GRAPHIC)
        assert slip is not None
        first = slip.id
    remarks(sqlite_store, GRAPHIC, number)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        again = sheets.turned(ticket, GRAPHIC)
        assert again is not None and again.id == first
        procedure, office = tickets.definition(session, ticket), sqlite_store.office
        assert sheets.turn_slip(session, ticket, procedure, office, now()).startswith(b"%PDF")


@pytest.mark.parametrize(("code", "shown", "unit"), ROUNDS)
def test_whoever_had_it_in_hand_has_it_again(sqlite_store: Store, code: str, shown: int, unit: int) -> None:
    number = at(sqlite_store, code, unit)
    taken(sqlite_store, number)
    proposed(sqlite_store, ALL[code], number)
    assert holder(sqlite_store, number) == ""
    remarks(sqlite_store, ALL[code], number)
    assert step_of(sqlite_store, number) == unit and holder(sqlite_store, number) == IRMA.email


def test_it_is_in_nobodys_hands_where_they_gave_it_back_or_left(sqlite_store: Store) -> None:
    given_back, left = at(sqlite_store, GRAPHIC.code, 6), at(sqlite_store, GRAPHIC.code, 6)
    for number in (given_back, left):
        taken(sqlite_store, number)
    with sqlite_store.transaction(IRMA.email) as tx:
        person = queries.known_person(tx.session, IRMA.email)
        taking.give_back(tx, tx.session.get_one(Ticket, given_back), person)
    for number in (given_back, left):
        proposed(sqlite_store, GRAPHIC, number)
    with sqlite_store.transaction(ACTOR) as tx:
        people.set_active(tx, queries.known_person(tx.session, IRMA.email), active=False)
    for number in (given_back, left):
        remarks(sqlite_store, GRAPHIC, number)
        assert (step_of(sqlite_store, number), holder(sqlite_store, number)) == (6, "")


# --- in a definition ------------------------------------------------------------------------------------------------


def with_repeat(said: str, procedure: Procedure = GRAPHIC) -> Procedure:
    text = procedure.source_text.replace("repeat = [5]", f"repeat = {said}")
    assert text != procedure.source_text
    return sound(parse(text, "changed"), EFFECTS)


@pytest.mark.parametrize(
    "said", ["[6]", "[5, 7]", "[5, 6, 7, 8]", "[99]", "[5, 5]", "[1]"],
    ids=["not where it leads", "a gap", "a decision", "no step", "twice", "the form"],
)  # fmt: skip
def test_only_steps_that_follow_and_pass_it_on_repeat_themselves(said: str) -> None:
    with pytest.raises(ConfigError, match="step 9 repeats step"):
        with_repeat(said)


def test_a_step_with_rules_files_or_letters_does_not_repeat_itself() -> None:
    text = GRAPHIC.source_text.replace('produces = ["turno"]', 'produces = ["turno"]\nchecks = ["GCH-CCS-P06-R01"]', 1)
    with pytest.raises(ConfigError, match="step 9 repeats step 5"):
        sound(parse(text, "changed"), EFFECTS)
