"""Listening live: what devices say by themselves is heard, nothing else is believed, and what dies is started again.

The lab tests run the real process on a real wire, in namespaces, with hosts made of frames at its far end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw
from sqlalchemy import select

from agents import hearing
from agents.apart import Segment, command, environment
from agents.capture import FORGET_SECONDS, TELL_SECONDS, Telling, tagged
from agents.ear import Batch, batches, read_row
from agents.hearing import LONGEST_PAUSE, REST, Listener, listening
from netreg import config
from netreg.detection.sighting import Heard
from netreg.detection.sources import CAPTURE
from netreg.errors import NetregError, UnexpectedOutput, Unreachable
from netreg.mac import MacAddress
from netreg.opening import open_store
from netreg.registry.models import Sighting, Source
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.agents.segment import Far, run, segment
from tests.agents.test_listen import ANA, HERE, LINK_LOCAL, LUIS, PHONE, TARGET, arp, dhcp, dhcpv6, mdns, nd
from tests.lab.firewall import wait_until

ROW = {"mac": LUIS, "ip": HERE, "at": "2026-03-02T09:00:00+00:00"}
BEAT = {"beat": {"frames": 3, "drops": 0, "left_out": 0}}


def line(row: object) -> bytes:
    return json.dumps(row).encode()


def read(*rows: object) -> Batch:
    heard: list[Heard] = []
    for row in rows:
        batch = read_row("planta-1", line(row), heard)
    assert batch is not None
    return batch


# --- rows ---


def test_rows_with_their_beat_are_a_batch() -> None:
    row = ROW | {"name": "luis-pc", "fingerprint": "1,3|MSFT 5.0", "vlan": 20}
    batch = read(row, ROW | {"ip": None}, BEAT)
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    mac = MacAddress.parse(LUIS)
    assert batch.heard == (Heard(mac, HERE, at, "vlan 20", "luis-pc", "1,3|MSFT 5.0"), Heard(mac, None, at))
    assert (batch.frames, batch.drops, batch.left_out) == (3, 0, 0)


WRONG = [
    [], "x", 7, {}, ROW | {"mac": "nobody"}, ROW | {"ip": "10.0.0"}, ROW | {"ip": "ff02::1"}, ROW | {"ip": "0.0.0.0"},
    ROW | {"at": "2026-03-02T09:00:00"}, ROW | {"at": 7}, ROW | {"name": "<b>"}, ROW | {"name": 7},
    ROW | {"fingerprint": "\x1b[2J"}, ROW | {"fingerprint": "x" * 400}, ROW | {"vlan": 4096}, ROW | {"vlan": True},
    {"beat": {}}, {"beat": {"frames": -1, "drops": 0, "left_out": 0}}, {"beat": 7},
]  # fmt: skip


@pytest.mark.parametrize("row", WRONG, ids=str)
def test_a_row_that_tells_anything_else_is_not_believed(row: object) -> None:
    with pytest.raises(UnexpectedOutput, match="planta-1"):
        read_row("planta-1", line(row), [])


@given(st.binary(max_size=200))
def test_no_row_raises_anything_but_that_it_is_unexpected(output: bytes) -> None:
    with pytest.raises(UnexpectedOutput):
        read_row("planta-1", output, [])


def test_nothing_was_heard_in_the_future() -> None:
    (heard,) = read(ROW | {"at": (now() + timedelta(days=2)).isoformat()}, BEAT).heard
    assert heard.at is not None and heard.at <= now()


@given(st.binary(max_size=60), st.binary(max_size=40))
def test_no_tag_beside_a_frame_makes_anything_of_it_but_that_frame(frame: bytes, beside: bytes) -> None:
    told = tagged(frame, beside)
    assert told == frame or (told[:12] + told[16:] == frame and len(told) == len(frame) + 4)


# --- what is told, and when ---


def said(telling: Telling, at: float, *frames: object) -> None:
    for frame in frames:
        telling.roll.hear(at, bytes(frame))


def told(telling: Telling, at: float) -> list[tuple[str, str | None]]:
    return [(row["mac"], row["ip"]) for row in telling.rows(at)]


def test_who_says_nothing_new_is_told_once_a_minute_and_who_does_at_once() -> None:
    telling = Telling(100, 0.0)
    said(telling, 1.0, arp(), arp(ANA, "10.78.0.10", source=ANA))
    assert told(telling, 2.0) == [(LUIS, HERE), (ANA, "10.78.0.10")]
    for moment in range(3, 60):
        said(telling, moment, arp(), arp(ip="10.78.0.11") if moment == 30 else arp())
        assert told(telling, moment) == ([(LUIS, HERE), (LUIS, "10.78.0.11")] if moment == 30 else [])
    assert told(telling, TELL_SECONDS) == [(LUIS, HERE)]
    assert told(telling, TELL_SECONDS * 2) == [], "nobody spoke since"


def test_an_address_that_changes_hands_is_told_of_each_in_order_with_its_moment() -> None:
    telling = Telling(100, 0.0)
    said(telling, 1.0, arp(ANA, HERE, source=ANA))
    said(telling, 5.0, arp())
    rows = telling.rows(6.0)
    assert [(row["mac"], row["ip"]) for row in rows] == [(ANA, HERE), (LUIS, HERE)]
    first, second = (datetime.fromisoformat(row["at"]) for row in rows)
    assert second - first == timedelta(seconds=4)


def test_a_name_or_a_fingerprint_that_is_told_later_is_news() -> None:
    telling = Telling(100, 0.0)
    said(telling, 1.0, arp())
    telling.rows(2.0)
    said(telling, 3.0, dhcp(("hostname", b"luis-pc"), ("param_req_list", [1, 3]), ("vendor_class_id", b"MSFT 5.0")))
    (row,) = telling.rows(4.0)
    assert (row["ip"], row["name"], row["fingerprint"]) == (None, "luis-pc", "1,3|MSFT 5.0")


def test_who_falls_silent_is_forgotten_and_news_when_back() -> None:
    telling = Telling(1, 0.0)
    said(telling, 1.0, arp())
    telling.rows(2.0)
    said(telling, 3.0, arp(ANA, "10.78.0.10", source=ANA))
    assert telling.beat(0)["beat"]["left_out"] == 1
    telling.rows(FORGET_SECONDS + 2)
    said(telling, FORGET_SECONDS + 3, arp(ANA, "10.78.0.10", source=ANA))
    assert told(telling, FORGET_SECONDS + 4) == [(ANA, "10.78.0.10")]


# --- taken in ---

SEGMENT = '[[scan.segment]]\nname = "planta-1"\ninterface = "{}"\nnetwork = "10.78.0.0/26"\n{}'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'netreg.db'}", lock_wait=0.1)
    yield store
    store.engine.dispose()


def settings(folder: Path, interface: str = "near0", more: str = "") -> config.Settings:
    return config.parse(f'data_dir = "."\n{SEGMENT.format(interface, more)}', folder)


def source(store: Store) -> Source | None:
    with store.reading() as session:
        found = session.get(Source, f"{CAPTURE}:planta-1")
        session.expunge_all()
        return found


def sightings(store: Store) -> dict[str, Sighting]:
    with store.reading() as session:
        rows = session.scalars(select(Sighting).where(Sighting.source == CAPTURE)).all()
        session.expunge_all()
        return {row.mac: row for row in rows}


def batch(*heard: Heard) -> Batch:
    return Batch(heard, len(heard), 0, 0)


def someone(number: int = 1, ip: str = HERE) -> Heard:
    return Heard(MacAddress.parse(f"a483e7{number:06x}"), ip, now())


def test_what_is_heard_is_taken_in_and_a_beat_without_news_writes_once_a_minute(store: Store, tmp_path: Path) -> None:
    listener = Listener(store, settings(tmp_path), settings(tmp_path).scan.segment[0])
    writes: list[float] = []
    take_in, listener._take_in = listener._take_in, lambda: (writes.append(1), take_in())[1]  # type: ignore[method-assign]
    listener.take(batch(someone()), 1000.0)
    listener._rests_until = 0
    for second in range(2, 60, 2):
        listener.take(batch(), 1000.0 + second)
    assert len(writes) == 1 and sightings(store)[LUIS].ip == HERE
    listener.take(batch(), 1060.0)
    found = source(store)
    assert len(writes) == 2 and found is not None and found.last_good is not None and found.last_tried > found.last_good


def test_the_database_rests_and_what_it_does_not_take_waits(store: Store, tmp_path: Path) -> None:
    listener = Listener(store, settings(tmp_path), settings(tmp_path).scan.segment[0])
    with store.engine.execution_options(sqlite_begin="IMMEDIATE").begin():
        listener.take(batch(someone()), 1000.0)
    assert sightings(store) == {}
    listener.take(batch(someone(2)), 1001.0)
    assert len(sightings(store)) == 2 and listener._rests_until > 1001.0
    listener._rests_until = 1001.0 + REST
    listener.take(batch(someone(3)), 1002.0)
    assert len(sightings(store)) == 2
    listener.take(batch(), 1001.0 + REST)
    assert len(sightings(store)) == 3


def test_the_register_shows_the_ipv4_address_of_a_device_that_has_both(store: Store, tmp_path: Path) -> None:
    listener = Listener(store, settings(tmp_path), settings(tmp_path).scan.segment[0])
    listener.take(batch(someone(), someone(ip=LINK_LOCAL), Heard(MacAddress.parse(LUIS), None, now())), 1000.0)
    assert sightings(store)[LUIS].ip == HERE


def test_what_waits_has_a_bound(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "MOST_WAITING", 10)
    listener = Listener(store, settings(tmp_path), settings(tmp_path).scan.segment[0])
    listener._rests_until = 2000.0
    listener.take(batch(*map(someone, range(1, 51))), 1000.0)
    assert [str(one.mac)[-2:] for one in listener._waiting.values()] == [f"{n:02x}" for n in range(41, 51)]


def test_a_capture_that_cannot_start_is_tried_again_and_its_error_is_on_the_source(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "FIRST_PAUSE", 0.01)
    tried: list[float] = []
    monkeypatch.setattr(Listener, "_failed", noting(Listener._failed, tried))
    with listening(store, settings(tmp_path, "nope0")):
        wait_until(lambda: len(tried) >= 3, "three tries")
    found = source(store)
    assert found is not None and "there is no interface 'nope0'" in found.error and found.last_good is None


Failing = Callable[[Listener, NetregError], None]


def noting(does: Failing, tried: list[float]) -> Failing:
    def failed(listener: Listener, error: NetregError) -> None:
        does(listener, error)
        tried.append(time.monotonic())

    return failed


def test_the_pause_grows_to_a_bound(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise Unreachable("planta-1", "no")

    class Over(threading.Event):
        pauses: list[float] = []  # noqa: RUF012

        def wait(self, timeout: float | None = None) -> bool:
            self.pauses.append(timeout or 0.0)
            return len(self.pauses) >= 9 and self.set() is None

    monkeypatch.setattr(Listener, "_hear", fails)
    Listener(store, settings(tmp_path), settings(tmp_path).scan.segment[0]).run(over := Over())
    assert over.pauses[:4] == [1.0, 2.0, 4.0, 8.0] and over.pauses[-1] == LONGEST_PAUSE


def test_a_segment_that_is_not_to_be_listened_on_is_not(store: Store, tmp_path: Path) -> None:
    with listening(store, settings(tmp_path, more="listen = false\n")):
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("hear-")]


# --- on a real wire ---


@pytest.fixture
def wire() -> Iterator[tuple[Segment, Far]]:
    with segment() as both:
        yield both


def heard_of(planta: Segment, far: Far, *frames: object) -> dict[str, list[Heard]]:
    """Who is heard once the far end has said this, and then that it is the last."""
    last = arp("02:00:00:00:00:99", "10.78.0.60", source="02:00:00:00:00:99")
    found: dict[str, list[Heard]] = {}
    with closing(batches(planta.name, planta.interface, planta.netns, every=1)) as beats:
        assert any(one is not None for one in beats), "the first beat says that it listens"
        far.says(*(bytes(frame) for frame in frames), bytes(last))
        for one in beats:
            for each in one.heard if one else ():
                found.setdefault(str(each.mac), []).append(each)
            if "02:00:00:00:00:99" in found:
                del found["02:00:00:00:00:99"]
                return found
    raise AssertionError("the last frame was not heard")


def vlan(number: int, frame: Ether, *, outer: bool = False) -> Ether:
    tags = Dot1AD(vlan=900) / Dot1Q(vlan=number) if outer else Dot1Q(vlan=number)
    return Ether(src=frame.src, dst=frame.dst) / tags / frame.payload


TALK = {
    "ARP": (arp(), HERE, ""),
    "an ARP answer to somebody else": (Ether(src=LUIS, dst=ANA) / arp(op=2)[ARP], HERE, ""),
    "a neighbour": (nd(ICMPv6ND_NA(tgt="fe80::7") / TARGET), "fe80::7", ""),
    "DHCP": (dhcp(("hostname", b"luis-pc")), None, "luis-pc"),
    "DHCPv6": (dhcpv6(), LINK_LOCAL, "luis-pc"),
    "mDNS": (mdns(PHONE), HERE, "celular-de-luis"),
    "mDNS over IPv6": (Ether(src=LUIS) / IPv6(src=LINK_LOCAL, dst="ff02::fb") / UDP(sport=5353, dport=5353)
                       / mdns(PHONE)[UDP].payload, LINK_LOCAL, "celular-de-luis"),
}  # fmt: skip


@pytest.mark.lab
def test_every_kind_of_talk_is_heard_tagged_or_not(wire: tuple[Segment, Far]) -> None:
    expected, frames = {}, []
    dressed = [("", lambda one: one), ("vlan 20", lambda one: vlan(20, one))]
    dressed.append(("vlan 30", lambda one: vlan(30, one, outer=True)))
    for number, (kind, (frame, ip, name)) in enumerate(TALK.items(), 1):
        for place, (tag, dress) in enumerate(dressed):
            mac = f"a4:83:e7:00:{number:02x}:{place:02x}"
            old, new = (bytes.fromhex(one.replace(":", "")) for one in (LUIS, mac))
            frames.append(bytes(dress(frame)).replace(old, new))
            expected[mac] = kind, ip, name, tag
    found = heard_of(*wire, *frames)
    assert {
        mac: (expected[mac][0], one[-1].ip, one[-1].name or one[-1].announced, one[-1].port)
        for mac, one in found.items()
        if mac in expected
    } == expected


@pytest.mark.lab
def test_what_is_no_talk_or_is_broken_is_not_heard_and_stops_nothing(wire: tuple[Segment, Far]) -> None:
    chance = random.Random(1)
    good = [bytes(frame) for frame, _, _ in TALK.values()]
    broken = [frame[: chance.randrange(14, len(frame))] for frame in good * 20]
    spoiled = [frame[:14] + chance.randbytes(len(frame) - 14) for frame in good * 20]
    page = Ether(src="02:00:00:00:00:07", dst=ANA) / IP(src=HERE) / TCP(dport=443) / Raw(b"x" * 400)
    other = Ether(src="02:00:00:00:00:08", dst=ANA) / IP(src=HERE) / UDP(dport=53) / Raw(b"x" * 40)
    fragment = Ether(src="02:00:00:00:00:09", dst=ANA) / IP(src=HERE, proto=17, frag=7) / Raw(b"\0\x43" * 20)
    found = heard_of(*wire, page, other, fragment, *broken, *spoiled)
    assert set(found) <= {LUIS}
    for one in found.get(LUIS, []):
        assert one.name in ("", "luis-pc", "celular-de-luis")


@pytest.mark.lab
def test_fifty_thousand_made_up_addresses_fill_no_memory(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    chance = random.Random(1)
    frame = bytes(arp())
    flood = [
        frame[:6] + (made := b"\x02" + chance.randbytes(5)) + frame[12:22] + made + chance.randbytes(4) + frame[32:]
        for _ in range(50_000)
    ]
    words = command("agents.capture", "--interface=near0", "--every=1", "--most=1000", netns=planta.netns)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment()) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        before = memory(process.pid)
        far.says(*flood)
        told: set[str] = set()
        frames = 0
        while frames < 50_000:
            row = json.loads(process.stdout.readline())
            if "beat" in row:
                frames += row["beat"]["frames"] + row["beat"]["drops"]
            else:
                told.add(row["mac"])
        after = memory(process.pid)
        process.stdin.close()
        assert process.wait(10) == 0
    assert len(told) == 1000 and after - before < 20_000


def memory(pid: int) -> int:
    """Kilobytes of it that are in memory."""
    return int(status(pid)["VmRSS"].split()[0])


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, value in (one.split(":", 1) for one in lines)}


@pytest.mark.lab
def test_it_listens_as_nobody_without_a_right_and_ends_with_its_parent(wire: tuple[Segment, Far]) -> None:
    planta, _far = wire
    words = command("agents.capture", "--interface=near0", netns=planta.netns)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment()) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        found = status(process.pid)
        process.stdin.close()
        assert process.wait(10) == 0
    assert found["Uid"].split() == ["65534"] * 4 and found["Groups"] == "" and found["NoNewPrivs"] == "1"
    assert {found[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}


@pytest.mark.lab
def test_the_service_hears_a_device_starts_a_dead_process_again_and_says_when_it_is_blind(
    wire: tuple[Segment, Far], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planta, far = wire
    monkeypatch.setattr(hearing, "FIRST_PAUSE", 0.05)
    with listening(store, settings(tmp_path, more=f'netns = "{planta.netns}"\n')):
        wait_until(lambda: source(store) is not None, "the first beat")
        far.says(bytes(dhcp(("hostname", b"luis-pc"), ("param_req_list", [1, 3]))))
        wait_until(lambda: LUIS in sightings(store), "the device")
        row = sightings(store)[LUIS]
        assert (row.name, row.fingerprint) == ("luis-pc", "1,3|")
        os.kill(listening_in(planta.netns), signal.SIGKILL)
        wait_until(lambda: "ended with status -9" in error(store), "its death to be said")
        wait_until(lambda: listening_in(planta.netns), "another process")
        wait_until(lambda: (far.says(bytes(arp(ANA, source=ANA))), ANA in sightings(store))[1], "the other device")
        assert error(store) == ""
        run("ip", "-n", planta.netns or "", "link", "set", "near0", "down")
        wait_until(lambda: "Network is down" in error(store), "the blindness to be said")


def error(store: Store) -> str:
    found = source(store)
    return found.error if found else ""


def listening_in(netns: str | None) -> int:
    """The process that listens in this namespace; 0 for none."""
    words = ["ip", "netns", "pids", netns or ""]
    pids = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return next((int(pid) for pid in pids if b"agents.capture" in Path(f"/proc/{pid}/cmdline").read_bytes()), 0)
