"""A packet socket and what guards it: the kernel's filter, and the rights that are given up once it is open.

A raw socket needs CAP_NET_RAW to be opened and nothing afterwards. From then on the process reads frames that strangers
wrote, so it becomes nobody, for good, before it reads the first. The filter is classic BPF, run by the kernel itself:
no libpcap is needed, and what nobody wants to hear costs us nothing.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import os
import re
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple

from netreg.errors import NetregError

# linux/if_packet.h, linux/filter.h, linux/sockios.h, linux/if_arp.h, linux/prctl.h: names that `socket` lacks
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 1, 6, 8, 23
ALL_MULTICAST, PROMISCUOUS = 2, 1
ETH_P_ALL = 3
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_SIOCGIFADDR, _SIOCGIFHWADDR, _ARPHRD_ETHER = 0x8915, 0x8927, 1
_PR_SET_NO_NEW_PRIVS, _CAPABILITY_VERSION_3 = 38, 0x20080522
_NOBODY = 65534
# Room for thousands of devices that answer at once.
_BUFFER = 8 << 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}", re.ASCII)

# Classic BPF, linux/bpf_common.h: load a byte, half or word at a place, or at a place beyond X; compare; give or drop.
BYTE, HALF, WORD, BYTE_X, HALF_X = 0x30, 0x28, 0x20, 0x50, 0x48
SET_X, A_TO_X, ADD_X, AND, SHIFT_LEFT = 0x01, 0x07, 0x0C, 0x54, 0x64
GOTO, EQUAL, GREATER, AT_LEAST, ANY_BIT, RETURN = 0x05, 0x15, 0x25, 0x35, 0x45, 0x06


class ScanFailed(NetregError):
    """This machine cannot hear or ask the segment: no such interface, no right to it, a network too large."""

    code = "scan_failed"


class Step(NamedTuple):
    """One instruction; `yes` and `no` name the label to go on at, "" the next instruction."""

    code: int
    value: int = 0
    yes: str = ""
    no: str = ""


def assemble(lines: list[Step | str]) -> bytes:
    """The program as the kernel takes it; a text among the steps is the label of the one that follows it."""
    labels: dict[str, int] = {}
    steps: list[Step] = []
    for line in lines:
        if isinstance(line, str):
            labels[line] = len(steps)
        else:
            steps.append(line)
    code = []
    for at, step in enumerate(steps):
        yes, no = (labels[name] - at - 1 if name else 0 for name in (step.yes, step.no))
        far = step.code == GOTO
        code.append(struct.pack("HBBI", step.code, 0 if far else yes, no, yes if far else step.value))
    return b"".join(code)


def is_interface_name(text: str) -> bool:
    """Whether this can name an interface or a namespace, and nothing that a command could read as an option."""
    return _NAME.fullmatch(text) is not None


def interface(text: str) -> str:
    """For argparse: the name of an interface."""
    if not is_interface_name(text):
        raise argparse.ArgumentTypeError("not the name of an interface")
    return text


def between(least: int, most: int) -> Callable[[str], int]:
    """For argparse: a whole number in these bounds, written in ASCII digits."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}")
        return int(text)

    return number


def opened(interface: str, program: Callable[[bytes], bytes], membership: int) -> socket.socket:
    """A packet socket on `interface`, open to what the filter lets in of what comes from outside; it does not block.

    `program` makes the filter from the interface's own address; `membership` is which frames the card hands up beyond
    our own. Raises ScanFailed saying what is missing. Everything that needs a right happens here.
    """
    present = [name for _, name in socket.if_nameindex()]
    if interface not in present:
        names = ", ".join(present)
        raise ScanFailed(f"there is no interface {interface!r} here (there are: {names}); nothing was sent")
    try:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        # Filter first, bind after: until bound the socket receives nothing, so no unfiltered frame slips in.
        _attach(raw, program(mac_of(raw, interface)))
        _enlarge_buffer(raw)
        raw.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        raw.bind((interface, ETH_P_ALL))
        # It ends with the socket.
        wanted = struct.pack("IHH8s", socket.if_nametoindex(interface), membership, 0, b"")
        raw.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, wanted)
    except OSError as error:
        raise ScanFailed(_why_not(interface, error)) from error
    raw.setblocking(False)
    return raw


def mac_of(raw: socket.socket, interface: str) -> bytes:
    """The interface's own address. Raises ScanFailed where it is no Ethernet, OSError where it went away."""
    hardware = fcntl.ioctl(raw, _SIOCGIFHWADDR, struct.pack("256s", interface.encode()))
    if struct.unpack_from("H", hardware, 16)[0] != _ARPHRD_ETHER:
        raise ScanFailed(f"{interface} is no Ethernet or WiFi interface; name the one the segment is on")
    return bytes(hardware[18:24])


def ipv4_of(raw: socket.socket, interface: str) -> bytes:
    """The interface's IPv4 address; 0.0.0.0 where it has none."""
    try:
        return bytes(fcntl.ioctl(raw, _SIOCGIFADDR, struct.pack("256s", interface.encode()))[20:24])
    except OSError:
        return bytes(4)


def drop_privileges() -> None:
    """Become nobody with no capability and no way back. Raises ScanFailed rather than go on with a right left.

    Leaving uid 0 empties root's capabilities; clearing the sets does the same for a service account that was given
    CAP_NET_RAW alone; no_new_privs keeps any program with the setuid bit from giving one back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION_3, 0))
    none = ctypes.create_string_buffer(24)  # effective, permitted, inheritable, twice 32 bits each: all zero
    if libc.capset(header, none) != 0 or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise ScanFailed(f"cannot give up privileges: {os.strerror(ctypes.get_errno())}; nothing was sent")


def _attach(raw: socket.socket, program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    # The kernel copies the program during the call, so `code` need live no longer than that.
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)


def _enlarge_buffer(raw: socket.socket) -> None:
    # Beyond the usual limit only CAP_NET_ADMIN may ask, so it may fail.
    try:
        raw.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    except PermissionError:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)


def _why_not(interface: str, error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return "no right to open a packet socket; start it as root or give it CAP_NET_RAW; nothing was sent"
    return f"cannot open {interface!r}: {error.strerror}; nothing was sent"
