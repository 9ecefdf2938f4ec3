"""MacAddress: a 48-bit hardware address, parsed and classified once, at the edge.

`parse` accepts every usual way to write an address and refuses everything else with a code; `registrable`
goes further and refuses addresses that are well formed but cannot belong to one device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from netaddr import EUI
from netaddr.core import NotRegisteredError

from netreg.errors import InvalidValue
from netreg.vendors import NOBODY, vendor_of

# The notations in use: pairs with one separator, fours and sixes with one separator, and bare.
_NOTATIONS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"[0-9a-fA-F]{2}(?P<s>[:.\- ])(?:[0-9a-fA-F]{2}(?P=s)){4}[0-9a-fA-F]{2}",
        r"[0-9a-fA-F]{4}(?P<s>[:.\- ])[0-9a-fA-F]{4}(?P=s)[0-9a-fA-F]{4}",
        r"[0-9a-fA-F]{6}[:.\- ][0-9a-fA-F]{6}",
        r"[0-9a-fA-F]{12}",
    )
)
_SEPARATORS = ":.- "
_HEX = frozenset("0123456789abcdefABCDEF")

# Prefixes that many devices share, so that one of them can never stand for one device.
_SHARED_PREFIXES = (
    ("01:80:c2", "E_RESERVED"),  # IEEE 802.1D/Q link-local and bridge group addresses
    ("00:00:5e:00:01", "E_VIRTUAL_ROUTER"),  # VRRP for IPv4, RFC 9568 section 7.3
    ("00:00:5e:00:02", "E_VIRTUAL_ROUTER"),  # VRRP for IPv6, RFC 9568 section 7.3
    ("00:00:0c:07:ac", "E_VIRTUAL_ROUTER"),  # HSRP version 1, RFC 2281 section 5
    ("00:00:0c:9f:f", "E_VIRTUAL_ROUTER"),  # HSRP version 2 for IPv4
    ("00:05:73:a0:0", "E_VIRTUAL_ROUTER"),  # HSRP version 2 for IPv6
)

_PLACEHOLDERS = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00"})

# code -> Spanish sentence, English sentence
_TEXTS = {
    "E_EMPTY": (
        "Falta la dirección MAC.",
        "The MAC address is missing.",
    ),
    "E_CHARS": (
        "Revise: sólo números y letras de la A a la F. ¿Escribió la letra O en vez de cero?",
        "Check it: only digits and the letters A to F. Did you write the letter O for a zero?",
    ),
    "E_LENGTH": (
        "Una dirección MAC tiene 12 caracteres, por ejemplo a4:83:e7:11:22:33.",
        "A MAC address has 12 characters, for example a4:83:e7:11:22:33.",
    ),
    "E_SEPARATORS": (
        "Escriba la dirección con una sola clase de separador, por ejemplo a4:83:e7:11:22:33.",
        "Write the address with one kind of separator, for example a4:83:e7:11:22:33.",
    ),
    "E_EUI64": (
        "Sobran caracteres; una dirección MAC tiene 12 y ésta tiene 16.",
        "Too many characters: a MAC address has 12 and this one has 16.",
    ),
    "E_IMEI": (
        "Eso parece un IMEI. Necesitamos la dirección MAC de WiFi; no guarde ni envíe el IMEI.",
        "That looks like an IMEI. We need the WiFi MAC address; do not store or send the IMEI.",
    ),
    "E_PLACEHOLDER": (
        "Esa no es una dirección real; léala en Ajustes, no en una aplicación.",
        "That is not a real address; read it in Settings, not in an app.",
    ),
    "E_MULTICAST": (
        "Esa dirección no pertenece a un equipo: es de grupo.",
        "That address does not belong to a device: it is a group address.",
    ),
    "E_RESERVED": (
        "Esa dirección está reservada para los equipos de red.",
        "That address is reserved for network equipment.",
    ),
    "E_VIRTUAL_ROUTER": (
        "Esa dirección es de un enrutador virtual y la comparten varios equipos.",
        "That address belongs to a virtual router and several machines share it.",
    ),
    "E_RANDOM": (
        "Esa dirección es aleatoria (privada). Desactive la dirección privada para la red del Ayuntamiento "
        "y escriba la del equipo.",
        "That address is random (private). Turn the private address off for the town hall's network and write the "
        "device's own.",
    ),
}


@dataclass(frozen=True, order=True, slots=True)
class MacAddress:
    """A 48-bit address in its one canonical form: lower case, pairs, colons. Make it with `parse`."""

    text: str

    @classmethod
    def parse(cls, raw: str, field: str = "mac") -> MacAddress:
        """The address written in `raw`; raises InvalidValue with a code starting with E_ and the field named.

        The refused text is never repeated in the error, because people paste IMEIs and passwords by mistake.
        """
        stripped = raw.strip(" \t\r\n")
        if not any(notation.fullmatch(stripped) for notation in _NOTATIONS):
            raise _refusal(_why_not(stripped), field)
        return _bare(stripped)

    @classmethod
    def registrable(cls, raw: str, field: str = "mac", *, allow_random: bool = False) -> MacAddress:
        """Like `parse`, and refuses what cannot stand for one device; random addresses unless allowed."""
        mac = cls.parse(raw, field)
        problem = mac.problem
        if problem is not None and not (problem == "E_RANDOM" and allow_random):
            raise _refusal(problem, field)
        return mac

    @property
    def problem(self) -> str | None:
        """The code of the reason why this address cannot be registered, or None."""
        if self.text in _PLACEHOLDERS:
            return "E_PLACEHOLDER"
        for prefix, code in _SHARED_PREFIXES:
            if self.text.startswith(prefix):
                return code
        if self.is_group:
            return "E_MULTICAST"
        return "E_RANDOM" if self.is_random else None

    @property
    def is_group(self) -> bool:
        """True for multicast and broadcast: the lowest bit of the first octet (IEEE 802)."""
        return bool(int(self.text[:2], 16) & 0x01)

    @property
    def is_random(self) -> bool:
        """True for locally administered unicast: the address phones make up for privacy."""
        return bool(int(self.text[:2], 16) & 0x02) and not self.is_group

    @property
    def vendor(self) -> str | None:
        """Who the IEEE gave the prefix to, or None (also for random addresses, which have no maker)."""
        if self.is_random or self.is_group:
            return None
        return vendor_of(self.text) or _by_library(self.text[:8])

    @property
    def masked(self) -> str:
        """What people outside IT may see: the last two octets."""
        return "••:••:••:••:" + self.text[-5:]

    def __str__(self) -> str:
        return self.text


# Six pairs, whatever stands between them: every notation above, and the mixed ones that are refused.
WRITTEN = re.compile(r"[0-9a-f]{2}(?:[:.\- ]?[0-9a-f]{2}){5}", re.ASCII | re.IGNORECASE)


def masked_in(text: str) -> str:
    """The text with every whole address in it cut to its last two octets."""
    return WRITTEN.sub(lambda found: _bare(found[0]).masked, text)


def _bare(written: str) -> MacAddress:
    digits = "".join(char for char in written if char in _HEX).lower()
    return MacAddress(":".join(digits[i : i + 2] for i in range(0, 12, 2)))


def _why_not(text: str) -> str:
    """The code that helps most for a text that is no MAC address."""
    if not text:
        return "E_EMPTY"
    body = "".join(char for char in text if char not in _SEPARATORS)
    if len(body) == 15 and body.isascii() and body.isdigit():
        return "E_IMEI"
    if not body or any(char not in _HEX for char in body):
        return "E_CHARS"
    if len(body) == 16:
        return "E_EUI64"
    return "E_SEPARATORS" if len(body) == 12 else "E_LENGTH"


@lru_cache(maxsize=4096)
def _by_library(prefix: str) -> str | None:
    """Who holds a block of 24 bits by the list that comes with netaddr, which may be newer than the table in use."""
    try:
        name = str(EUI(prefix + ":00:00:00").oui.registration().org)
    except NotRegisteredError:
        return None
    return None if name.lower() in NOBODY else name


def _refusal(code: str, field: str) -> InvalidValue:
    spanish, english = _TEXTS[code]
    return InvalidValue(spanish, english, code=code, field=field)
