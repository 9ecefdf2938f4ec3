"""Whatever is done in whatever order: three phones with a slot, nobody cut off, nobody let in by accident."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from netreg.errors import Refused
from netreg.opening import open_store
from netreg.policy import quota
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import areas, devices, endings, settling
from netreg.registry.deciding import approve
from netreg.registry.models import Authorisation
from netreg.store.transaction import Store
from tests.databases import furnished_database
from tests.people import ANA, BETO, CARLA, INES, NORA, Member, ask, do, phone
from tests.procedures.test_swaps import a_point, let_in, read_back


class Office(RuleBasedStateMachine):
    """Two areas, one point, and whatever people do to their phones."""

    phones = Bundle("phones")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = furnished_database("sqlite", Path(self.folder.name))
        self.store: Store = open_store(self.database.__enter__())
        a_point(self.store, "palacio")
        self.asked, self.splits, self.merged = 0, 0, False

    def teardown(self) -> None:
        self.store.engine.dispose()
        self.database.__exit__(None, None, None)
        self.folder.cleanup()

    @rule(target=phones, who=st.sampled_from([ANA, BETO]), count=st.integers(1, 2))
    def ask_and_decide(self, who: Member, count: int) -> object:
        numbers = self._asked(*(self._phone() for _ in range(count)), by=who)
        for number in numbers:
            self._try(approve, self.store, INES.email, number)
        return multiple(*numbers)

    @rule(target=phones, old=phones)
    def ask_for_a_swap(self, old: int) -> object:
        with self.store.reading() as session:
            code = queries.device(session, old).area.code
        who = Member(ANA.email, ANA.name, ANA.roles, code)
        numbers = self._asked(Wanted("phone", "Luis Peña", mac=self._phone().mac, replaces=str(old)), by=who)
        for number in numbers:
            self._try(approve, self.store, INES.email, number)
        return multiple(*numbers)

    @rule(one=phones)
    def suspend(self, one: int) -> None:
        self._try(do, self.store, devices.suspend, one, "Se perdió")

    @rule(one=phones)
    def restore(self, one: int) -> None:
        self._try(do, self.store, devices.restore, one, "Apareció")

    @rule(one=phones)
    def remove(self, one: int) -> None:
        self._try(do, self.store, devices.remove, one, "Baja")

    @rule(one=phones)
    def release(self, one: int) -> None:
        self._try(do, self.store, settling.release, one, "El punto no existe más", by=CARLA)

    @rule()
    def read_the_point_back(self) -> None:
        read_back(self.store, "palacio")

    @rule()
    def end_what_is_over(self) -> None:
        with self.store.transaction("schedule") as tx:
            endings.run(tx)

    @rule()
    def merge(self) -> None:
        before = let_in(self.store)
        self._try(self._merge)
        assert let_in(self.store) == before, "a merger lets nobody in and cuts nobody off"

    @rule(one=phones)
    def split(self, one: int) -> None:
        before = let_in(self.store)
        self._try(self._split, one)
        assert let_in(self.store) == before

    def _merge(self) -> None:
        with self.store.transaction(NORA.email) as tx:
            areas.merge(tx, [queries.area(tx.session, "DIF")], queries.area(tx.session, "OBRAS"))
        self.merged = True

    def _split(self, one: int) -> None:
        self.splits += 1
        with self.store.transaction(NORA.email) as tx:
            device = queries.device(tx.session, one)
            areas.split(tx, device.area, f"PARTE{self.splits}", f"Parte {self.splits}", [device])

    def _phone(self) -> Wanted:
        self.asked += 1
        return phone(self.asked)

    def _asked(self, *wanted: Wanted, by: Member) -> list[int]:
        try:
            return ask(self.store, *wanted, by=by)
        except Refused:
            return []

    def _try(self, command: object, *arguments: object, **named: object) -> None:
        """A refusal is an answer; anything else is a fault."""
        try:
            command(*arguments, **named)  # type: ignore[operator]
        except Refused:
            return

    @invariant()
    def three_slots_a_unit_and_more_only_after_a_merger(self) -> None:
        for unit, owned in self._live().items():
            slots = [slot for slot in owned if slot is not None]
            assert len(slots) == len(set(slots)) and set(slots) <= {1, 2, 3}, unit
            excess = len(owned) - len(slots)
            assert not excess or (self.merged and len(slots) == 3), "excess stands beside three, after a merger"

    @invariant()
    def only_those_pushed_or_active_are_let_in(self) -> None:
        with self.store.reading() as session:
            admitted = [row for row in session.query(Authorisation) if row.state in quota.ADMITTED]
            wanted = sorted(interface.mac for row in admitted for interface in row.device.interfaces)
        assert let_in(self.store) == wanted and len(set(wanted)) == len(wanted)

    @invariant()
    def a_phone_waits_only_for_a_slot_that_is_on_its_way(self) -> None:
        with self.store.reading() as session:
            for row in session.query(Authorisation).filter_by(state=quota.WAITING_SWAP):
                assert queries.device(session, row.replaces_id or 0).authorisation.state in quota.LIVE

    def _live(self) -> dict[int, list[int | None]]:
        """The slots of the live phones of each unit."""
        found: dict[int, list[int | None]] = {}
        with self.store.reading() as session:
            for row in session.query(Authorisation).filter_by(kind="phone"):
                if row.state in quota.LIVE:
                    found.setdefault(row.quota_unit_id, []).append(row.slot)
        return found


TestAnyOrder = Office.TestCase
TestAnyOrder.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
