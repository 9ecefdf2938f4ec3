"""Nornir with Netmiko, 50 threads, host keys checked: `send_command`, and a copy by SCP where a list is sent."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

from bench.peers import Case, Failed, Measured
from tests.lab.fleet import FleetPoint

PROGRAM = Path(__file__).with_name("nornir_push.py")


class Nornir:
    """The program `nornir_push.py`, which keeps its connections until `end`."""

    def __init__(self, folder: Path, python: Path, points: list[FleetPoint], known_hosts: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.python = folder, python
        self.process: subprocess.Popen[str] | None = None
        hosts = {point.name: _host(point, known_hosts) for point in points}
        (folder / "host.yaml").write_text(json.dumps(hosts))

    def push(self, case: Case) -> Measured:
        """Have every point do this, by the running program or by a new one; Failed with what it said."""
        start = time.perf_counter()
        if self.process is None:
            argv = (str(self.python), "-I", str(PROGRAM), str(self.folder))
            self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asdict(case)) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        wall = time.perf_counter() - start
        answer = json.loads(said) if said else {"failed": "the program ended"}
        if answer["failed"]:
            raise Failed(answer["failed"])
        return Measured(wall, answer["cpu"])

    def end(self) -> None:
        """Close every connection and end the program."""
        if self.process is not None:
            self.process.communicate()
            self.process = None


class Cold:
    """As a script is run: the program starts, logs in everywhere, and pushes."""

    name = "Nornir + Netmiko"

    def __init__(self, nornir: Nornir) -> None:
        self.nornir = nornir

    def ready(self, case: Case) -> None:
        self.nornir.end()

    def do(self, case: Case) -> Measured:
        return self.nornir.push(case)

    def rest(self) -> None:
        """The program and its connections stay for whoever comes next."""


class Warm(Cold):
    """Once more in the same process, over its open connections."""

    name = "Nornir + Netmiko, kept open"

    def ready(self, case: Case) -> None:
        """The program that the method before has left is what this is about."""

    def rest(self) -> None:
        self.nornir.end()


def _host(point: FleetPoint, known_hosts: Path) -> dict[str, object]:
    netmiko = {
        "use_keys": True, "key_file": str(point.key_file), "allow_agent": False, "ssh_strict": True,
        "alt_host_keys": True, "alt_key_file": str(known_hosts), "conn_timeout": 30, "banner_timeout": 60,
        "auth_timeout": 60, "fast_cli": True,
    }  # fmt: skip
    return {
        "hostname": point.host, "port": point.port, "platform": "linux", "username": point.user, "password": "",
        "connection_options": {"netmiko": {"platform": "linux", "extras": netmiko}},
    }  # fmt: skip
