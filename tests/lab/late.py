"""A cable that holds what comes back: frames from NEAR reach FAR after SECONDS, the other way at once.

Usage: late.py NEAR FAR SECONDS   (two interfaces of this network namespace; a kernel may have no netem)
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import deque

EVERYTHING, LARGEST = 3, 1 << 17  # ETH_P_ALL; a frame that nobody has cut to size yet may have 64 KiB
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23


def main(near: str, far: str, seconds: float) -> None:
    point, others = plugged(near), plugged(far)
    held: deque[tuple[float, bytes]] = deque()
    while True:
        wait = max(0.0, held[0][0] - time.monotonic()) if held else None
        heard = select.select([point, others], [], [], wait)[0]
        if others in heard:
            point.send(others.recv(LARGEST))
        if point in heard:
            held.append((time.monotonic() + seconds, point.recv(LARGEST)))
        while held and held[0][0] <= time.monotonic():
            others.send(held.popleft()[1])


def plugged(interface: str) -> socket.socket:
    """Every frame that arrives there, with the kernel's note on what is still to do to it (checksum, cutting)."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.bind((interface, EVERYTHING))
    return sock


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
