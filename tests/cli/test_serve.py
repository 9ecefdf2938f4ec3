"""`netreg serve` comes up, stops when told to, and survives kill -9: as real processes on a real port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from netreg.cli.admin import example
from tests.cli.conftest import Office
from tests.lab.firewall import wait_until

NETREG = Path(sys.executable).with_name("netreg")
STOP_SECONDS = 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def configured(office: Office, port: int) -> Path:
    """The office's configuration with a port of its own."""
    path = office.folder / f"serve{port}.toml"
    path.write_text(example().replace("port = 8080", f"port = {port}"))
    return path


def answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@contextmanager
def serving(office: Office, port: int) -> Iterator[subprocess.Popen[str]]:
    """A service that answers; killed at the end if it is still there."""
    argv = [NETREG, "serve", "--config", configured(office, port)]
    with (office.folder / f"{port}.log").open("w+") as log, subprocess.Popen(argv, stderr=log, text=True) as process:
        try:
            wait_until(lambda: answers(port), "the service to answer", lambda: ended(process, log.name))
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], log: str) -> str:
    return "" if process.poll() is None else Path(log).read_text()


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_told_to_stop_ends_with_zero(office: Office, number: signal.Signals) -> None:
    with serving(office, free_port()) as process:
        process.send_signal(number)
        assert process.wait(STOP_SECONDS) == 0


def test_a_service_killed_at_once_starts_again_on_the_same_database(office: Office) -> None:
    port = free_port()
    with serving(office, port) as process:
        process.kill()
        process.wait(STOP_SECONDS)
    with serving(office, port) as process:
        assert stop(process) == 0
    assert office.ask("audit", "verify")["broken_at"] is None


def test_two_services_share_one_database_and_the_second_keeps_on_when_the_first_dies(office: Office) -> None:
    one, other = free_port(), free_port()
    with serving(office, one) as first, serving(office, other) as second:
        first.kill()
        first.wait(STOP_SECONDS)
        assert answers(other) and stop(second) == 0


def test_a_port_that_is_taken_ends_the_service_with_three_and_words(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path = configured(office, int(taken.getsockname()[1]))
        done = subprocess.run([NETREG, "serve", "--config", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "[outside]" in done.stderr
