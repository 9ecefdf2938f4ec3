"""Access points and phones on radios that exist only in a small virtual machine: the WiFi lab of the tests.

    phones[0], phones[1] ~ air ~ wlan0 [ access point 0: hostapd, sshd ] eth0 -- mgmt -- 127.0.0.1:port(0) of the host
                         ~ air ~ wlan0 [ access point 1: hostapd, sshd ] eth0 -- mgmt -- 127.0.0.1:port(1) of the host

hostapd, wpa_supplicant, OpenSSH and the kernel's WiFi are Debian's own; only the radios are simulated (mac80211_hwsim).
Each access point is a box of its own, on a channel of its own. The machine reaches nothing but its forwarded ports.
The lab's own way in is a serial port, so that it answers while a test breaks SSH. No root is needed.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.lab.cpio import Archive
from tests.lab.firewall import VENDORS, LabError, run
from tests.lab.wifi_image import image

HERE = Path(__file__).resolve().parent
GUEST = HERE / "wifi"
FOR_POINTS = HERE.parents[1] / "docs" / "points" / "linux-hostapd"  # what an administrator installs
TOOLS = ("qemu-system-x86_64", "apt-get", "apt-cache", "dpkg-deb", "tar", "ssh-keygen")
ACCOUNTS = {
    "passwd": "root:x:0:0::/root:/bin/sh\nsshd:x:100:100::/run/sshd:/bin/false\n"
    "netreg:x:1000:1000::/home/netreg:/bin/sh\n",
    "group": "root:x:0:\nsshd:x:100:\nnetreg:x:1000:\n",
    "shadow": "root:*:19000::::::\nsshd:*:19000::::::\nnetreg:*:19000::::::\n",
}
MEMORY_MB = 256
# What costs an emulated processor seconds and changes nothing here: self-tests, IPv6, guards against other guests.
KERNEL = "console=ttyS0 quiet panic=-1 rdinit=/init ipv6.disable=1 cryptomgr.notests=1 apparmor=0 mitigations=off"
BOOT_SECONDS = 120.0  # emulated, on a machine with much else to do
ANSWER_SECONDS = 60.0
MAX_APS = 11  # the channels of the 2.4 GHz band that are legal everywhere


class Phone:
    """A phone, as its owner sees it: it knows the network's password, and whether it is on."""

    def __init__(self, lab: WifiLab, number: int, mac: str) -> None:
        self._lab, self._number, self.mac = lab, number, mac

    def __repr__(self) -> str:
        return f"Phone({self._number}, {self.mac})"

    def connect(self, ap: int = 0) -> None:
        """Switch its WiFi off and on, with access point `ap` as the only one in reach; returns without waiting.

        It goes on trying by itself, more and more seldom when it is refused (10 s, then up to a minute), as phones do.
        """
        self._lab.check_ap(ap)
        self._tell("connect", str(_frequency(ap)))

    def disconnect(self) -> None:
        """Switch its WiFi off."""
        self._tell("disconnect")

    def is_associated(self) -> bool:
        """Whether it is on the network now: let in, and the keys agreed on."""
        events = re.findall(r"CTRL-EVENT-(CONNECTED|DISCONNECTED)", self._log())
        return events[-1:] == ["CONNECTED"]

    def refusals(self) -> int:
        """How often it was refused since `connect`."""
        return self._log().count("CTRL-EVENT-AUTH-REJECT")

    def losses(self) -> int:
        """How often it lost the network since `connect`, also where it was back at once."""
        return self._log().count("CTRL-EVENT-DISCONNECTED")

    def wait_until_associated(self, seconds: float) -> bool:
        """True as soon as it is on the network, False when `seconds` passed first."""
        return holds_within(seconds, self.is_associated)

    def wait_until_gone(self, seconds: float) -> bool:
        """True as soon as it is not on the network, False when `seconds` passed first."""
        return holds_within(seconds, lambda: not self.is_associated())

    def wait_until_refused(self, seconds: float) -> bool:
        """True as soon as it was refused since `connect`, False when `seconds` passed first."""
        return holds_within(seconds, lambda: self.refusals() > 0)

    def _log(self) -> str:
        """What its wpa_supplicant noted since `connect`; nothing while its WiFi is off."""
        return self._lab.ask("air", "sh", "-c", f"cat /run/phones/phone{self._number}.log 2>/dev/null || :")

    def _tell(self, *words: str) -> None:
        self._lab.ask("air", "/lab/phone", str(self._number), *words)


class WifiLab:
    """The running lab. Make it with `up`, end it with `down` or as a context manager. Access points count from 0."""

    host, user = "127.0.0.1", "netreg"
    interface, accept_file = "wlan0", "/etc/netreg/wlan0.accept"

    def __init__(self, folder: Path, aps: int, phones: int) -> None:
        self.name = f"nr{secrets.token_hex(3)}"
        self.state = folder.resolve() / self.name
        self.ssid = f"{self.name}-wifi"
        self.aps = aps
        self.phones = [Phone(self, number, _phone_mac(number)) for number in range(phones)]
        self._asking = threading.Lock()
        self._ports: dict[int, int] = {}
        self._lines: Lines | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def up(cls, folder: Path, aps: int = 1, phones: int = 2) -> WifiLab:
        """A lab with its state in a new folder of `folder`; builds the machine's image if there is none yet.

        Raises LabError with what failed, ImageUnavailable if the image's packages cannot be had; nothing is left
        behind then.
        """
        if not 1 <= aps <= MAX_APS or not 0 <= phones <= 99:
            raise LabError(f"the lab holds 1 to {MAX_APS} access points and up to 99 phones")
        lab = cls(folder, aps, phones)
        try:
            lab._build()
        except BaseException:
            lab.down()
            raise
        return lab

    def __enter__(self) -> WifiLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        """Take everything down and wait until it is gone. May be called twice."""
        if self._watchdog is not None:
            self._watchdog.communicate(b"d")
            self._watchdog = None
        if self._lines is not None:
            self._lines.close()
            self._lines = None
        shutil.rmtree(self.state, ignore_errors=True)  # where it failed before there was a watchdog

    @property
    def key_file(self) -> Path:
        """The private key that may log in."""
        return self.state / "client_key"

    def port(self, ap: int = 0) -> int:
        """The port of the host where this access point's sshd answers."""
        self.check_ap(ap)
        return self._ports[ap]

    def known_key(self, ap: int = 0) -> str:
        """The host key to pin: type and base64, as in a known_hosts line."""
        self.check_ap(ap)
        return " ".join((self.state / f"host_key_{ap}.pub").read_text().split()[:2])

    def run(self, ap: int, *argv: str, stdin: str = "") -> str:
        """Run a command on an access point as root, past SSH; returns its output, LabError if it fails."""
        self.check_ap(ap)
        return self.ask(f"ap{ap}", *argv, stdin=stdin)

    def hostapd(self, ap: int, *argv: str) -> str:
        """What hostapd answers to a command of hostapd_cli; LabError only if it does not run."""
        return self.run(ap, "hostapd_cli", "-i", self.interface, *argv)

    def restart_hostapd(self, ap: int = 0) -> None:
        """End hostapd and start it, as a reboot would: only what is saved comes back. Returns when it is on the air."""
        self.run(ap, "/lab/hostapd", "stop")
        self.run(ap, "/lab/hostapd", "start")
        if not holds_within(ANSWER_SECONDS, lambda: "state=ENABLED" in self.hostapd(ap, "status")):
            raise LabError(f"hostapd of access point {ap} does not come back on the air")

    def reset(self) -> None:
        """Everything as delivered: no phone is on, nobody is listed or saved, the account has left nothing behind."""
        for phone in self.phones:
            phone.disconnect()
        for ap in range(self.aps):
            self.run(ap, "/lab/as-delivered")
            self.restart_hostapd(ap)

    def ask(self, place: str, *argv: str, stdin: str = "") -> str:
        """Run a command at a `place` of the machine, `air` or `ap0`; returns its output, LabError if it fails."""
        with self._asking:
            if self._lines is None:
                raise LabError("the WiFi lab is down")
            self._lines.send(f"{place} {_escaped(shlex.join(argv))} {_escaped(stdin)}", ANSWER_SECONDS)
            status, output, complaint = self._hear(ANSWER_SECONDS).split()
        if status != "0":
            said = (_decoded(complaint) or _decoded(output)).strip()
            raise LabError(f"{shlex.join(argv)} at {place}: status {status}: {said}")
        return _decoded(output)

    def check_ap(self, ap: int) -> None:
        if not 0 <= ap < self.aps:
            raise LabError(f"there is no access point {ap}; they count from 0 to {self.aps - 1}")

    # --- how it comes up --------------------------------------------------------------------------------------------

    def _build(self) -> None:
        made = image()
        self.state.mkdir(parents=True)
        for key in ("client_key", *(f"host_key_{ap}" for ap in range(self.aps))):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(self.state / key))
        with (self.state / "initrd").open("wb") as initrd:
            with (made / "programs.cpio").open("rb") as programs:
                shutil.copyfileobj(programs, initrd)
            self._add_guest(Archive(initrd))
        self._start(made / "vmlinux")
        if self._hear(BOOT_SECONDS) != "ready":
            raise LabError(f"the WiFi lab's machine did not come up: {self._console()}")

    def _add_guest(self, archive: Archive) -> None:
        """What only this lab has: its keys, its network, and the scripts as they are now."""
        archive.file("init", (GUEST / "init").read_bytes(), 0o755)
        for name, text in ACCOUNTS.items():
            archive.file(f"etc/{name}", text.encode(), 0o600 if name == "shadow" else 0o644)
        for folder in ("etc/ssh", "etc/hostapd", "etc/netreg", "home/netreg", "var/log"):
            archive.folder(folder)
        archive.link("var/run", "../run")
        archive.folder("lab", 0o700)
        for path in sorted(GUEST.iterdir()):
            archive.file(f"lab/{path.name}", path.read_bytes(), 0o755)
        for path in sorted(FOR_POINTS.iterdir()):
            archive.file(f"usr/local/bin/{path.name}", path.read_bytes(), 0o755)
        for path in (self.state / "client_key.pub", *self.state.glob("host_key_?"), *self.state.glob("host_key_??")):
            archive.file(f"lab/keys/{path.name}", path.read_bytes(), 0o600)
        settings = {"APS": self.aps, "PHONES": len(self.phones), "SSID": self.ssid, "PSK": secrets.token_hex(32)}
        archive.file("lab/settings", "".join(f"{name}={value}\n" for name, value in settings.items()).encode(), 0o600)
        archive.file("lab/phones", "".join(f"{phone.mac}\n" for phone in self.phones).encode())
        archive.close()

    def _start(self, kernel: Path) -> None:
        ours, its = socket.socketpair()
        asking, monitor = socket.socketpair()
        self._lines = Lines(ours)
        watchdog = [sys.executable, str(HERE / "watchdog.py"), str(os.getpid()), self.name, str(self.state)]
        with its, asking, monitor, (self.state / "qemu.log").open("wb") as log:
            fds = (its.fileno(), monitor.fileno())
            self._watchdog = subprocess.Popen(
                [*watchdog, *self._machine(kernel, *fds)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=fds, start_new_session=True,
            )  # fmt: skip
            its.close()
            monitor.close()
            self._ports = self._read_ports(Lines(asking))

    def _machine(self, kernel: Path, port_fd: int, monitor_fd: int) -> list[str]:
        forward = "".join(f",hostfwd=tcp:{self.host}:0-{_address(ap)}:22" for ap in range(self.aps))
        return [
            "qemu-system-x86_64", "-M", "pc", *_processor(), "-smp", "1", "-m", str(MEMORY_MB),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", str(kernel), "-initrd", str(self.state / "initrd"),
            "-append", KERNEL,
            "-netdev", f"user,id=mgmt,restrict=on{forward}", "-device", "virtio-net-pci,netdev=mgmt,romfile=",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=lab,fd={port_fd}", "-device", "virtserialport,chardev=lab",
            "-chardev", f"socket,id=monitor,fd={monitor_fd}", "-mon", "chardev=monitor,mode=control",
            "-serial", f"file:{self.state / 'console'}",
        ]  # fmt: skip

    def _read_ports(self, monitor: Lines) -> dict[int, int]:
        """Which free ports the machine took: it chose them, so that no other lab could in between."""
        asked = {"execute": "human-monitor-command", "arguments": {"command-line": "info usernet"}}
        try:
            monitor.hear(BOOT_SECONDS)  # its greeting
            for command in ({"execute": "qmp_capabilities"}, asked):
                monitor.send(json.dumps(command), ANSWER_SECONDS)
                answer = json.loads(monitor.hear(ANSWER_SECONDS))
            forwards = rf"HOST_FORWARD\]\s+\d+\s+{re.escape(self.host)}\s+(\d+)\s+(\S+)\s+22\s"
            ports = {address: int(port) for port, address in re.findall(forwards, answer["return"])}
            return {ap: ports[_address(ap)] for ap in range(self.aps)}
        except (OSError, EOFError, KeyError) as error:
            raise LabError(f"the WiFi lab's machine did not start ({error!r}): {self._console()}") from error

    def _hear(self, seconds: float) -> str:
        assert self._lines
        try:
            return self._lines.hear(seconds)
        except (OSError, EOFError) as error:
            self._lines.close()  # a late answer would be taken for the next one
            raise LabError(f"the WiFi lab's machine does not answer ({error!r}): {self._console()}") from error

    def _console(self) -> str:
        """The last that was heard of the machine."""
        said = ""
        for name in ("qemu.log", "console"):
            with suppress(OSError):
                said += (self.state / name).read_text(errors="replace")[-2000:]
        return said.strip()


class Lines:
    """Lines over a socket, each way, with a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._heard = sock, b""

    def send(self, line: str, seconds: float) -> None:
        self._socket.settimeout(seconds)
        self._socket.sendall(line.encode() + b"\n")

    def hear(self, seconds: float) -> str:
        """The next line. TimeoutError after `seconds`, EOFError when the other side is gone."""
        end = time.monotonic() + seconds
        while b"\n" not in self._heard:
            self._socket.settimeout(max(end - time.monotonic(), 0.001))
            more = self._socket.recv(65536)
            if not more:
                raise EOFError("the other side is gone")
            self._heard += more
        line, self._heard = self._heard.split(b"\n", 1)
        return line.decode().strip()

    def close(self) -> None:
        self._socket.close()


@functools.cache
def wifi_available() -> str:
    """Why this machine cannot run the WiFi lab, or an empty text where it can."""
    if not sys.platform.startswith("linux") or os.uname().machine != "x86_64":
        return "the WiFi lab needs Linux on x86_64"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return "missing programs: " + ", ".join(missing) if missing else ""


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """True as soon as `condition()` holds, False when `seconds` passed first."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _processor() -> list[str]:
    """Hardware virtualisation where it can run any kernel, emulation elsewhere (kvm_pvm runs only some).

    One processor: two emulated ones spend as much again on waiting for each other. What was translated is kept, in
    more room than QEMU takes by itself for so small a machine.
    """
    modules = Path("/sys/module")
    whole = (modules / "kvm_intel").exists() or (modules / "kvm_amd").exists()
    if whole and not (modules / "kvm_pvm").exists() and os.access("/dev/kvm", os.W_OK):
        return ["-accel", "kvm", "-cpu", "host"]
    return ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "Nehalem,+aes,+pclmulqdq"]


def _phone_mac(number: int) -> str:
    return f"{VENDORS[number % len(VENDORS)]}:20:00:{number:02x}"


def _frequency(ap: int) -> int:
    """The middle of the access point's channel, in MHz."""
    return 2412 + 5 * ap


def _address(ap: int) -> str:
    return f"10.0.2.{100 + ap}"


def _escaped(text: str) -> str:
    """In one word, with the escapes of the shell's printf %b."""
    plain = rb"[^A-Za-z0-9/.,:=_+]"
    return re.sub(plain, lambda found: b"\\0%03o" % found[0][0], text.encode()).decode() or "-"


def _decoded(word: str) -> str:
    return "" if word == "-" else base64.b64decode(word).decode(errors="replace")
