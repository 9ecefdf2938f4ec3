"""A town before the real lab, and one before the simulated one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.town import WORK, Town
from tests.lab.firewall import FirewallLab
from tests.lab.sample import install
from tests.lab.simulated import SimulatedFirewall


@pytest.fixture
def town(lab: FirewallLab, tmp_path: Path) -> Iterator[Town]:
    lab.run("rm", "-rf", WORK)
    town = Town(install(tmp_path / "installation", lab), lab)
    yield town
    town.close()


@pytest.fixture
def simulated_town(tmp_path: Path) -> Iterator[Town]:
    with SimulatedFirewall.up(tmp_path) as lab:
        town = Town(install(tmp_path / "installation", lab), lab)
        yield town
        town.close()
