"""A segment for a test: two namespaces with a wire between them, and the hosts at its far end made of frames."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network

import pytest

from agents.apart import Segment

NETWORK = IPv4Network("10.78.0.0/26")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass(frozen=True)
class Far:
    """The far end: a namespace with the interface `far0`."""

    namespace: str

    @contextmanager
    def socket(self, kind: int = 0) -> Iterator[socket.socket]:
        """A packet socket there; it hears frames of `kind`, none without."""
        # Entering a namespace counts for this thread alone, and the socket stays in the one it was opened in.
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as here, open(f"/run/netns/{self.namespace}") as there:
            assert libc.setns(there.fileno(), 0x40000000) == 0
            try:
                wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
                wire.bind(("far0", kind))
            finally:
                assert libc.setns(here.fileno(), 0x40000000) == 0
        with wire:
            yield wire

    def says(self, *frames: bytes) -> None:
        with self.socket() as wire:
            for frame in frames:
                wire.send(frame)


@contextmanager
def segment(network: IPv4Network = NETWORK) -> Iterator[tuple[Segment, Far]]:
    """A segment in a namespace of its own, where its first address is ours, and its far end. Both go with the block."""
    near, far = f"nrscan-a{os.getpid()}", f"nrscan-b{os.getpid()}"
    try:
        _add_namespaces(near, far)
        run("ip", "link", "add", "near0", "netns", near, "type", "veth", "peer", "name", "far0", "netns", far)
        run("ip", "-n", near, "addr", "add", f"{network[1]}/{network.prefixlen}", "dev", "near0")
        # Only the hosts of a test answer there, not the kernel for its own address.
        run("ip", "netns", "exec", far, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/far0/disable_ipv6")
        run("ip", "-n", far, "link", "set", "far0", "up")
        run("ip", "-n", near, "link", "set", "near0", "up")
        yield Segment("planta-1", "near0", network, netns=near), Far(far)
    finally:
        for namespace in (near, far):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)


def _add_namespaces(*names: str) -> None:
    try:
        for name in names:
            run("ip", "netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        give_up = pytest.fail if os.environ.get("NETREG_LAB") == "require" else pytest.skip
        give_up(f"no network namespaces here (needs root): {error}")
