"""Blocked devices are thrown off the points that can do it, and nobody else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import tables
from agents.ssh import Target
from agents.worker import Worker
from netreg.config import Settings
from netreg.mac import MacAddress
from netreg.reactions import KICK
from netreg.registry import profiles
from netreg.registry.commands import points
from netreg.registry.commands import verdicts as decide
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.agents.player import Player, user_key
from tests.agents.town import Town
from tests.databases import furnished_database, opened
from tests.people import ACTOR, INES

BLOCKED = "a4:83:e7:00:00:02"
OPENING = """== a terminal
WLC-9800#
> terminal length 0
WLC-9800#
> terminal width 511
WLC-9800#
"""
CLIENTS = """> show wireless client summary
Number of Clients: {count}
MAC Address    AP Name  Type ID   State   Protocol
-------------------------------------------------
{rows}WLC-9800#
"""
KICKED = """> wireless client mac-address a483.e700.0002 deauthenticate
{answer}WLC-9800#
"""
ROW = "{mac} AP-1     WLAN 1    Run     11ac\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        yield store


def carried(store: Store, folder: Path, dialog: str) -> tuple[Player, Delivery]:
    """A point that holds this conversation is asked to throw off who is blocked; how its delivery stands."""
    key_file, key = user_key(folder)
    with Player(dialog, key).playing() as player:
        with store.transaction(ACTOR) as tx:
            point = points.add_point(
                tx, "wlc", "cisco-ios-xe-9800", "127.0.0.1", player.port, "netreg", str(key_file), {}
            )
            points.trust(tx, point, player.known_key)
        with store.transaction(INES.email) as tx:
            decide.block(tx, BLOCKED, "Nadie la conoce")
            tx.session.query(Delivery).filter(Delivery.kind != KICK).delete()
        worker = Worker(store, Settings(data_dir=folder))
        assert worker.run_once()
        worker.sessions.close()
    with store.reading() as session:
        row = session.query(Delivery).one()
        session.expunge(row)
    return player, row


def clients(*macs: str) -> str:
    rows = "".join(ROW.format(mac=mac) for mac in macs)
    return OPENING + CLIENTS.format(count=len(macs), rows=rows)


def test_a_blocked_client_is_thrown_off_and_the_others_stay(store: Store, tmp_path: Path) -> None:
    dialog = clients("a483.e700.0003", "a483.e700.0002") + OPENING + KICKED.format(answer="")
    player, row = carried(store, tmp_path, dialog)
    assert player.problems == [] and (row.state, row.error) == ("done", "")


def test_where_nobody_who_is_blocked_is_connected_nothing_is_done(store: Store, tmp_path: Path) -> None:
    player, row = carried(store, tmp_path, clients("a483.e700.0003"))
    assert player.problems == [] and (row.state, row.error) == ("done", "nobody who is blocked is connected")


def test_a_point_that_refuses_is_asked_again_later(store: Store, tmp_path: Path) -> None:
    dialog = clients("a483.e700.0002") + OPENING + KICKED.format(answer="%Error: busy\n")
    _player, row = carried(store, tmp_path, dialog)
    assert row.state == "waiting" and "%Error: busy" in row.error


class Untouched:
    """A session that nobody may use."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


@pytest.mark.parametrize("profile", ["linux-nftables", "linux-hostapd"])
def test_a_make_without_the_means_is_left_alone(profile: str, tmp_path: Path) -> None:
    target = Target("fw", "127.0.0.1", 22, "netreg", tmp_path, "", profiles.profile(profile), {})
    assert tables.kick(Untouched(), target, {MacAddress(BLOCKED)}) == ()  # type: ignore[arg-type]


@pytest.mark.lab
def test_a_device_that_somebody_let_in_by_hand_is_cut_off_when_it_is_blocked(town: Town) -> None:
    phone = town.lab.phones[0]
    town.add_printer()
    town.work()
    town.lab.nft("add", "element", "netdev", "netreg", "allow", f"{{ {phone.mac} }}")
    town.look()
    town.work()
    assert phone.ping(), "an entry made by hand lets it through until somebody decides"
    with town.store.transaction(INES.email) as tx:
        decide.block(tx, phone.mac, "Nadie la conoce")
    town.work()
    assert not phone.ping(timeout=0.3)
    town.lab.nft("add", "element", "netdev", "netreg", "allow", f"{{ {phone.mac} }}")
    town.look()
    town.work()
    assert not phone.ping(timeout=0.3), "also when somebody does it again"
    town.check_verified()
    assert [kind for kind, _mac in town.alerts()] == ["drift"], "and that is told"
