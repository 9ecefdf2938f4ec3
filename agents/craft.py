"""Craft the frames that a sweep sends: `python -m agents.craft`.

prints one JSON object, {"arp", "echo"}: an ARP request (RFC 826) and an ICMPv6 echo to all nodes (RFC 4443) in hex,
with zeros wherever `agents.frames` writes who asks and whom. This is the only place that imports scapy, and it runs as
a process of its own, once: so much code never sits beside a raw socket, and no sweep pays the third of a second that
it takes to load.
"""

from __future__ import annotations

import json

from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Ether

from agents.frames import ALL_NODES, ALL_NODES_MAC, ECHO_ID

NOBODY, NOWHERE = "00:00:00:00:00:00", "0.0.0.0"  # noqa: S104  (an address to be overwritten)


def templates() -> dict[str, str]:
    """The two frames, in hex."""
    arp = Ether(src=NOBODY, dst="ff:ff:ff:ff:ff:ff", type=0x0806)
    arp /= ARP(op=1, hwsrc=NOBODY, psrc=NOWHERE, hwdst=NOBODY, pdst=NOWHERE)
    echo = Ether(src=NOBODY, dst=ALL_NODES_MAC, type=0x86DD) / IPv6(src="::", dst=ALL_NODES, hlim=255)
    # The checksum covers who asks, so it is written with that.
    echo /= ICMPv6EchoRequest(id=ECHO_ID, cksum=0)
    return {"arp": bytes(arp).hex(), "echo": bytes(echo).hex()}


if __name__ == "__main__":
    print(json.dumps(templates()))
