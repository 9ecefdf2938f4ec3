"""The lab for machines that may not have namespaces: a real SSH server in this process, before a simulated nft.

Commands arrive over SSH and run in this machine's own shell, as the user who started the lab, with `nft` replaced by
`nft_simulator.py` and the firewall's folders moved into the lab's. It listens on loopback, for the lab's key only.
Same surface as `FirewallLab`, except that there is no LAN to scan: `scanner_namespace` is empty.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.lab.bed import HERE, LabError
from tests.lab.firewall import SCANNER_MAC, VENDORS, LabHost
from tests.lab.flow import Flow
from tests.lab.nft_simulator import Kernel, Refusal

# The folders the firewall's own files live in, as whole words of a command.
BOX_FOLDERS = re.compile(r"(?<![\w./-])/(?=run/|etc/nftables)")
GONE = (OSError, EOFError, paramiko.SSHException)  # how paramiko says that the client has hung up
MARK = "NETREG_SIMULATED_FIREWALL"  # in the environment of everything a command started, so that `down` finds it


class SimulatedHost(LabHost):
    """A device whose frames only the simulated gate sees."""

    def __init__(self, name: str, mac: str, ip: str, kernel: Kernel) -> None:
        super().__init__(name, mac, ip, "")
        self._kernel = kernel

    def command(self, *argv: str) -> list[str]:
        return list(argv)

    def ping(self, count: int = 1, timeout: float = 1.0) -> bool:
        return self._kernel.sees(self.mac)

    def pinging(self) -> Flow:
        program = str(HERE / "nft_simulator.py")
        return Flow([sys.executable, "-I", "-S", program, str(self._kernel.path), "--hear", self.mac], "bytes from")


class SimulatedFirewall:
    """The running simulation. Make it with `up`, end it with `down` or as a context manager."""

    simulated = True
    host, user = "127.0.0.1", "root"
    lan_network, lan_interface, scanner_namespace = "10.78.0.0/24", "", ""

    def __init__(self, directory: Path, name: str, port: int, keys: Path | None) -> None:
        self.name, self.state = name, directory.resolve() / name
        self.keys = keys.resolve() if keys else self.state / "keys"
        self.kernel = Kernel(self.state / "kernel.json")
        self.phones: list[SimulatedHost] = []
        self.scanner = self.add_host(SCANNER_MAC, "10.78.0.250", "scanner")
        self.port = port
        self._transports: list[paramiko.Transport] = []

    @classmethod
    def up(
        cls, directory: Path, name: str | None = None, phones: int = 4, *, port: int = 0, keys: Path | None = None
    ) -> SimulatedFirewall:
        """A simulation with its state in a new folder of `directory`; see FirewallLab.up."""
        lab = cls(directory, name or f"sim{secrets.token_hex(3)}", port, keys)
        for folder in ("bin", "run", "etc/nftables.d"):
            (lab.state / folder).mkdir(parents=True)
        lab._install_programs()
        lab._make_keys()
        for number in range(1, phones + 1):
            mac = f"{VENDORS[(number - 1) % len(VENDORS)]}:10:{number >> 8:02x}:{number & 255:02x}"
            lab.phones.append(lab.add_host(mac, f"10.78.0.{100 + number}", f"phone{number}"))
        lab.start_sshd()
        return lab

    def __enter__(self) -> SimulatedFirewall:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        """Stop the server, end what its commands left running, and remove the state. May be called twice."""
        self.stop_sshd()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"{MARK}={self.state}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)
        shutil.rmtree(self.state, ignore_errors=True)

    @property
    def key_file(self) -> Path:
        return self.keys / "client_key"

    @property
    def known_key(self) -> str:
        return " ".join((self.keys / "host_key.pub").read_text().split()[:2])

    def add_host(self, mac: str, ip: str, name: str | None = None) -> SimulatedHost:
        return SimulatedHost(name or f"host{ip.rsplit('.', 1)[1]}", mac, ip, self.kernel)

    def nft(self, *args: str, stdin: str | None = None) -> str:
        """Run the simulated nft as somebody typing on the firewall would; LabError if it refuses."""
        try:
            return self.kernel.nft(list(args), stdin or "")
        except Refusal as refusal:
            raise LabError(f"nft {' '.join(args)}: {refusal}") from None

    def reload_rules(self) -> None:
        """As a reboot: the sets as delivered, and what was saved on the box."""
        self.kernel.path.unlink(missing_ok=True)
        for saved in sorted((self.state / "etc/nftables.d").glob("*.nft")):
            self.nft("-f", str(saved))

    def flow(self, phone: LabHost, proto: str) -> Flow:
        return phone.pinging()

    def stop_sshd(self) -> None:
        """Close the port and every connection."""
        # Closing alone leaves a blocked accept() on the port; shutting down wakes it.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        while self._transports:
            transport = self._transports.pop()
            transport.close()
            transport.join()

    def start_sshd(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._acceptor.start()

    def change_host_key(self) -> None:
        self.stop_sshd()
        _write_key(self.keys / "host_key")
        self.start_sshd()

    def serve_command(self, channel: paramiko.Channel, command: str) -> None:
        """Run one command in the shell, with the channel as its three streams."""
        moved = self._moved(command)
        paths = f"{self.state / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"PATH": paths, MARK: str(self.state), "LC_ALL": "C"}
        pipe = subprocess.PIPE
        # A quick command must not close the channel before the client was told that it started. That is told by the
        # thread that also takes the answer to this question, so the answer comes after it.
        with suppress(*GONE):
            channel.get_transport().global_request("alive@netreg", wait=True)
        with subprocess.Popen(["sh", "-c", moved], stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as process:
            pumps = [
                threading.Thread(target=_feed, args=(channel, process, self._moved), daemon=True),
                threading.Thread(target=_drain, args=(process.stderr, channel.sendall_stderr, self.state), daemon=True),
            ]
            for pump in pumps:
                pump.start()
            _drain(process.stdout, channel.sendall, self.state)
            pumps[1].join()
            with suppress(*GONE):
                status = process.wait()
                # A command that a signal ended has a negative status here, and 128 + its number in a shell.
                channel.send_exit_status(status if status >= 0 else 128 - status)
            with suppress(*GONE):
                channel.close()
            pumps[0].join()

    def _moved(self, command: str) -> str:
        return BOX_FOLDERS.sub(f"{self.state}/", command)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._greet(client)

    def _greet(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(client)
        transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(str(self.keys / "host_key")))
        self._transports.append(transport)
        # Without an event start_server would wait for the whole handshake, and other clients with it.
        transport.start_server(event=threading.Event(), server=_Login(self))

    def _make_keys(self) -> None:
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in ("client_key", "host_key"):
            if not (self.keys / key).exists():
                _write_key(self.keys / key)

    def _install_programs(self) -> None:
        """The simulated nft; and no neighbours: those of this machine are none of the firewall's."""
        nft = f"'{sys.executable}' -I -S '{HERE / 'nft_simulator.py'}' '{self.kernel.path}'"
        for name, does in (("nft", f'exec {nft} "$@"'), ("ip", "echo '[]'"), ("bridge", "echo '[]'")):
            shim = self.state / "bin" / name
            shim.write_text(f"#!/bin/sh\n{does}\n")
            shim.chmod(0o755)


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    """Who may come in (the lab's key) and what for (one command a channel)."""

    def __init__(self, firewall: SimulatedFirewall) -> None:
        self.firewall = firewall
        self.allowed = (firewall.keys / "client_key.pub").read_text().split()[1]

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == self.firewall.user and key.get_base64() == self.allowed
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        run = self.firewall.serve_command
        threading.Thread(target=run, args=(channel, command.decode()), daemon=True).start()
        return True


def _feed(channel: paramiko.Channel, process: subprocess.Popen[bytes], moved: Callable[[str], str]) -> None:
    """What the client sends becomes the command's standard input, until either end closes.

    That may be commands too, for a shell that is kept.
    """
    assert process.stdin
    with suppress(*GONE), process.stdin:
        while data := channel.recv(65536):
            process.stdin.write(moved(data.decode()).encode())
            process.stdin.flush()


def _drain(stream, send, state: Path) -> None:  # type: ignore[no-untyped-def]
    """Send a command's output with the firewall's own paths in it, not those of the lab."""
    with suppress(*GONE):
        unsent = b""
        while data := stream.read1(65536):
            lines, end, unsent = (unsent + data).rpartition(b"\n")
            send((lines + end).replace(str(state).encode(), b""))
        send(unsent.replace(str(state).encode(), b""))


def _write_key(path: Path) -> None:
    """A new ed25519 key pair in OpenSSH's form: `path` (0600) and `path`.pub."""
    key = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(*form))
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    Path(f"{path}.pub").write_bytes(public + b"\n")
