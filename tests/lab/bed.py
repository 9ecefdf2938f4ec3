"""What every bed of the lab is: a box with a real sshd, in namespaces of its own, reached through a port of the host.

    wires of the bed's own -- [ box: sshd and what the bed is about ] mgmt0 10.79.0.2
                                                                      mgmt  10.79.0.1 <- 127.0.0.1:port of the host

Several beds run at once and the host's interfaces, routes, rules and files stay as they are. The box has its own
network, mounts, host name and processes; what it writes stays in memory. A watchdog takes all of it down when the
owner asks or dies. Standard library only: the product imports this.
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
from typing import Self

HERE = Path(__file__).resolve().parent
# What an administrator installs on a point; a bed installs those very files.
POINTS = HERE.parents[1] / "docs" / "points"
TOOLS = ("ip", "sshd", "ssh-keygen", "unshare", "nsenter", "mount", "useradd")
BOX_IP, MANAGEMENT_IP = "10.79.0.2", "10.79.0.1"
READY_SECONDS = 20.0


class LabError(RuntimeError):
    """The lab could not do something; says which command, and what it answered."""


class Ground:
    """Namespaces, processes and keys of one owner, which end with it. What is built on it, a subclass says in `_build`.

    Make it with `up`, end it with `down` or as a context manager.
    """

    user = "netreg"
    # The script of this folder that sets a box up, and the files that the script needs.
    setup: tuple[str, ...] = ()

    def __init__(self, directory: Path, name: str | None, keys: Path | None) -> None:
        self.name = name or f"nr{secrets.token_hex(3)}"
        if not re.fullmatch(r"[a-z][a-z0-9]{0,14}", self.name, re.ASCII):
            raise LabError(f"not a lab name: {self.name!r}; use up to 15 lower-case letters and digits")
        self.state = directory.resolve() / self.name
        self.keys = keys.resolve() if keys else self.state / "keys"
        self._children: list[subprocess.Popen[bytes]] = []
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        """Take everything down and wait until it is gone. May be called twice."""
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

    def _build(self) -> None:
        raise NotImplementedError

    def _rise(self) -> Self:
        try:
            self._build()
        except BaseException:
            self.down()
            raise
        return self

    def _found(self) -> None:
        """Take the name, and have somebody watch over what follows."""
        if any(Path("/run/netns").glob(f"{self.name}-*")) or self.state.exists():
            raise LabError(f"a lab named {self.name} is already up; nothing was changed, choose another name")
        (self.state / "box").mkdir(parents=True)
        self._watch()

    def _watch(self) -> None:
        argv = [sys.executable, str(HERE / "watchdog.py"), str(os.getpid()), self.name, str(self.state)]
        self._watchdog = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)

    def _make_keys(self) -> None:
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in ("client_key", "host_key"):
            if not (self.keys / key).exists():
                self._new_key(key)

    def _new_key(self, key: str) -> None:
        (self.keys / key).unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(self.keys / key))

    def _start_box(self, box: str, address: str, client: str) -> subprocess.Popen[bytes]:
        """Start a box with its sshd at `address`, where only `client` may log in."""
        own = ("unshare", "-m", "-u", "-p", "--fork", "--kill-child", "--mount-proc")
        whose = (self._in(box), str(self.state), str(self.keys), self.user, address, client)
        files = (str(HERE / file) for file in self.setup)
        return self._start(box, box, *own, "bash", str(HERE / "box.sh"), *whose, *files)

    def _start(self, log: str, namespace: str, *argv: str, fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        command = ["ip", "netns", "exec", self._in(namespace), *argv]
        with (self.state / f"{log}.log").open("wb") as out:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=fds)
        self._children.append(child)
        return child

    def _ended(self, box: str, unshare: subprocess.Popen[bytes]) -> str:
        """Why this box is no more, or an empty text while it is there."""
        if unshare.poll() is None:
            return ""
        return f"the box ended with status {unshare.returncode}: " + (self.state / f"{box}.log").read_text()

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


class Bed(Ground):
    """A running bed of one box.

    A bed says what its box is called, who logs in, and which script of this folder sets the box up (with the files
    that the script needs); it wires its own networks in `_wire` and starts what is outside the box in `_settle`.
    """

    simulated = False
    host = "127.0.0.1"
    box = "box"

    def __init__(self, directory: Path, name: str | None, port: int, keys: Path | None) -> None:
        super().__init__(directory, name, keys)
        self._listener = socket.create_server((self.host, port), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    @classmethod
    def up(cls, directory: Path, name: str | None = None, *, port: int = 0, keys: Path | None = None) -> Self:
        """A bed with its state in a new folder of `directory`.

        `port` 0 takes a free one. `keys` keeps the login and host keys from one lab to the next. Raises LabError with
        the command that failed; nothing is left behind then.
        """
        return cls(directory, name, port, keys)._rise()

    def down(self) -> None:
        self._listener.close()
        super().down()

    def run(self, *argv: str, stdin: str | None = None) -> str:
        """Run a command inside the box as root, past SSH; returns its output, LabError if it fails."""
        return run("nsenter", "-t", str(self._box_pid), "-m", "-u", "-n", "-p", *argv, stdin=stdin)

    def stop(self, pid_file: str) -> None:
        """End the server of the box that wrote this file; returns when it is gone."""
        pid = self.run("cat", pid_file).strip()
        self.run("kill", pid)
        wait_until(lambda: not self.runs(pid), f"the server of {pid_file} to stop")

    def runs(self, pid: str) -> bool:
        """Whether the box has a process of this number, as the box counts."""
        return self.run("sh", "-c", f"! test -d /proc/{pid} || echo yes") != ""

    def stop_sshd(self) -> None:
        """End the box's sshd and every session it holds; returns when the port is silent."""
        for pid in run("ip", "netns", "pids", self._in(self.box)).split():
            with suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().startswith("sshd"):
                    os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not self._answers(), "the box's sshd to stop")

    def start_sshd(self) -> None:
        """Start it again; returns when it answers."""
        self.run("/usr/sbin/sshd")
        wait_until(self._answers, "the box's sshd to answer")

    def change_host_key(self) -> None:
        """Give the box a new host key, as a replaced or impersonated machine would have."""
        self.stop_sshd()
        self._new_key("host_key")
        self.run("cp", "/dev/stdin", "/etc/ssh/netreg_host_key", stdin=(self.keys / "host_key").read_text())
        self.start_sshd()

    def _wire(self) -> None:
        """The bed's own networks; the box has only the one for management so far."""

    def _settle(self) -> None:
        """What is started or waited for once the box runs."""

    def _build(self) -> None:
        self._found()
        for name in (self.box, "mgmt"):
            self._namespace(name)
        self._cable("mgmt0", f"{BOX_IP}/24", "00:0c:42:10:00:03", "mgmt", "eth0")
        ip_command("-n", self._in("mgmt"), "addr", "add", f"{MANAGEMENT_IP}/24", "dev", "eth0")
        self._wire()
        self._make_keys()
        self._unshare = self._start_box(self.box, BOX_IP, MANAGEMENT_IP)
        self._start_relay()
        self._settle()

    def _start_relay(self) -> None:
        fd = self._listener.fileno()
        self._start("relay", "mgmt", sys.executable, str(HERE / "relay.py"), str(fd), BOX_IP, "22", fds=(fd,))
        self._listener.close()
        wait_until(self._answers, "the box's sshd to answer", lambda: self._ended(self.box, self._unshare))
        # The box is the only child of `unshare`; its process id out here is the handle to its namespaces.
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        self._box_pid = int(children.read_text().split()[0])

    def _answers(self) -> bool:
        return greets(self.host, self.port)

    def _cable(self, device: str, address: str, mac: str, other: str, port: str) -> None:
        box = ("-n", self._in(self.box))
        ip_command(*box, "link", "add", device, "address", mac, "type", "veth", *self._peer(port, other))
        ip_command(*box, "addr", "add", address, "dev", device)
        ip_command(*box, "link", "set", device, "up")
        ip_command("-n", self._in(other), "link", "set", port, "up")

    def _switch(self, gateway: str, mac: str) -> None:
        """A LAN: a switch in a namespace of its own, with the box's `lan0` on it."""
        self._namespace("lan")
        ip_command("-n", self._in("lan"), "link", "add", "sw", "type", "bridge")
        ip_command("-n", self._in("lan"), "link", "set", "sw", "up")
        self._cable("lan0", gateway, mac, "lan", "uplink")
        ip_command("-n", self._in("lan"), "link", "set", "uplink", "master", "sw")

    def _plug(self, name: str, mac: str) -> str:
        """A new namespace whose `eth0` is on the switch and up, without an address of IP; returns its name."""
        namespace, port = self._namespace(name), f"to-{name}"[:15]
        ip_command("-n", namespace, "link", "add", "eth0", "address", mac, "type", "veth", *self._peer(port, "lan"))
        ip_command("-n", self._in("lan"), "link", "set", port, "master", "sw", "up")
        ip_command("-n", namespace, "link", "set", "eth0", "up")
        return namespace

    def _peer(self, port: str, namespace: str) -> tuple[str, ...]:
        return ("peer", "name", port, "netns", self._in(namespace))


@functools.cache
def bed_available(tools: tuple[str, ...] = (), rules: str = "") -> str:
    """Why this machine cannot run a bed that needs these programs and nft rules, or an empty text where it can."""
    if not sys.platform.startswith("linux"):
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root"
    missing = [tool for tool in (*TOOLS, *tools) if not shutil.which(tool, path=path())]
    if missing:
        return "missing programs: " + ", ".join(missing)
    return _kernel_refuses(rules)


def _kernel_refuses(rules: str) -> str:
    """What the kernel denies us of namespaces, overlays, veth pairs and packet filters, or an empty text."""
    disk = "mount -t tmpfs t /mnt && cd /mnt && mkdir u w"
    overlay = "mount -t overlay -o lowerdir=/etc,upperdir=u,workdir=w o /etc"
    probe = f"{disk} && {overlay} && ip link add lan0 type veth peer name other" + (rules and " && nft -c -f -")
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


def greets(host: str, port: int) -> bool:
    """Whether an SSH server answers there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=2) as sock:
        return sock.recv(4) == b"SSH-"
    return False


def ip_command(*args: str) -> None:
    run("ip", *args)


def run(*argv: str, stdin: str | None = None) -> str:
    """Run a command and return its output; LabError with the command and its complaint if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, input=stdin or "", env={**os.environ, "PATH": path()})
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: status {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def path() -> str:
    """PATH with the folders of administrators' programs, which some root shells lack."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
