"""Many points at once on real kernels: what is wrong with one of them is no other's business."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.channels import Limits
from agents.push import Order, PushResult, reconcile_all
from agents.ssh import Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.profile import load
from netreg.errors import Unreachable
from netreg.mac import MacAddress
from tests.agents.watched import Watched
from tests.conftest import need
from tests.lab.bed import LabError, greets
from tests.lab.fleet import Fleet, FleetPoint, fleet_available
from tests.lab.test_lab import namespaces

ROOT = Path(__file__).resolve().parents[2]
LATE_SECONDS = 1.0
PHONE, LAPTOP = "a4:83:e7:00:00:01", "8c:f5:a3:00:00:02"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    need("the fleet", fleet_available())
    with Fleet.up(tmp_path_factory.mktemp("fleet"), 3) as fleet, fleet.inside():
        yield fleet


def target(point: FleetPoint) -> Target:
    profile = load((ROOT / "device_profiles" / "linux-nftables.toml").read_text("utf-8"), "linux-nftables")
    return Target(point.name, point.host, point.port, point.user, point.key_file, point.known_key, profile)


def orders(fleet: Fleet, *macs: str) -> list[Order]:
    desired = Allowlist.of(Entry(MacAddress.parse(mac), f"nr-{number}") for number, mac in enumerate(macs, 1))
    return [Order(target(point), desired) for point in fleet.points]


@pytest.mark.lab
def test_one_slow_or_dead_point_delays_no_other(fleet: Fleet) -> None:
    """The two are mended only when the third is done, so that it cannot have waited for either."""
    dead, slow, fine = fleet.points
    sessions = Watched(Limits(connect=2, command=8))
    assert all(isinstance(result, PushResult) for result in reconcile_all(sessions, orders(fleet, PHONE)).values())
    sessions.ended.clear()
    fleet.stop(dead)
    fleet.slow(slow, LATE_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        passing = pool.submit(reconcile_all, sessions, orders(fleet, PHONE, LAPTOP))
        try:
            sessions.wait([fine.name])
            assert (list(sessions.ended), fleet.read(fine)) == ([fine.name], {PHONE: "nr-1", LAPTOP: "nr-2"})
        finally:
            fleet.mend(slow)
            results = passing.result()
            fleet.mend(dead)
            sessions.close()
    assert isinstance(results[fine.name], PushResult) and isinstance(results[slow.name], PushResult)
    assert isinstance(results[dead.name], Unreachable)
    assert fleet.read(dead) == {PHONE: "nr-1"} and fleet.read(slow) == {PHONE: "nr-1", LAPTOP: "nr-2"}


@pytest.mark.lab
def test_a_fleet_holds_what_was_loaded_and_answers_in_its_network(fleet: Fleet) -> None:
    one, two, _ = fleet.points
    fleet.load([one, two], {PHONE: "nr-1"})
    fleet.load([two], {LAPTOP: "nr-2"})
    assert (fleet.read(one), fleet.read(two)) == ({PHONE: "nr-1"}, {LAPTOP: "nr-2"})
    assert greets(one.host, one.port)
    fleet.load(fleet.points, {})
    assert not fleet.read(two)


@pytest.mark.lab
def test_a_fleet_that_cannot_come_up_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    need("the fleet", fleet_available())

    class Broken(Fleet):
        setup = ("gate.nft",)  # not a script for a shell

    with pytest.raises(LabError, match=r"p00\d.*ended with status"):
        Broken.up(tmp_path, 2, "broken")
    assert not namespaces("broken") and not list(tmp_path.iterdir())
