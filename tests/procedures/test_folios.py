"""W-02: however many receipts are stamped at the same moment, the folios have no gap and no double."""

from __future__ import annotations

import pytest

from netreg.procedures import asking
from netreg.registry import queries
from netreg.store.transaction import Store
from tests.people import ANA, phone
from tests.processes import receive_all, together

PROCESSES, AT_ONCE = 8, 25


@pytest.mark.long
def test_w_02_two_hundred_receipts_at_once_take_two_hundred_folios_in_a_row(database: str, store: Store) -> None:
    total = PROCESSES * AT_ONCE
    with store.transaction(ANA.email) as tx:
        area, ana = queries.area(tx.session, "OBRAS"), queries.person(tx.session, ANA.email)
        waiting = [asking.submit(tx, area, ana, "Obra", [phone(n)]).reference for n in range(total)]
    shares = [(database, waiting[start::PROCESSES]) for start in range(PROCESSES)]
    answers = together(receive_all, shares)
    assert [said for said in answers if isinstance(said, str)] == [], "a process failed, and said why"
    folios = [folio for answer in answers for folio in answer]
    assert sorted(int(folio[-5:]) for folio in folios) == list(range(1, total + 1))
    with store.reading() as session:
        assert sorted(one.folio or "" for one in queries.tickets(session)) == sorted(folios), "what was told is stored"
