"""`netreg demo` does the whole main job, tells it as one document, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.lab.firewall import lab_available, wait_until

NETREG = Path(sys.executable).with_name("netreg")
DEMO_SECONDS = 150


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the demo keeps its temporary files; empty again when it is over."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    argv = [NETREG, "demo", *arguments]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd="/")


def left_by(folder: Path) -> list[str]:
    """The processes and namespaces that belong to a demo in this folder."""
    processes = [path.name for path in Path("/proc").glob("[0-9]*") if str(folder) in command_line(path)]
    return processes + [name for name in namespaces() if name in labs_of(folder)]


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def labs_of(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("netreg-demo-*/nr*")}


def namespaces() -> list[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines()]


def check_told(process: subprocess.Popen[str], steps: int) -> None:
    out, err = process.communicate(timeout=DEMO_SECONDS)
    assert process.returncode == 0, err + out
    told = json.loads(out)
    assert told["ok"] and len(told["steps"]) >= steps and all(step["ok"] for step in told["steps"])
    assert all(figure["worst"] < 20 for figure in told["seconds"].values()) and len(told["seconds"]) == 2


@pytest.mark.lab
def test_the_demo_does_the_main_job_on_the_real_packet_filter(folder: Path) -> None:
    need("the firewall lab", lab_available())
    check_told(demo(folder, "--json"), steps=11)
    assert not left_by(folder)


def test_the_demo_does_the_main_job_on_the_simulated_one(folder: Path) -> None:
    check_told(demo(folder, "--json", "--simulated"), steps=11)
    assert not left_by(folder)


@pytest.mark.lab
def test_a_demo_that_is_killed_leaves_no_namespace_and_no_process(tmp_path: Path) -> None:
    need("the firewall lab", lab_available())
    with demo(tmp_path) as process:
        wait_until(lambda: len(labs_of(tmp_path)) == 1, "the lab to come up", lambda: ended(process))
        lab = labs_of(tmp_path).pop()
        wait_until(lambda: f"{lab}-scanner" in namespaces(), "the lab to come up", lambda: ended(process))
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: not [name for name in namespaces() if name.startswith(f"{lab}-")], "the namespaces to go")
    wait_until(lambda: not left_by(tmp_path / lab), "the processes to go")
    wait_until(lambda: not labs_of(tmp_path), "the lab's folder to go")


def ended(process: subprocess.Popen[str]) -> str:
    return "" if process.poll() is None else f"it ended with {process.returncode}"
