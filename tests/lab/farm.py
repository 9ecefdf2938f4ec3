"""Hosts made of frames, as many as a test wants, behind one interface: `python -m tests.lab.farm --interface far0 ...`.

Each answers ARP requests for its IPv4 address, and echoes to all IPv6 nodes. Which of its answers get lost is
decided by its address, the seed and how often it was asked, so that a run can be repeated. Prints "ready" and serves
until it is killed.
"""

from __future__ import annotations

import argparse
import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from agents import rawsocket
from agents.apart import command, environment
from agents.frames import checksum, link_local
from agents.rawsocket import Step
from netreg.mac import MacAddress


def hosts(network: IPv4Network, count: int, seed: int) -> dict[IPv4Address, MacAddress]:
    """The hosts of a farm: the truth that a sweep is held to. The network's first address stays free for who asks."""
    chance = random.Random(seed)
    places = chance.sample(range(2, network.num_addresses - 1), count)
    return {network[place]: _mac(number, seed) for number, place in enumerate(sorted(places))}


def ipv6_of(mac: MacAddress) -> IPv6Address:
    """The IPv6 address of a host with this hardware address."""
    return IPv6Address(link_local(raw(mac)))


def raw(mac: MacAddress) -> bytes:
    return bytes.fromhex(mac.text.replace(":", ""))


def _mac(number: int, seed: int) -> MacAddress:
    return MacAddress.parse(f"a483e7{(seed * 0x10000 + number) & 0xFFFFFF:06x}")


def questions(_own: bytes) -> bytes:
    """The kernel's filter: ARP requests and ICMPv6 echoes."""
    return rawsocket.assemble([
        Step(rawsocket.HALF, 12), Step(rawsocket.EQUAL, 0x0806, "arp"), Step(rawsocket.EQUAL, 0x86DD, "", "drop"),
        Step(rawsocket.BYTE, 54), Step(rawsocket.EQUAL, 128, "give", "drop"),
        "arp", Step(rawsocket.HALF, 20), Step(rawsocket.EQUAL, 1, "give", "drop"),
        "give", Step(rawsocket.RETURN, 128),
        "drop", Step(rawsocket.RETURN, 0),
    ])  # fmt: skip


class Farm:
    """The hosts, and how often each was asked."""

    def __init__(self, there: dict[IPv4Address, MacAddress], loss: float, seed: int) -> None:
        self._macs = {ip.packed: raw(mac) for ip, mac in there.items()}
        self._loss, self._seed = loss, seed
        self._asked: dict[bytes, int] = {}

    def answers(self, frame: bytes) -> Iterator[bytes]:
        """What comes back for a frame."""
        if frame[12:14] != b"\x08\x06":
            yield from (_echoed(frame, mac) for mac in self._macs.values() if self._arrives(b"6" + mac))
        elif (mac := self._macs.get(frame[38:42])) and self._arrives(mac):
            yield frame[6:12] + mac + frame[12:20] + b"\0\2" + mac + frame[38:42] + frame[22:32] + bytes(18)

    def _arrives(self, who: bytes) -> bool:
        times = self._asked[who] = self._asked.get(who, 0) + 1
        return random.Random(f"{self._seed} {who.hex()} {times}").random() >= self._loss


def _echoed(frame: bytes, mac: bytes) -> bytes:
    ours, theirs, body = link_local(mac), frame[22:38], b"\x81\0\0\0" + frame[58:62]
    total = checksum(ours + theirs + len(body).to_bytes(4, "big") + b"\0\0\0\x3a" + body)
    head = frame[6:12] + mac + frame[12:18] + len(body).to_bytes(2, "big") + b"\x3a\xff"
    return head + ours + theirs + body[:2] + total.to_bytes(2, "big") + body[4:]


@contextmanager
def sown(
    namespace: str, interface: str, network: IPv4Network, *, hosts: int, seed: int, loss: float = 0.0
) -> Iterator[None]:
    """A farm in a namespace, until the block ends."""
    options = [
        f"--interface={interface}",
        f"--network={network}",
        f"--hosts={hosts}",
        f"--seed={seed}",
        f"--loss={loss}",
    ]
    words = command("tests.lab.farm", *options, netns=namespace)
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment()) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", required=True)
    parser.add_argument("--network", type=IPv4Network, required=True)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loss", type=float, default=0.0)
    options = parser.parse_args()
    wire = rawsocket.opened(options.interface, questions, rawsocket.PROMISCUOUS)
    wire.setblocking(True)
    farm = Farm(hosts(options.network, options.hosts, options.seed), options.loss, options.seed)
    print("ready", flush=True)
    _serve(wire, farm)


def _serve(wire: socket.socket, farm: Farm) -> None:
    while True:
        for answer in farm.answers(wire.recv(256)):
            wire.send(answer)


if __name__ == "__main__":
    main()
