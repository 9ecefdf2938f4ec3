"""Who sees which request: as a query over all of them it says what the rules say of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from netreg.procedures import seeing, standing, tickets
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.transaction import Store
from tests.people import CAST, Member
from tests.portal.house import furnished_house


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An office with requests at every step, of every kind of applicant."""
    with furnished_house(tmp_path_factory.mktemp("house")) as (_settings, store, _world):
        yield store


@pytest.mark.parametrize("who", CAST, ids=lambda one: one.name)
def test_the_query_finds_what_the_rules_let_somebody_see(lived_in: Store, who: Member) -> None:
    day = lived_in.office.today
    with lived_in.reading() as session:
        person = queries.known_person(session, who.email)
        mine = queries.held(session, person, day)
        by_rule = {
            one.id
            for one in session.scalars(select(Ticket))
            if (one.sent and standing.takes_part(tickets.definition(session, one), mine))
            or standing.asks_for(session, one, person, day)
        }
        found = session.scalars(select(Ticket.id).where(seeing.visible(session, person, mine)))
        assert set(found) == by_rule


def test_nobody_who_asks_sees_another_areas_draft(lived_in: Store) -> None:
    with lived_in.reading() as session:
        drafts = {one.id for one in session.scalars(select(Ticket).where(Ticket.sent.is_(None)))}
        assert drafts
        for who in CAST:
            person = queries.known_person(session, who.email)
            mine = queries.held(session, person, lived_in.office.today)
            seen = session.scalars(select(Ticket).where(seeing.visible(session, person, mine), Ticket.sent.is_(None)))
            assert all(standing.asks_for(session, one, person, lived_in.office.today) for one in seen)
