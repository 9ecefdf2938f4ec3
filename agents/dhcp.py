"""What a DHCP client says of itself: its name, and the fingerprint that its kind of system leaves.

RFC 2131 and 2132; the client's full name is RFC 4702, for DHCPv6 RFC 8415 and 4704. Strangers write these bytes: what
is cut or lies about its length says nothing more, and what is not plain printable ASCII is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_COOKIE, _OPTIONS = b"\x63\x82\x53\x63", 240
_PAD, _END = 0, 255
_HOST_NAME, _PARAMETERS, _VENDOR, _FULL_NAME = 12, 55, 60, 81
_FULL_NAME_V6 = 39
# Of the name option: its second part is written as labels, as DNS does it (RFC 4702, 2.1).
_AS_LABELS = 4
# Solicit, request, confirm, renew, rebind, release, decline, information request.
CLIENT_MESSAGES = frozenset(bytes([kind]) for kind in (1, 3, 4, 5, 6, 8, 9, 11))
# More than any system asks for; what is longer was made to be long.
_MOST_PARAMETERS, _MOST_VENDOR = 48, 64
_PRINTABLE = re.compile(rb"[\x20-\x7e]+")


def options(body: bytes) -> dict[int, bytes]:
    """The options of a DHCPv4 message; of one that is there twice the first counts."""
    found: dict[int, bytes] = {}
    if body[_OPTIONS - 4 : _OPTIONS] != _COOKIE:
        return found
    at = _OPTIONS
    while at + 2 <= len(body) and body[at] != _END:
        if body[at] == _PAD:
            at += 1
            continue
        value = body[at + 2 : at + 2 + body[at + 1]]
        if len(value) == body[at + 1]:
            found.setdefault(body[at], value)
        at += 2 + body[at + 1]
    return found


def name(options: dict[int, bytes]) -> bytes:
    """The host name the client gives itself, as it wrote it; empty for none."""
    if plain := options.get(_HOST_NAME):
        return plain
    full = options.get(_FULL_NAME, b"")
    return _first_label(full[3:]) if full[:1] and full[0] & _AS_LABELS else full[3:]


def name_v6(body: bytes) -> bytes:
    """The first label of the name in a DHCPv6 client's message; empty for none."""
    return next((_first_label(value[1:]) for code, value in _options_v6(body) if code == _FULL_NAME_V6), b"")


def fingerprint(options: dict[int, bytes]) -> str:
    """What the client asks for, in its order, and what it calls its kind: "1,3,6,15|MSFT 5.0"; "" for neither."""
    return _written(options.get(_PARAMETERS, b"")[:_MOST_PARAMETERS], options.get(_VENDOR, b"")[:_MOST_VENDOR])


# A network knows few kinds of systems, and each device says the same every time.
@lru_cache(maxsize=1024)
def _written(parameters: bytes, vendor: bytes) -> str:
    asked = ",".join(map(str, parameters))
    kind = vendor.decode("ascii") if _PRINTABLE.fullmatch(vendor) else ""
    return f"{asked}|{kind}" if asked or kind else ""


def _options_v6(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 4
    while at + 4 <= len(body):
        code, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        yield code, body[at + 4 : at + 4 + size]
        at += 4 + size


def _first_label(labels: bytes) -> bytes:
    return labels[1 : 1 + labels[0]] if labels else b""
