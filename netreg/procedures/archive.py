"""Files kept by the hash of their content: written once, never changed, outside of anything a web server gives out."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path


def keep(folder: Path, content: bytes) -> str:
    """Store a file under its SHA-256 and return that; the same content is stored once, and never changed."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = kept(folder, sha256)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        part.write_bytes(content)
        part.chmod(0o400)
        part.replace(path)
    return sha256


def kept(folder: Path, sha256: str) -> Path:
    """Where a stored file lies."""
    return folder / sha256[:2] / sha256
