"""A town hall's firewall on this machine's own kernel: the lab of the tests, of `netreg demo` and of `make run`.

    phones, rogue, scanner -- switch -- lan0 [ firewall: nftables, sshd ] wan0 -- wan 203.0.113.2

See bed.py for what surrounds it. Standard library only: the product imports this.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.lab.bed import HERE, Bed, LabError, bed_available, ip_command, run, wait_until
from tests.lab.flow import Flow

__all__ = ["FirewallLab", "LabError", "LabHost", "lab_available", "wait_until"]

TOOLS = ("nft", "ping", "stdbuf")
WAN_IP, LAN_GATEWAY = "203.0.113.2", "10.78.0.1"
GATEWAY_MAC, SCANNER_MAC = "00:0c:42:10:00:01", "b8:27:eb:10:00:fa"
VENDORS = ("a4:83:e7", "8c:f5:a3", "64:cc:2e", "14:1a:a3")  # Apple, Samsung, Xiaomi, Motorola
PING_EVERY, PING_GAP = 0.02, 0.3  # seconds between packets, and how long none answered is "silent"


class LabHost:
    """A device on the LAN, in a network namespace of its own."""

    def __init__(self, name: str, mac: str, ip: str, namespace: str) -> None:
        self.name, self.mac, self.ip, self.namespace = name, mac, ip, namespace

    def __repr__(self) -> str:
        return f"LabHost({self.name}, {self.mac}, {self.ip})"

    def run(self, *argv: str, timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Run a command on this device and return what came of it; the exit status is the caller's to judge."""
        return subprocess.run(self.command(*argv), capture_output=True, text=True, timeout=timeout)

    def command(self, *argv: str) -> list[str]:
        """The argv that runs `argv` on this device."""
        return ["ip", "netns", "exec", self.namespace, *argv]

    def ping(self, count: int = 1, timeout: float = 1.0) -> bool:
        """Whether the WAN answers at least one of `count` pings through the firewall."""
        argv = ("ping", "-n", "-q", "-c", str(count), "-i", "0.05", "-W", str(timeout), WAN_IP)
        return self.run(*argv, timeout=count * 0.05 + timeout + 30).returncode == 0

    def pinging(self) -> Flow:
        """A ping every 20 ms that runs until closed."""
        # Line by line: ping itself holds its first line back until something answers.
        argv = ("stdbuf", "-oL", "ping", "-n", "-i", str(PING_EVERY), WAN_IP)
        return Flow(self.command(*argv), marker="bytes from")

    def wait_for_ping(self, until: bool, seconds: float) -> float | None:
        """Seconds from now until the WAN first answers (`until`) or last answered; None if that took too long.

        Precise to about 20 ms. The last answer counts as last when none follows for 0.3 s.
        """
        start = time.monotonic()
        with self.pinging() as flow:
            flow.wait_until_running()
            done = flow.wait_until_heard(seconds) if until else flow.wait_until_silent(PING_GAP, seconds + PING_GAP)
            moment = flow.first if until else flow.last
        return max(0.0, (moment or start) - start) if done else None


class FirewallLab(Bed):
    """The running lab. Make it with `up`, end it with `down` or as a context manager."""

    user, box = "root", "fw"
    setup = ("firewall.sh", "gate.nft")
    lan_network, lan_interface = "10.78.0.0/24", "eth0"

    def __init__(self, directory: Path, name: str | None, port: int, keys: Path | None, phones: int) -> None:
        super().__init__(directory, name, port, keys)
        self.phones: list[LabHost] = []
        self._wanted = phones

    @classmethod
    def up(
        cls, directory: Path, name: str | None = None, phones: int = 4, *, port: int = 0, keys: Path | None = None
    ) -> Self:
        """A lab with that many phones; see Bed.up."""
        return cls(directory, name, port, keys, phones)._rise()

    @property
    def scanner_namespace(self) -> str:
        return self.scanner.namespace

    def add_host(self, mac: str, ip: str, name: str | None = None) -> LabHost:
        """Put one more device on the switch, for example one that nobody registered."""
        name = name or f"host{ip.rsplit('.', 1)[1]}"
        host = LabHost(name, mac, ip, self._plug(name, mac))
        ip_command("-n", host.namespace, "addr", "add", f"{ip}/24", "dev", "eth0")
        ip_command("-n", host.namespace, "route", "add", "default", "via", LAN_GATEWAY)
        self._ask_often(host.namespace, "eth0")
        return host

    def add_bridge(self, address: str, *ports: str) -> None:
        """A bridge `br0` of the firewall's own, with this address and ports for `plug_in`."""
        for device, kind in (("br0", ("type", "bridge")), *((port, self._veth(port)) for port in ports)):
            ip_command("-n", self._in(self.box), "link", "add", device, *kind)
            ip_command("-n", self._in(self.box), "link", "set", device, "up")
        for port in ports:
            ip_command("-n", self._in(self.box), "link", "set", port, "master", "br0")
        ip_command("-n", self._in(self.box), "addr", "add", address, "dev", "br0")

    def plug_in(self, port: str, mac: str, ip: str) -> LabHost:
        """Put a device behind a port of that bridge."""
        namespace = self._in(port)
        ip_command("-n", namespace, "link", "set", "eth0", "address", mac, "up")
        ip_command("-n", namespace, "addr", "add", f"{ip}/24", "dev", "eth0")
        return LabHost(port, mac, ip, namespace)

    def _veth(self, port: str) -> tuple[str, ...]:
        self._namespace(port)
        return ("type", "veth", *self._peer("eth0", port))

    def nft(self, *args: str, stdin: str | None = None) -> str:
        """Run nft inside the firewall as somebody typing there would; returns its output, LabError if it fails."""
        return self.run("nft", *args, stdin=stdin)

    def reload_rules(self) -> None:
        """Load /etc/nftables.conf as a reboot would: only what was saved on the box survives."""
        self.nft("-f", "/etc/nftables.conf")

    def flow(self, phone: LabHost, proto: str) -> Flow:
        """A running `udp` one-way stream or `tcp` download from the WAN to the phone, or a `ping` of the WAN."""
        if proto == "ping":
            return phone.pinging()
        return Flow(phone.command(sys.executable, str(HERE / "traffic.py"), "hear", WAN_IP, proto))

    def _wire(self) -> None:
        self._switch(f"{LAN_GATEWAY}/24", GATEWAY_MAC)
        self._namespace("wan")
        self._cable("wan0", "203.0.113.1/24", "00:0c:42:10:00:02", "wan", "eth0")
        ip_command("-n", self._in("wan"), "addr", "add", f"{WAN_IP}/24", "dev", "eth0")
        ip_command("-n", self._in("wan"), "route", "add", self.lan_network, "via", "203.0.113.1")
        run("ip", "netns", "exec", self._in("fw"), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._ask_often(self._in("fw"), "lan0")
        for number in range(1, self._wanted + 1):
            mac = f"{VENDORS[(number - 1) % len(VENDORS)]}:10:{number >> 8:02x}:{number & 255:02x}"
            self.phones.append(self.add_host(mac, f"10.78.0.{100 + number}", f"phone{number}"))
        self.scanner = self.add_host(SCANNER_MAC, "10.78.0.250", "scanner")

    def _settle(self) -> None:
        """The WAN's traffic source."""
        self._start("traffic", "wan", sys.executable, str(HERE / "traffic.py"), "serve", WAN_IP)
        listening = ("ip", "netns", "exec", self._in("wan"), "cat", "/proc/net/tcp")
        wait_until(lambda: ":2328 " in run(*listening), "the WAN's traffic source to listen")

    def _ask_often(self, namespace: str, device: str) -> None:
        """Repeat an unanswered ARP question every 20 ms, not every second: else the wait would be ARP's, not ours."""
        ip_command("-n", namespace, "ntable", "change", "name", "arp_cache", "dev", device, "retrans", "20")


def lab_available() -> str:
    """Why this machine cannot run the lab, or an empty text where it can."""
    return bed_available(TOOLS, (HERE / "gate.nft").read_text().replace('include "', "# "))
