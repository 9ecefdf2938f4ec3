"""The whole audit log as one file that shows for itself that nothing in it was changed.

A line of JSON for each row, and a last line with the seal: how many rows, the hash of the newest, the SHA-256 of all
lines before, and, where the office has a key for it, an Ed25519 signature over that seal. The signature tells whoever
gets the file that it came from here; against whoever has the key, which lies on this server, only anchors help.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import ConfigError, Refused
from netreg.store.audit import AuditEvent, ChainCheck, verify
from netreg.store.base import now

_FIELDS = ("seq", "at", "actor", "name", "subject", "data", "request_id", "previous", "hash")
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_LINE = 16 * 1024 * 1024


def make_key(path: Path) -> str:
    """Make the key that exports are signed with, and return its public half; raises Refused where there is one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused(
            f"{path} ya existe; no se cambió nada.", f"{path} exists already; nothing was changed.", code="file_exists"
        ) from error
    key = Ed25519PrivateKey.generate()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.private_bytes_raw().hex() + "\n")
    return public_of(key)


def read_key(path: Path) -> Ed25519PrivateKey | None:
    """The key of this installation, or None where it has none; raises ConfigError for a file that holds none."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(
            "netreg.C026", f"{path} holds no key", "take it away, and make one: netreg audit key"
        ) from error


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half, in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def write(session: Session, out: BinaryIO, key: Ed25519PrivateKey | None) -> ChainCheck:
    """Write every row and the seal; returns what the chain is like. A broken chain is exported as it is."""
    sha256 = hashlib.sha256()

    def rows() -> Iterator[AuditEvent]:
        query = select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=1000)
        for row in session.scalars(query):
            line = _json({name: getattr(row, name) for name in _FIELDS})
            sha256.update(line)
            out.write(line)
            yield row

    walked = rows()
    check = verify(walked)
    for _row in walked:  # what comes after a break is exported as well
        pass
    out.write(_json(_sealed(check, sha256.hexdigest(), key)))
    return check


def _sealed(check: ChainCheck, sha256: str, key: Ed25519PrivateKey | None) -> dict[str, Any]:
    seal = {"rows": check.rows, "head": check.head, "sha256": sha256, "made": now().isoformat(timespec="seconds")}
    if key is None:
        return {"seal": seal}
    return {"seal": seal, "signature": key.sign(_json(seal)).hex(), "public_key": public_of(key)}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """A whole export: its chain, when it was made, and whose key signed it ("" for nobody's)."""

    chain: ChainCheck
    made: str
    signed_by: str


def check(file: BinaryIO, trusted: str = "") -> ExportCheck:
    """Check an export from beginning to end; raises Refused for the first thing that is wrong.

    With `trusted`, a public key in hexadecimal, it has to be signed by that one.
    """
    reading = _Reading(file)
    try:
        chain = verify(reading.rows())
        said = _read_seal(reading.last)
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(
            f"una línea no es de una bitácora ({error})", f"a line is none of an audit log ({error})"
        ) from error
    seal = said["seal"]
    if chain.broken_at is not None:
        raise _broken(f"renglón {chain.broken_at}: {chain.problem}", f"row {chain.broken_at}: {chain.problem}")
    if (seal["rows"], seal["head"], seal["sha256"]) != (chain.rows, chain.head, reading.sha256.hexdigest()):
        raise _broken("no es lo que dice su sello", "it is not what its seal says")
    return ExportCheck(chain, str(seal["made"]), _signer(said, trusted))


class _Reading:
    """The lines of an export: rows up to the seal, which has to be the last."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256, self.last = file, hashlib.sha256(), b""

    def rows(self) -> Iterator[AuditEvent]:
        while line := self._file.readline(_MOST_LINE):
            document = json.loads(line)
            if "seal" in document:
                self.last = line
                if self._file.read(1):
                    raise ValueError("the seal is not the last line")
                return
            self.sha256.update(line)
            yield AuditEvent(**{name: document[name] for name in _FIELDS})


def _read_seal(line: bytes) -> dict[str, Any]:
    if not line:
        raise ValueError("it ends without a seal")
    said: dict[str, Any] = json.loads(line)
    for name in ("rows", "head", "sha256", "made"):
        said["seal"][name]
    return said


def _signer(said: dict[str, Any], trusted: str) -> str:
    """Whose key signed the seal; raises Refused for a signature that is not right, or not the trusted one's."""
    signature, public = str(said.get("signature", "")), str(said.get("public_key", ""))
    if signature or public:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
                bytes.fromhex(signature), _json(said["seal"])
            )
        except (ValueError, InvalidSignature) as error:
            raise _broken("su firma no es correcta", "its signature is not right") from error
    if trusted and public != trusted.lower():
        raise _broken("no la firmó esa llave", "that key did not sign it")
    return public


def is_public_key(typed: str) -> bool:
    """Whether a text can be a public key at all."""
    return bool(_HEX.fullmatch(typed.lower()))


def _broken(what: str, what_en: str) -> Refused:
    return Refused(
        f"La bitácora del archivo no está íntegra: {what}.",
        f"The audit log in the file is not whole: {what_en}.",
        code="export_broken",
        hint="Pida el archivo otra vez, o compare con los apuntes de fuera (--anchors).",
        hint_en="Ask for the file again, or compare with the notes kept outside (--anchors).",
    )
