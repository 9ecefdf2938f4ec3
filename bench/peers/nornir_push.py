"""Runs in the peers' own environment: reads a case a line, has every point do it, answers a line.

Usage: nornir_push.py FOLDER   (an inventory of Nornir)
"""

from __future__ import annotations

import json
import sys
import tempfile
import time

from nornir import InitNornir
from nornir.core.task import AggregatedResult, Task
from nornir_netmiko.tasks import netmiko_file_transfer, netmiko_send_command

THREADS = 50
# The prompt of root's shell: told, so that Netmiko need not go and look for it.
PROMPT = r"# $"


def push(task: Task, command: str, answer: str, file: str) -> None:
    """One point: the copy where there is one, the command, and its answer."""
    if file:
        where = {"dest_file": "list.nft", "file_system": "/tmp", "direction": "put", "overwrite_file": True}
        task.run(netmiko_file_transfer, source_file=file, **where)
        command = command.replace("nft -f -", "nft -f /tmp/list.nft")
    said = task.run(netmiko_send_command, command_string=command, expect_string=PROMPT, read_timeout=120)
    if answer not in said.result:
        raise ValueError(f"{task.host}: {said.result[:200]}")


def complaint(done: AggregatedResult) -> str:
    """What went wrong at the first point where something did, or an empty text."""
    errors = (str(result.exception) for point in done.values() for result in reversed(point) if result.exception)
    return next(errors, "")


def main(folder: str) -> None:
    files = {f"{name}_file": f"{folder}/{name}.yaml" for name in ("host", "group", "defaults")}  # the first will do
    nornir = InitNornir(
        runner={"plugin": "threaded", "options": {"num_workers": THREADS}},
        inventory={"plugin": "SimpleInventory", "options": files},
        logging={"enabled": False},
    )
    counted = 0.0
    for line in sys.stdin:
        case = json.loads(line)
        with tempfile.NamedTemporaryFile("w", suffix=".nft", dir=folder) as script:
            script.write(case["script"])
            script.flush()
            file = script.name if case["script"] else ""
            done = nornir.run(push, command=case["command"], answer=case["answer"], file=file)
        counted, before = time.process_time(), counted
        print(json.dumps({"failed": complaint(done), "cpu": counted - before}), flush=True)
        nornir.data.reset_failed_hosts()
    nornir.close_connections()


if __name__ == "__main__":
    main(sys.argv[1])
