"""Up to where somebody has checked the chain: a signed text that goes along with the check, and is stored nowhere.

Whichever portal is asked next can go on with it. It is good for whoever it was made for and for nobody else.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from flask_security import current_user
from itsdangerous import BadData, URLSafeTimedSerializer

from netreg.store.audit import ChainCheck
from netreg.store.base import now
from portal.rows import settings

# Since the piece before: whoever closes the computer meanwhile begins again.
GOOD_FOR = timedelta(hours=1)


class Marker(NamedTuple):
    """What was found up to here, how many rows there were at the start, and whether that was no first start."""

    found: ChainCheck
    total: int
    anew: bool


def sign(marker: Marker) -> str:
    """The marker of whoever is signed in, as an address can hold it."""
    return str(_serializer().dumps([marker.found.rows, marker.found.head, marker.total, marker.anew]))


def read(typed: str) -> Marker | None:
    """What a marker says; None where it is too old, somebody else's, or none at all."""
    try:
        (rows, head, total, anew), signed = _serializer().loads(typed, return_timestamp=True)
    except BadData:
        return None
    return Marker(ChainCheck(rows, head), total, anew) if now() - signed <= GOOD_FOR else None


def _serializer() -> Any:
    salt = f"netreg.chain.{current_user.id}"
    return URLSafeTimedSerializer(settings().secret_key, salt=salt, signer_kwargs={"digest_method": hashlib.sha256})
