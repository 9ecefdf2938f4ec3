"""A registration is the answer to a rogue alert."""

from __future__ import annotations

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.commands import devices, points
from netreg.registry.detecting import take_in
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ask, phone


def test_the_alert_of_a_device_closes_by_itself_once_every_point_confirms_its_registration(store: Store) -> None:
    [number] = ask(store, phone(1))
    with store.transaction(ACTOR) as tx:
        points.add_point(tx, "palacio", "linux-nftables", "192.0.2.1", 22, "root", "/key", {})
        mac = MacAddress(queries.device(tx.session, number).interfaces[0].mac)
        take_in(tx, "sweep", "palacio", [Heard(mac, "192.0.2.7")], now())
        devices.approve(tx, queries.device(tx.session, number), None)
    assert open_alerts(store) == ["open"]
    with store.transaction("agent:push") as tx:
        listed = Allowlist.of([Entry(mac, f"nr-{number}")])
        points.record_push(tx, queries.point(tx.session, "palacio"), listed, added=1, removed=0)
    assert open_alerts(store) == []


def open_alerts(store: Store) -> list[str]:
    with store.reading() as session:
        return [alert.state for alert in queries.alerts(session)]
