"""Ansible with pipelining, ControlPersist, 50 forks and no facts: one `raw` task, or `shell` where a list is sent."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bench.peers import Case, Failed, Measured
from tests.lab.bed import wait_until
from tests.lab.fleet import FleetPoint

CONFIG = """[defaults]
inventory = {folder}/inventory
forks = 50
host_key_checking = True
gathering = explicit
retry_files_enabled = False
local_tmp = {folder}/tmp
home = {folder}/home
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = True
control_path_dir = {folder}/m
ssh_args = -F /dev/null -o ControlMaster=auto -o ControlPersist=600s -o StrictHostKeyChecking=yes \
-o UserKnownHostsFile={known} -o GlobalKnownHostsFile=/dev/null
"""


class Ansible:
    """The program with its inventory; its connections stay open behind it until `hang_up`."""

    def __init__(self, folder: Path, program: Path, points: list[FleetPoint], known_hosts: Path) -> None:
        self.folder, self.program, self.size = folder, program, len(points)
        self.masters = folder / "m"
        self.masters.mkdir(parents=True)
        (folder / "ansible.cfg").write_text(CONFIG.format(folder=folder, known=known_hosts))
        (folder / "inventory").write_text("[points]\n" + "".join(map(_host, points)))

    def play(self, task: dict[str, object]) -> Measured:
        """Have every point do this, as from a shell; Failed with what Ansible said when one of them did not."""
        play = {"hosts": "points", "gather_facts": False, "tasks": [task]}
        (self.folder / "play.yml").write_text(json.dumps([play]))
        own = {"ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        argv = (str(self.program), str(self.folder / "play.yml"))
        before, start = self._cpu(), time.perf_counter()
        done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, **own}, stdin=subprocess.DEVNULL)
        measured = Measured(time.perf_counter() - start, self._cpu() - before)
        if done.returncode:
            raise Failed((done.stdout + done.stderr)[-2000:])
        return measured

    def connect(self) -> None:
        """Open the connections that are not open."""
        if len(list(self.masters.iterdir())) < self.size:
            self.play({"ansible.builtin.raw": "true"})

    def hang_up(self) -> None:
        """Close every connection that is open."""
        for pid in self._masters():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(self._masters()), "the connections to close")
        for left in self.masters.iterdir():
            left.unlink()

    def _cpu(self) -> float:
        """Seconds of processor time of what has run and ended, and of the connections that stay open."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime + sum(map(_cpu_of, self._masters()))

    def _masters(self) -> Iterable[int]:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if command.read_bytes().startswith(f"ssh: {self.masters}/".encode()):
                    yield int(command.parent.name)


class Cold:
    """As from cron: every run logs in everywhere."""

    name = "Ansible, cold"

    def __init__(self, ansible: Ansible) -> None:
        self.ansible = ansible

    def ready(self, case: Case) -> None:
        self.ansible.hang_up()

    def do(self, case: Case) -> Measured:
        return self.ansible.play(_task(case))

    def rest(self) -> None:
        """The connections stay for whoever comes next."""


class Warm(Cold):
    """Once more, over the connections that another run has left open."""

    name = "Ansible, kept open"

    def ready(self, case: Case) -> None:
        self.ansible.connect()

    def rest(self) -> None:
        self.ansible.hang_up()


def _task(case: Case) -> dict[str, object]:
    # `raw` has no standard input, and a command line cannot hold a long list.
    how: dict[str, object] = (
        {"ansible.builtin.shell": {"cmd": case.command, "stdin": case.script}}
        if case.script
        else {"ansible.builtin.raw": case.command}
    )
    return {**how, "register": "said", "failed_when": f"{case.answer!r} not in said.stdout"}


def _host(point: FleetPoint) -> str:
    return (
        f"{point.name} ansible_host={point.host} ansible_port={point.port} ansible_user={point.user} "
        f"ansible_ssh_private_key_file={point.key_file}\n"
    )


def _cpu_of(pid: int) -> float:
    """Seconds on a processor; 0 for a process that has just gone, whose time its parent has then."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
