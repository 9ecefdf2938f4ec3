"""A town hall's firewall on this machine's own kernel: the lab of the tests, of `netreg demo` and of `make run`.

    phones, rogue, scanner -- switch -- lan0 [ firewall: nftables, sshd ] wan0 -- wan 203.0.113.2
                                             mgmt0 10.79.0.2 |
                                             mgmt  10.79.0.1 +  <- 127.0.0.1:port of the host

Everything lives in namespaces of its own, so several labs run at once and the host's interfaces, routes, rules and
files stay as they are. The firewall has its own network, mounts, host name and processes; what it writes stays in
memory. A watchdog takes all of it down when the owner asks or dies. Standard library only: the product imports this.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.lab.flow import Flow

HERE = Path(__file__).resolve().parent
TOOLS = ("ip", "nft", "sshd", "ssh-keygen", "ping", "stdbuf", "unshare", "nsenter", "mount")
WAN_IP, LAN_GATEWAY = "203.0.113.2", "10.78.0.1"
GATEWAY_MAC, SCANNER_MAC = "00:0c:42:10:00:01", "b8:27:eb:10:00:fa"
VENDORS = ("a4:83:e7", "8c:f5:a3", "64:cc:2e", "14:1a:a3")  # Apple, Samsung, Xiaomi, Motorola
PING_EVERY, PING_GAP = 0.02, 0.3  # seconds between packets, and how long none answered is "silent"
READY_SECONDS = 20.0


class LabError(RuntimeError):
    """The lab could not do something; says which command, and what it answered."""


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


class FirewallLab:
    """The running lab. Make it with `up`, end it with `down` or as a context manager."""

    simulated = False
    host, user = "127.0.0.1", "root"
    lan_network, lan_interface = "10.78.0.0/24", "eth0"

    def __init__(self, directory: Path, name: str, port: int, keys: Path | None) -> None:
        self.name, self.state = name, directory.resolve() / name
        self.keys = keys.resolve() if keys else self.state / "keys"
        self.phones: list[LabHost] = []
        self._children: list[subprocess.Popen[bytes]] = []
        self._listener = socket.create_server((self.host, port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def up(
        cls, directory: Path, name: str | None = None, phones: int = 4, *, port: int = 0, keys: Path | None = None
    ) -> FirewallLab:
        """A lab with its state in a new folder of `directory`.

        `port` 0 takes a free one. `keys` keeps the login and host keys from one lab to the next. Raises LabError with
        the command that failed; nothing is left behind then.
        """
        name = name or f"nr{secrets.token_hex(3)}"
        if not re.fullmatch(r"[a-z][a-z0-9]{0,14}", name, re.ASCII):
            raise LabError(f"not a lab name: {name!r}; use up to 15 lower-case letters and digits")
        lab = cls(directory, name, port, keys)
        try:
            lab._build(phones)
        except BaseException:
            lab.down()
            raise
        return lab

    def __enter__(self) -> FirewallLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        """Take everything down and wait until it is gone. May be called twice."""
        self._listener.close()
        if self._watchdog is not None:
            self._watchdog.communicate(b"d")
            self._watchdog = None
        for child in self._children:
            child.wait()

    @property
    def key_file(self) -> Path:
        """The private key that may log in."""
        return self.keys / "client_key"

    @property
    def known_key(self) -> str:
        """The host key to pin: type and base64, as in a known_hosts line."""
        return " ".join((self.keys / "host_key.pub").read_text().split()[:2])

    @property
    def scanner_namespace(self) -> str:
        return self.scanner.namespace

    def add_host(self, mac: str, ip: str, name: str | None = None) -> LabHost:
        """Put one more device on the switch, for example one that nobody registered."""
        name = name or f"host{ip.rsplit('.', 1)[1]}"
        host = LabHost(name, mac, ip, self._namespace(name))
        port = f"to-{name}"[:15]
        ip_command(
            "-n", host.namespace, "link", "add", "eth0", "address", mac, "type", "veth", *self._peer(port, "lan")
        )
        ip_command("-n", self._in("lan"), "link", "set", port, "master", "sw", "up")
        ip_command("-n", host.namespace, "addr", "add", f"{ip}/24", "dev", "eth0")
        ip_command("-n", host.namespace, "link", "set", "eth0", "up")
        ip_command("-n", host.namespace, "route", "add", "default", "via", LAN_GATEWAY)
        self._ask_often(host.namespace, "eth0")
        return host

    def nft(self, *args: str, stdin: str | None = None) -> str:
        """Run nft inside the firewall as somebody typing there would; returns its output, LabError if it fails."""
        return self.run("nft", *args, stdin=stdin)

    def run(self, *argv: str, stdin: str | None = None) -> str:
        """Run a command inside the firewall, past SSH; returns its output, LabError if it fails."""
        return run("nsenter", "-t", str(self._box_pid), "-m", "-u", "-n", "-p", *argv, stdin=stdin)

    def reload_rules(self) -> None:
        """Load /etc/nftables.conf as a reboot would: only what was saved on the box survives."""
        self.nft("-f", "/etc/nftables.conf")

    def flow(self, phone: LabHost, proto: str) -> Flow:
        """A running `udp` one-way stream or `tcp` download from the WAN to the phone, or a `ping` of the WAN."""
        if proto == "ping":
            return phone.pinging()
        return Flow(phone.command(sys.executable, str(HERE / "traffic.py"), "hear", WAN_IP, proto))

    def stop_sshd(self) -> None:
        """End the firewall's sshd and every session it holds; returns when the port is silent."""
        for pid in run("ip", "netns", "pids", self._in("fw")).split():
            with suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().startswith("sshd"):
                    os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not self._answers(), "the firewall's sshd to stop")

    def start_sshd(self) -> None:
        """Start it again; returns when it answers."""
        self.run("/usr/sbin/sshd")
        wait_until(self._answers, "the firewall's sshd to answer")

    def change_host_key(self) -> None:
        """Give the firewall a new host key, as a replaced or impersonated machine would have."""
        self.stop_sshd()
        self._new_key("host_key")
        self.run("cp", "/dev/stdin", "/etc/ssh/netreg_host_key", stdin=(self.keys / "host_key").read_text())
        self.start_sshd()

    def _build(self, phones: int) -> None:
        if any(Path("/run/netns").glob(f"{self.name}-*")) or self.state.exists():
            raise LabError(f"a lab named {self.name} is already up; nothing was changed, choose another name")
        (self.state / "box").mkdir(parents=True)
        self._watch()
        self._wire_networks()
        self._wire_lan(phones)
        self._make_keys()
        self._start_box()
        self._start_relay()
        self._start_traffic()

    def _watch(self) -> None:
        argv = [sys.executable, str(HERE / "watchdog.py"), str(os.getpid()), self.name, str(self.state)]
        self._watchdog = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)

    def _wire_networks(self) -> None:
        for name in ("lan", "fw", "wan", "mgmt"):
            self._namespace(name)
        ip_command("-n", self._in("lan"), "link", "add", "sw", "type", "bridge")
        ip_command("-n", self._in("lan"), "link", "set", "sw", "up")
        self._cable("lan0", f"{LAN_GATEWAY}/24", GATEWAY_MAC, "lan", "uplink")
        self._cable("wan0", "203.0.113.1/24", "00:0c:42:10:00:02", "wan", "eth0")
        self._cable("mgmt0", "10.79.0.2/24", "00:0c:42:10:00:03", "mgmt", "eth0")
        ip_command("-n", self._in("lan"), "link", "set", "uplink", "master", "sw")
        ip_command("-n", self._in("wan"), "addr", "add", f"{WAN_IP}/24", "dev", "eth0")
        ip_command("-n", self._in("mgmt"), "addr", "add", "10.79.0.1/24", "dev", "eth0")
        ip_command("-n", self._in("wan"), "route", "add", self.lan_network, "via", "203.0.113.1")
        run("ip", "netns", "exec", self._in("fw"), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._ask_often(self._in("fw"), "lan0")

    def _wire_lan(self, phones: int) -> None:
        for number in range(1, phones + 1):
            mac = f"{VENDORS[(number - 1) % len(VENDORS)]}:10:{number >> 8:02x}:{number & 255:02x}"
            self.phones.append(self.add_host(mac, f"10.78.0.{100 + number}", f"phone{number}"))
        self.scanner = self.add_host(SCANNER_MAC, "10.78.0.250", "scanner")

    def _make_keys(self) -> None:
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in ("client_key", "host_key"):
            if not (self.keys / key).exists():
                self._new_key(key)

    def _new_key(self, key: str) -> None:
        (self.keys / key).unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(self.keys / key))

    def _start_box(self) -> None:
        own = ("unshare", "-m", "-u", "-p", "--fork", "--kill-child", "--mount-proc")
        script = ("bash", str(HERE / "box.sh"), self._in("fw"), str(self.state), str(self.keys), str(HERE / "gate.nft"))
        self._unshare = self._start("box", "fw", *own, *script)

    def _start_relay(self) -> None:
        fd = self._listener.fileno()
        self._start("relay", "mgmt", sys.executable, str(HERE / "relay.py"), str(fd), "10.79.0.2", "22", fds=(fd,))
        self._listener.close()
        wait_until(self._answers, "the firewall's sshd to answer", self._box_failed)
        # The box is the only child of `unshare`; its process id out here is the handle to its namespaces.
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        self._box_pid = int(children.read_text().split()[0])

    def _start_traffic(self) -> None:
        self._start("traffic", "wan", sys.executable, str(HERE / "traffic.py"), "serve", WAN_IP)
        listening = ("ip", "netns", "exec", self._in("wan"), "cat", "/proc/net/tcp")
        wait_until(lambda: ":2328 " in run(*listening), "the WAN's traffic source to listen")

    def _start(self, log: str, namespace: str, *argv: str, fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        command = ["ip", "netns", "exec", self._in(namespace), *argv]
        with (self.state / f"{log}.log").open("wb") as out:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=fds)
        self._children.append(child)
        return child

    def _answers(self) -> bool:
        """Whether an SSH server greets on the port."""
        with suppress(OSError), socket.create_connection((self.host, self.port), timeout=2) as sock:
            return sock.recv(4) == b"SSH-"
        return False

    def _box_failed(self) -> str:
        if self._unshare.poll() is None:
            return ""
        return f"the firewall ended with status {self._unshare.returncode}: " + (self.state / "box.log").read_text()

    def _in(self, name: str) -> str:
        return f"{self.name}-{name}"

    def _namespace(self, name: str) -> str:
        """A new namespace without IPv6: its own chatter would look like devices nobody registered."""
        namespace = self._in(name)
        ip_command("netns", "add", namespace)
        off = [f"net.ipv6.conf.{which}.disable_ipv6=1" for which in ("all", "default")]
        run("ip", "netns", "exec", namespace, "sysctl", "-qew", *off)
        ip_command("-n", namespace, "link", "set", "lo", "up")
        return namespace

    def _cable(self, device: str, address: str, mac: str, other: str, port: str) -> None:
        firewall = ("-n", self._in("fw"))
        ip_command(*firewall, "link", "add", device, "address", mac, "type", "veth", *self._peer(port, other))
        ip_command(*firewall, "addr", "add", address, "dev", device)
        ip_command(*firewall, "link", "set", device, "up")
        ip_command("-n", self._in(other), "link", "set", port, "up")

    def _peer(self, port: str, namespace: str) -> tuple[str, ...]:
        return ("peer", "name", port, "netns", self._in(namespace))

    def _ask_often(self, namespace: str, device: str) -> None:
        """Repeat an unanswered ARP question every 20 ms, not every second: else the wait would be ARP's, not ours."""
        ip_command("-n", namespace, "ntable", "change", "name", "arp_cache", "dev", device, "retrans", "20")


@functools.cache
def lab_available() -> str:
    """Why this machine cannot run the lab, or an empty text where it can."""
    if not sys.platform.startswith("linux"):
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=_path())]
    if missing:
        return "missing programs: " + ", ".join(missing)
    return _kernel_refuses()


def _kernel_refuses() -> str:
    """What the kernel denies us of namespaces, overlays, veth pairs and a packet filter on a port, both ways."""
    rules = (HERE / "gate.nft").read_text().replace('include "', "# ")
    disk = "mount -t tmpfs t /mnt && cd /mnt && mkdir u w"
    overlay = "mount -t overlay -o lowerdir=/etc,upperdir=u,workdir=w o /etc"
    probe = f"{disk} && {overlay} && ip link add lan0 type veth peer name other && nft -c -f -"
    try:
        run("unshare", "-n", "-m", "-u", "-p", "--fork", "sh", "-c", probe, stdin=rules)
    except LabError as error:
        return f"the kernel refuses what the lab needs: {error}"
    return ""


def wait_until(condition: Callable[[], bool], what: str, failed: Callable[[], str] = str) -> None:
    """Wait for `condition()`; LabError if `failed()` gives a reason or it takes longer than READY_SECONDS."""
    end = time.monotonic() + READY_SECONDS
    while not condition():
        if reason := failed():
            raise LabError(f"waited for {what}: {reason}")
        if time.monotonic() > end:
            raise LabError(f"waited {READY_SECONDS:g} s for {what}, in vain")
        time.sleep(0.01)


def ip_command(*args: str) -> None:
    run("ip", *args)


def run(*argv: str, stdin: str | None = None) -> str:
    """Run a command and return its output; LabError with the command and its complaint if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, input=stdin or "", env={**os.environ, "PATH": _path()})
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: status {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def _path() -> str:
    """PATH with the folders of administrators' programs, which some root shells lack."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
