"""What every test may ask for. A thing this machine lacks is a skip with its reason, or a failure where required."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest

from tests import cheap
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


def pytest_configure() -> None:
    """Look for circles of garbage less often than Python does by itself, as the service does (netreg/thrift.py)."""
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """Look for it among what is made from now on: all that the tests were collected with stays until the end."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the WiFi lab first, then the long ones.

    Workers get the tests in one piece each and, once idle, take of the end of another's (`--dist worksteal`): so one
    machine serves the whole WiFi lab, and no worker is left with a long test when the others are done.
    (`--dist loadgroup` would say it better, but groups nothing with pytest 9.2 and pytest-xdist 3.8.)
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if "wifi_lab" in getattr(item, "fixturenames", ()):
        return 0
    return 1 if item.get_closest_marker("long") else 2


@pytest.fixture(scope="session", autouse=True)
def _cheaply() -> Iterator[None]:
    """What tests do a thousand times costs little; see `tests/cheap.py`."""
    with pytest.MonkeyPatch.context() as patch:
        cheap.passwords_and_templates(patch)
        cheap.addresses(patch)
        cheap.databases(patch)
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
