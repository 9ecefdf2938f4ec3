"""What every test may ask for. A thing this machine lacks is a skip with its reason, or a failure where required."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from passlib.hash import argon2

from netreg.registry import passwords
from tests.lab.dhcp import DhcpLab, dhcp_available
from tests.lab.firewall import FirewallLab, lab_available
from tests.lab.radius import RadiusLab, radius_available
from tests.lab.wifi import WifiLab, wifi_available
from tests.lab.wifi_image import ImageUnavailable

# How long an example takes says how busy the machine is, and nothing of the rule.
hypothesis.settings.register_profile("netreg", deadline=None)
hypothesis.settings.load_profile("netreg")


def need(what: str, reason: str) -> None:
    """Skip this test because `what` is not to be had (`reason`, "" if it is); fail where NETREG_LAB=require."""
    if not reason:
        return
    if os.environ.get("NETREG_LAB") == "require":
        pytest.fail(f"{what} is required (NETREG_LAB=require) and not available: {reason}", pytrace=False)
    pytest.skip(f"{what} is not available: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the WiFi lab first: workers get the first tests in one piece, so one machine serves them all.

    (`--dist loadgroup` would say it better, but groups nothing with pytest 9.2 and pytest-xdist 3.8.)
    """
    items.sort(key=lambda item: "wifi_lab" not in getattr(item, "fixturenames", ()))


class Compiled(BytecodeCache):
    """Templates compiled once for all the portals of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _cheaply() -> Iterator[None]:
    """Passwords are made easy to guess, and templates compiled once: tests sign in a thousand times.

    How hard they really are is for `tests/registry/test_accounts.py` to say.
    """
    with pytest.MonkeyPatch.context() as patch:
        easy = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
        patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, **easy))
        for name, value in {"default_rounds": 1, "memory_cost": 8, "parallelism": 1}.items():
            patch.setattr(argon2, name, value)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})
        yield


@pytest.fixture(scope="module")
def firewall_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirewallLab]:
    """The lab's firewall with four phones, shared by the tests of one module."""
    need("the firewall lab", lab_available())
    with FirewallLab.up(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(firewall_lab: FirewallLab) -> FirewallLab:
    """The module's lab with its gate as delivered: nobody is let in, nothing is saved."""
    firewall_lab.run("sh", "-c", "rm -f /etc/nftables.d/*")
    firewall_lab.reload_rules()
    return firewall_lab


@pytest.fixture(scope="module")
def radius_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiusLab]:
    """A RADIUS server, shared by the tests of one module; its list is what the last of them left."""
    need("the RADIUS bed", radius_available())
    with RadiusLab.up(tmp_path_factory.mktemp("radius")) as lab:
        yield lab


@pytest.fixture(scope="module")
def dhcp_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DhcpLab]:
    """A DHCP server, shared by the tests of one module; its list is what the last of them left."""
    need("the DHCP bed", dhcp_available())
    with DhcpLab.up(tmp_path_factory.mktemp("dhcp")) as lab:
        yield lab


@pytest.fixture(scope="session")
def wifi_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WifiLab]:
    """The WiFi lab with one access point and two phones, shared by all tests of one worker."""
    need("the WiFi lab", wifi_available())
    try:
        lab = WifiLab.up(tmp_path_factory.mktemp("wifi"))
    except ImageUnavailable as error:
        need("the WiFi lab", str(error))
        raise
    with lab:
        yield lab


@pytest.fixture
def wifi(wifi_lab: WifiLab) -> WifiLab:
    """The WiFi lab as delivered: nobody is on the list, now or after a restart, and no phone is switched on."""
    wifi_lab.reset()
    return wifi_lab
