"""Desired state: from facts about authorisations to the allowlist of a point."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from netreg.allowlist import Allowlist, Entry
from netreg.mac import MacAddress
from netreg.policy.quota import ADMITTED


@dataclass(frozen=True, slots=True)
class Admission:
    """One interface of an authorised device, as the registry knows it now."""

    mac: MacAddress
    device: int
    state: str
    network: str = "both"
    site: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a point lets in: a network ("wifi", "wired" or "both"), and sites; without a site, those of all sites."""

    network: str = "both"
    sites: frozenset[str] = frozenset()

    def takes(self, network: str, site: str) -> bool:
        """Whether an interface on this network at this site belongs there.

        One whose network or site nobody named belongs everywhere: left out by mistake, it would be cut off.
        """
        at_network = "both" in (self.network, network) or self.network == network
        return at_network and (not self.sites or not site or site in self.sites)


EVERYWHERE = Scope()


def desired(
    admissions: Iterable[Admission], scope: Scope = EVERYWHERE, blocked: Collection[MacAddress] = ()
) -> Allowlist:
    """The allowlist policy wants in a point's scope: every interface whose authorisation is being pushed or active,
    and no address that is blocked.

    The label names the device by its number, never by a text that somebody typed. Raises ValueError if a MAC is
    admitted twice, which the store forbids.
    """
    let_in = (a for a in admissions if a.state in ADMITTED and scope.takes(a.network, a.site) and a.mac not in blocked)
    return Allowlist.of(Entry(a.mac, f"nr-{a.device}") for a in let_in)
