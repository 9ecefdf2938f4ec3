"""An installation before a lab: what is asked of it, what the point holds, and whether all of that agrees."""

from __future__ import annotations

import re

from sqlalchemy import select, text

from agents import push, targets
from agents.worker import Worker
from netreg.registry import allowlists, queries, strays
from netreg.registry.commands import devices, points
from netreg.registry.commands import strays as strays_
from netreg.registry.models import Alert
from netreg.store import audit
from netreg.store.outbox import Delivery
from tests.lab.firewall import wait_until
from tests.lab.sample import POINT, Installation, Lab

WORK = "/run/netreg-netdev-netreg-allow"
SAVED = "/etc/nftables.d/netreg.nft"
MAC = re.compile("(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
LONG_AGO = "2000-01-01 00:00:00"
OFFICER = "ines"


class Town:
    """The sample installation and its lab, with a worker that works when told to."""

    def __init__(self, place: Installation, lab: Lab) -> None:
        self.place, self.store, self.lab = place, place.store, lab
        self.worker = Worker(place.store, place.settings)
        self.added = 0
        self.printers: list[int] = []
        self.gone: list[int] = []

    def close(self) -> None:
        self.worker.sessions.close()
        self.store.engine.dispose()

    # --- what people do ---------------------------------------------------------------------------------------------

    def add_printer(self) -> str:
        """One more printer is registered; its address."""
        self.added += 1
        mac = f"00:1b:a9:20:{self.added >> 8:02x}:{self.added & 255:02x}"
        with self.store.transaction(OFFICER) as tx:
            area = queries.area(tx.session, "OBRAS")
            self.printers.append(
                devices.register_infrastructure(tx, area, mac, f"Imprenta {self.added}", "Planta baja").id
            )
        return mac

    def remove_printer(self) -> None:
        """The oldest one goes."""
        self.gone.append(self.printers.pop(0))
        with self.store.transaction(OFFICER) as tx:
            devices.remove(tx, queries.device(tx.session, self.gone[-1]), "Se cambió")

    def replace_printer(self) -> None:
        """The next plan both adds and removes."""
        self.add_printer()
        self.remove_printer()

    def replace_printer_and_add_many(self) -> None:
        """So many that the point is read before they are put in."""
        for _ in range(20):
            self.add_printer()
        self.replace_printer()

    def remove_strays(self, *macs: str) -> None:
        """IT has entries that somebody made by hand taken out."""
        with self.store.transaction(OFFICER) as tx:
            strays_.remove(tx, queries.point(tx.session, POINT), macs, "Nadie las pidió")

    def adopt_stray(self, mac: str) -> None:
        """IT keeps one: it is registered as infrastructure."""
        with self.store.transaction(OFFICER) as tx:
            point, area = queries.point(tx.session, POINT), queries.area(tx.session, "OBRAS")
            strays_.adopt(tx, point, mac, area, "Reloj checador", "Pasillo")

    def look(self) -> None:
        """Somebody asks for a look at the point."""
        with self.store.transaction(OFFICER) as tx:
            points.ask_push(tx, queries.point(tx.session, POINT))

    # --- time passes ------------------------------------------------------------------------------------------------

    def pass_time(self) -> None:
        """Every lease has run out, and every pause is over."""
        with self.store.engine.begin() as connection:
            connection.execute(text(f"UPDATE delivery SET lease_until = '{LONG_AGO}' WHERE state = 'running'"))
            connection.execute(text(f"UPDATE delivery SET due = '{LONG_AGO}' WHERE state = 'waiting'"))
            connection.execute(text(f"UPDATE point SET retry_at = '{LONG_AGO}' WHERE retry_at IS NOT NULL"))

    def work(self) -> None:
        """The worker does what is due now."""
        while self.worker.run_once():
            pass

    def recover(self) -> None:
        """Workers come back as long as something is owed."""
        for _ in range(5):
            self.pass_time()
            self.work()
            if not self.owed():
                return
        raise AssertionError(f"still owed: {self.delivery().error}")

    # --- what is ----------------------------------------------------------------------------------------------------

    def let_in(self) -> set[str]:
        return set(MAC.findall(self.lab.nft("list", "set", "netdev", "netreg", "allow")))

    def wanted(self) -> set[str]:
        with self.store.reading() as session:
            return {str(mac) for mac in allowlists.desired(session).by_mac}

    def owed(self) -> bool:
        with self.store.reading() as session:
            return queries.is_owed(session, POINT)

    def status(self) -> tuple[str, str]:
        """The point's status and the code of its problem."""
        with self.store.reading() as session:
            point = queries.point(session, POINT)
            return point.status, point.problem_code

    def delivery(self, target: str = POINT) -> Delivery:
        """The newest of the point's deliveries."""
        with self.store.reading() as session:
            newest = select(Delivery).where(Delivery.target == target).order_by(Delivery.id.desc()).limit(1)
            row = session.scalars(newest).one()
            session.expunge(row)
            return row

    def alerts(self) -> list[tuple[str, str]]:
        with self.store.reading() as session:
            return sorted((alert.kind, alert.mac) for alert in queries.alerts(session))

    def told(self) -> list[Alert]:
        """The alerts that are not closed, whole."""
        with self.store.reading() as session:
            found = list(queries.alerts(session))
            session.expunge_all()
            return found

    def address(self, device: int) -> str:
        with self.store.reading() as session:
            return queries.device(session, device).interfaces[0].mac

    def state(self, device: int) -> str:
        with self.store.reading() as session:
            return queries.device(session, device).authorisation.state

    def plan_checksum(self) -> str:
        """Of the plan a push would follow now."""
        with self.store.reading() as session:
            point = queries.point(session, POINT)
            target, wanted, ours = targets.target(point), allowlists.desired(session), strays.ours(session, point)
        with self.worker.sessions.use(target) as session_:
            return push.plan(session_, target, wanted, ours).plan.checksum

    def confirm(self, checksum: str) -> None:
        """Somebody else than who ordered it."""
        with self.store.transaction("nora") as tx:
            points.confirm_plan(tx, queries.point(tx.session, POINT), checksum)

    def trust(self, key: str) -> None:
        with self.store.transaction(OFFICER) as tx:
            points.trust(tx, queries.point(tx.session, POINT), key)

    def check_verified(self) -> None:
        """Desired, let in and verified are one list; nothing is owed; the audit log is whole."""
        wanted = self.wanted()
        assert self.let_in() == wanted
        with self.store.reading() as session:
            verified = allowlists.baseline(queries.point(session, POINT))
            assert verified is not None and {str(mac) for mac in verified.by_mac} == wanted
            assert audit.verify_store(session).broken_at is None
        assert self.status() == ("verified", "") and not self.owed()
        assert {self.state(device) for device in self.printers} <= {"active"}
        assert {self.state(device) for device in self.gone} <= {"removed"}

    def check_nothing_armed(self) -> None:
        """The saved list is the verified one; no marker, and no timer asleep, could still revert it."""
        assert set(MAC.findall(self.lab.run("cat", SAVED))) == self.wanted()
        left = f"ls -d {WORK}/*/armed 2>/dev/null; pgrep -xf 'sleep 60'; true"
        wait_until(lambda: not self.lab.run("sh", "-c", left), "every undo to be settled")
