"""scapy's part, as its documentation has it: `srp INTERFACE NETWORK` asks, `pcap FILE` hears; a line a device."""

from __future__ import annotations

import sys

from scapy.layers.dhcp import BOOTP
from scapy.layers.l2 import ARP, Ether
from scapy.sendrecv import sniff, srp


def ask(interface: str, network: str) -> None:
    """Who answers an ARP sweep."""
    answered, _ = srp(Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst=network), iface=interface, timeout=1, verbose=False)
    for _, answer in answered:
        print(answer[ARP].psrc, answer[ARP].hwsrc)


def hear(file: str) -> None:
    """Who is in a capture."""
    found = set()

    def note(frame: Ether) -> None:
        found.add(frame.src)
        if ARP in frame:
            found.add(frame[ARP].hwsrc)
        elif BOOTP in frame:
            found.add(frame[BOOTP].chaddr[:6].hex(":"))

    sniff(offline=file, prn=note, store=False)
    print(*found, sep="\n")


if __name__ == "__main__":
    {"srp": ask, "pcap": hear}[sys.argv[1]](*sys.argv[2:])
