"""Addresses whose term is over, as keyed hashes: nobody can read them, and "was it ever registered?" still answers.

A plain hash would hide nothing: there are few enough addresses to try them all. The key lies outside the database, is
made once at `netreg init`, and is never made anew by itself: with another key the old hashes would answer "never".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.registry.models import FormerAddress

KEY_BYTES = 32
_MEND = "restore it from its backup; a new key would not know any address of before"


@dataclass(frozen=True)
class AddressHash:
    """The hash under one key. `name` tells hashes of different keys apart and gives nothing of the key away."""

    key: bytes

    @classmethod
    def read(cls, path: Path) -> AddressHash:
        """The hash with the key in this file; raises ConfigError when it is missing or no such key."""
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except OSError as error:
            raise ConfigError("netreg.C021", f"cannot read {path}: {error.strerror}", _MEND) from error
        except ValueError as error:
            raise ConfigError("netreg.C022", f"{path} holds no key", _MEND) from error
        if len(key) < KEY_BYTES:
            raise ConfigError("netreg.C022", f"{path} is too short to be a key", _MEND)
        return cls(key)

    @classmethod
    def of_store(cls, session: Session, path: Path) -> AddressHash:
        """As `read`, and refuses a key that is not the one the stored hashes were made with."""
        found = cls.read(path)
        foreign = select(FormerAddress.id).where(~FormerAddress.hash.startswith(f"{found.name}:")).limit(1)
        if session.scalar(foreign) is not None:
            raise ConfigError("netreg.C023", f"{path} is not the key of the addresses stored so far", _MEND)
        return found

    @property
    def name(self) -> str:
        """Eight letters that stand before each hash of this key."""
        return self._digest("the name of this key")[:8]

    def of(self, mac: MacAddress) -> str:
        """`<name>:<HMAC-SHA-256>` of an address."""
        return f"{self.name}:{self._digest(mac.text)}"

    def _digest(self, text: str) -> str:
        return hmac.new(self.key, text.encode("ascii"), hashlib.sha256).hexdigest()


def make_key(path: Path) -> None:
    """Make the key of a new installation, readable by this account alone; one that is there stays as it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))
