"""Codes of an authenticator application (RFC 6238: six digits, a new one every 30 seconds), and recovery codes.

The secret that person and server share is stored encrypted with the service's secret key (AES, by libpass), which is
not in the database. A recovery code is 80 random bits: its plain SHA-256 can be stored, for there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode
from datetime import datetime
from typing import Any

from passlib.exc import TokenError
from passlib.totp import TOTP

STEP_SECONDS = 30
RECOVERY_CODES = 10
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_RECOVERY = re.compile(r"[a-z2-7]{16}", re.ASCII)


class Authenticator:
    """Makes and checks the codes of one installation; `key` is the service's secret, `issuer` what the phone shows."""

    def __init__(self, key: str, issuer: str) -> None:
        # A colon parts the issuer from the account in the address that the phone reads.
        self._totp: Any = TOTP.using(secrets={"1": key}, issuer=" ".join(issuer.replace(":", " ").split()))

    def new_secret(self) -> str:
        """A new shared secret, encrypted."""
        return str(self._totp.new().to_json(encrypt=True))

    def spelled(self, secret: str) -> str:
        """The secret in groups of four, to be typed into a phone that reads no picture."""
        return str(self._totp.from_source(secret).pretty_key())

    def uri(self, secret: str, email: str) -> str:
        """The address that an authenticator reads from the picture."""
        return str(self._totp.from_source(secret).to_uri(email))

    def step_of(self, secret: str, typed: str, at: datetime, last: int | None = None) -> int | None:
        """The time step of the code typed, one step early or late at most; None if it is wrong or not after `last`."""
        code = "".join(typed.split())
        if not _CODE.fullmatch(code):
            return None
        try:
            return int(self._totp.verify(code, secret, time=at, window=STEP_SECONDS, last_counter=last).counter)
        except TokenError:
            return None


def new_recovery_codes() -> list[str]:
    """Ten codes to be written down, such as `k3vd-q2mx-7aeb-zl5w`."""
    raw = (b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in raw]


def recovery_hash(typed: str) -> str | None:
    """What is stored of a recovery code, however it was spaced; None for what cannot be one."""
    code = "".join(typed.split()).replace("-", "").lower()
    return hashlib.sha256(code.encode()).hexdigest() if _RECOVERY.fullmatch(code) else None
