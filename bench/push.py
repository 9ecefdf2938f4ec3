"""How long a push takes on the lab's firewall: `python -m bench.push [ROUNDS]`. Needs root, nftables and sshd.

For 300, 3,000 and 30,000 entries: the full list into an empty set, then one address more and one less by turns,
each a whole verified pass over a kept connection. Prints one JSON line for each size, in milliseconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from agents.push import reconcile
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import GuardLimits, Plan
from netreg.enforcement.profile import DeviceProfile
from netreg.mac import MacAddress
from tests.lab.firewall import FirewallLab

SIZES = (300, 3_000, 30_000)
EVERYTHING = GuardLimits(percent=100, removals=1_000_000)


def listed(count: int) -> Allowlist:
    return Allowlist.of(
        Entry(MacAddress.parse(f"a483e7{number:06x}"), f"area:{number % 40}") for number in range(count)
    )


def timed(sessions: Sessions, point: Target, desired: Allowlist, confirmed: str | None = None) -> float:
    return reconcile(sessions, point, desired, limits=EVERYTHING, confirmed=confirmed).seconds * 1000


def measure(sessions: Sessions, point: Target, size: int, rounds: int) -> dict[str, float]:
    base, more = listed(size), listed(size + 1)
    full = timed(sessions, point, base)
    deltas = sorted(timed(sessions, point, more if turn % 2 == 0 else base) for turn in range(rounds - rounds % 2))
    timed(sessions, point, Allowlist(), Plan.between(base, Allowlist()).checksum)
    p95 = deltas[min(len(deltas) - 1, int(len(deltas) * 0.95))]
    return {"entries": size, "full": round(full), "one p50": round(statistics.median(deltas)), "one p95": round(p95)}


def main(rounds: int) -> None:
    text = files("device_profiles").joinpath("linux-nftables.toml").read_text("utf-8")
    profile = DeviceProfile.from_toml(text, "linux-nftables")
    with tempfile.TemporaryDirectory() as folder, FirewallLab.up(Path(folder), phones=1) as lab:
        sessions = Sessions()
        point = Target("bench", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, profile)
        for size in SIZES:
            print(json.dumps(measure(sessions, point, size, rounds)), flush=True)
        sessions.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
