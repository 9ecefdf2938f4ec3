"""The sweep: everybody who answers is heard, nobody is trusted, and it stops, says so, and can do no more than that.

The lab tests run the real process on a real wire: a namespace with an interface to sweep, a veth pair, and on the
other end `Neighbours`, hosts made of frames, so that they can also be lossy, slow or hostile.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import scan
from agents.apart import Segment, environment
from agents.scan import read_rows, sweep
from agents.sweeper import main, still_missing
from netreg.errors import UnexpectedOutput, Unreachable
from netreg.mac import MacAddress
from tests.agents.segment import NETWORK, Far, run, segment
from tests.lab import farm

SEGMENT = Segment("planta-1", "eth0", NETWORK)
FRAMES = ("--arp", "00" * 42)
ROW = {"mac": "a4:83:e7:11:22:33", "ip": "10.78.0.9", "at": "2026-03-02T09:00:00+00:00"}


def rows(*said: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in said)


def summary(answered: int) -> dict[str, object]:
    return {"summary": {"asked": 61, "answered": answered, "seconds": 0.5}}


# --- rows ---


def test_rows_with_their_summary_are_a_sweep() -> None:
    found = read_rows(SEGMENT, rows(ROW, summary(1)))
    (answer,) = found.heard
    assert (answer.mac, answer.ip) == (MacAddress.parse("a4:83:e7:11:22:33"), IPv4Address("10.78.0.9"))
    assert answer.at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert (found.asked, found.answered, found.seconds) == (61, 1, 0.5)


@pytest.mark.parametrize(
    "output",
    [
        b"",
        rows(ROW),
        rows(ROW, summary(2)),
        rows(summary(0), ROW),
        rows(ROW | {"mac": "nobody"}, summary(1)),
        rows(ROW | {"mac": 7}, summary(1)),
        rows(ROW | {"ip": "192.0.2.1"}, summary(1)),
        rows(ROW | {"at": "2026-03-02T09:00:00"}, summary(1)),
        rows([], summary(1)),
        rows({"summary": {"asked": float("inf"), "answered": 0, "seconds": 0}}),
        b"Segmentation fault\n",
    ],
)
def test_rows_that_make_no_sense_or_have_no_end_are_refused_and_name_the_segment(output: bytes) -> None:
    with pytest.raises(UnexpectedOutput, match="planta-1"):
        read_rows(SEGMENT, output)


@given(st.binary(max_size=200))
def test_no_output_raises_anything_but_that_it_is_unexpected(output: bytes) -> None:
    with pytest.raises(UnexpectedOutput):
        read_rows(SEGMENT, output)


@pytest.mark.parametrize("name", ["-e", "eth0; reboot", "../eth0", "", "eth0\n"])
def test_a_segment_refuses_names_that_a_command_could_read_otherwise(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        Segment("planta-1", name, NETWORK)
    with pytest.raises(ValueError, match="not the name"):
        Segment("planta-1", "eth0", NETWORK, netns=name)


@pytest.mark.parametrize("wrong", ["ff02::1", "::", "not an address", "10.79.0.1"])
def test_an_address_that_no_device_of_the_segment_can_have_is_refused(wrong: str) -> None:
    with pytest.raises(UnexpectedOutput):
        read_rows(SEGMENT, rows(ROW | {"ip": wrong}, summary(1)))


def test_an_answer_over_ipv6_is_a_row_like_any_other() -> None:
    (answer,) = read_rows(SEGMENT, rows(ROW | {"ip": "fe80::a683:e7ff:fe11:2233"}, summary(1))).heard
    assert answer.ip == IPv6Address("fe80::a683:e7ff:fe11:2233")


# --- when to stop ---


def test_rounds_that_bring_nothing_new_are_enough_and_rounds_that_do_ask_for_more() -> None:
    assert still_missing([2500, 0, 0]) < 0.01 and still_missing([0, 0, 0]) < 0.01
    assert still_missing([2375, 119, 6]) > 0.01 and still_missing([2375, 119, 6, 0, 0]) < 0.01


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=8))
def test_a_round_more_that_brings_nobody_never_makes_more_devices_missing(new: list[int]) -> None:
    assert 0 <= still_missing([*new, 0]) <= still_missing(new)


# --- refusals ---


def test_a_network_too_large_to_sweep_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FRAMES, "--interface", "lo", "--network", "10.0.0.0/15"]) == 3
    said = capsys.readouterr()
    assert "too large" in said.err and said.out == ""


def test_an_interface_that_does_not_exist_is_refused_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FRAMES, "--interface", "nope0", "--network", "10.78.0.0/24"]) == 3
    assert "no interface 'nope0' here (there are: lo" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--network", "10.78.0.5/24"],
        ["--network", "fe80::/64"],
        ["--rate", "0"],
        ["--rate", "٣"],
        ["--tries", "9"],
        ["--arp", "ff" * 41],
        ["--echo", "no hex"],
        ["--interface", "a b"],
    ],
)
def test_wrong_usage_ends_with_status_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*FRAMES, "--interface", "lo", "--network", "10.78.0.0/24", *wrong])
    assert ended.value.code == 2 and "error" in capsys.readouterr().err


def test_a_sweep_that_dies_is_unreachable_with_its_last_words() -> None:
    with pytest.raises(
        Unreachable, match="planta-1: the sweep failed: it ended with status 3: scan: there is no interface"
    ):
        sweep(Segment("planta-1", "nope0", NETWORK))


def test_a_sweep_that_outlives_its_deadline_is_stopped() -> None:
    with pytest.raises(Unreachable, match=r"planta-1: sweep of 10\.78\.0\.0/26 stopped after 0\.0 s"):
        sweep(SEGMENT, deadline=0.01)


def test_the_sweeping_process_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETREG_SECRET_KEY", "hunter2")
    assert "hunter2" not in environment().values()


# --- on a real wire ---


@dataclass
class Neighbours:
    """Hosts on the far end of the wire: `hosts` answer ARP requests, or `answer` decides what frames come back."""

    far: Far
    hosts: dict[IPv4Address, MacAddress]
    answer: Callable[[IPv4Address, int, bytes], list[bytes]] | None = None

    def __post_init__(self) -> None:
        self.asked: dict[IPv4Address, int] = {}
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Neighbours:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _serve(self) -> None:
        with self.far.socket(0x0806) as wire:
            wire.settimeout(0.05)
            self._ready.set()
            while not self._stop.is_set():
                try:
                    frame = wire.recv(256)
                except TimeoutError:
                    continue
                if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x01":
                    for back in self._frames(frame):
                        wire.send(back)

    def _frames(self, request: bytes) -> list[bytes]:
        ip = IPv4Address(request[38:42])
        self.asked[ip] = self.asked.get(ip, 0) + 1
        if self.answer is not None:
            return self.answer(ip, self.asked[ip], request)
        return [reply(request, self.hosts[ip], ip)] if ip in self.hosts else []


def reply(request: bytes, mac: MacAddress, ip: IPv4Address, *, to: bytes | None = None) -> bytes:
    own = bytes.fromhex(mac.text.replace(":", ""))
    head = (to or request[6:12]) + own + b"\x08\x06" + bytes.fromhex("0001080006040002")
    return head + own + ip.packed + request[22:28] + request[28:32]


def host(number: int) -> IPv4Address:
    return NETWORK.network_address + number


def mac(number: int) -> MacAddress:
    return MacAddress.parse(f"a483e7{number:06x}")


HOSTS = {host(number): mac(number) for number in (2, 3, 17, 40, 62)}


@pytest.fixture
def wire() -> Iterator[tuple[Segment, Far]]:
    with segment() as both:
        yield both


@pytest.mark.lab
def test_a_sweep_hears_everybody_who_is_there_and_asks_nobody_twice_who_answered(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with Neighbours(far, HOSTS) as neighbours:
        found = sweep(planta)
    assert {answer.ip: answer.mac for answer in found.heard} == HOSTS
    assert (found.asked, found.answered) == (61, 5)
    assert host(1) not in neighbours.asked
    assert {ip: times for ip, times in neighbours.asked.items() if ip in HOSTS} == dict.fromkeys(HOSTS, 1)
    assert {times for ip, times in neighbours.asked.items() if ip not in HOSTS} == {3}


@pytest.mark.lab
def test_a_host_that_answers_only_the_third_request_is_heard(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with Neighbours(far, {}, lambda ip, times, request: [reply(request, mac(9), ip)] * (ip == host(9) and times == 3)):
        assert [answer.ip for answer in sweep(planta).heard] == [host(9)]


@pytest.mark.lab
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_missed_though_one_answer_in_twenty_gets_lost(wire: tuple[Segment, Far], seed: int) -> None:
    planta, far = wire
    crowd = replace(planta, network=IPv4Network("10.77.0.0/22"))
    there = farm.hosts(crowd.network, 600, seed)
    with farm.sown(far.namespace, "far0", crowd.network, hosts=600, seed=seed, loss=0.05):
        found = sweep(crowd, rate=10_000)
    heard = {answer.ip: answer.mac for answer in found.heard}
    assert {ip: mac for ip, mac in heard.items() if ip.version == 4} == there
    assert {ip: mac for ip, mac in heard.items() if ip.version == 6} == {
        farm.ipv6_of(mac): mac for mac in there.values()
    }


@pytest.mark.lab
def test_a_segment_that_is_not_to_be_asked_over_ipv6_is_not(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with farm.sown(far.namespace, "far0", NETWORK, hosts=5, seed=1):
        found = sweep(replace(planta, ipv6=False))
    assert {answer.ip.version for answer in found.heard} == {4} and len(found.heard) == 5


@pytest.mark.lab
def test_a_segment_without_ipv6_costs_less_than_a_second_more(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with Neighbours(far, HOSTS):
        with_it, without = (sweep(replace(planta, ipv6=one), rate=10_000) for one in (True, False))
    assert {answer.ip for answer in without.heard} == set(HOSTS) and with_it.seconds < without.seconds + 1


@pytest.mark.lab
def test_two_devices_that_claim_one_ip_are_both_heard_and_a_thousand_are_not(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    crowd = {host(9): 2, host(10): 1000}
    with Neighbours(far, {}, lambda ip, _, request: [reply(request, mac(n), ip) for n in range(crowd.get(ip, 0))]):
        found = sweep(planta)
    assert [answer.mac for answer in found.heard if answer.ip == host(9)] == [mac(0), mac(1)]
    assert len([answer for answer in found.heard if answer.ip == host(10)]) == 4
    assert found.answered == 2


@pytest.mark.lab
def test_replies_nobody_asked_for_or_not_to_us_or_malformed_are_not_heard(wire: tuple[Segment, Far]) -> None:
    planta, far = wire

    def hostile(ip: IPv4Address, _times: int, request: bytes) -> list[bytes]:
        good = reply(request, mac(9), ip)
        elsewhere = reply(request, mac(10), IPv4Address("192.0.2.1"))
        others = reply(request, mac(11), ip, to=b"\x02\x00\x00\x00\x00\x63")
        broadcast = reply(request, mac(12), ip, to=b"\xff" * 6)
        return [good[:30], good[:14] + os.urandom(28), elsewhere, others, broadcast, request]

    with Neighbours(far, {}, hostile):
        assert sweep(planta).heard == ()


@pytest.mark.lab
def test_a_network_where_we_have_no_address_is_asked_by_probes_from_nobody(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    elsewhere, senders = IPv4Network("10.79.0.0/29"), set()

    def answer(ip: IPv4Address, _times: int, request: bytes) -> list[bytes]:
        senders.add(request[28:32])
        return [reply(request, mac(3), ip)] * (ip == elsewhere[3])

    with Neighbours(far, {}, answer):
        found = sweep(replace(planta, network=elsewhere))
    assert [heard.ip for heard in found.heard] == [elsewhere[3]]
    assert senders == {bytes(4)}


@pytest.mark.lab
def test_an_empty_wire_is_a_complete_sweep_that_heard_nobody(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with Neighbours(far, {}):
        found = sweep(planta, tries=1)
    assert (found.heard, found.asked, found.answered) == ((), 61, 0)


@pytest.mark.lab
def test_a_sweep_keeps_to_its_pace(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    with Neighbours(far, {}):
        assert sweep(planta, rate=100, tries=1).seconds >= 61 / 100


@pytest.mark.lab
def test_a_wire_that_is_down_is_an_error_and_never_an_empty_network(wire: tuple[Segment, Far]) -> None:
    planta, _far = wire
    run("ip", "-n", planta.netns or "", "link", "set", "near0", "down")
    with pytest.raises(Unreachable, match=r"the sweep is not complete|nothing was sent"):
        sweep(planta)


@pytest.mark.lab
def test_while_it_listens_the_process_is_nobody_and_has_no_right_left(wire: tuple[Segment, Far]) -> None:
    planta, far = wire
    command = scan.sweeping(planta, rate=20, tries=1)
    with Neighbours(far, HOSTS), subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first answer: from here on it reads what strangers write
        with open(f"/proc/{process.pid}/status") as file:
            status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
        process.kill()
    assert status["Uid"].split() == ["65534"] * 4 and status["Gid"].split() == ["65534"] * 4
    assert {status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Groups"].strip() == ""
