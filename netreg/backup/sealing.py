"""Seal a stream for the office's public keys, and open it with the key that lies elsewhere; pyrage is imported here.

Both ways run in a thread of their own beside whoever writes or reads, so that no more than a few blocks are in memory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyrage  # type: ignore[import-untyped]
from pyrage import x25519

from netreg.backup import refusals
from netreg.backup.streams import Sink
from netreg.errors import Refused

HEADER = b"age-encryption.org/v1"
_SECRET = "AGE-SECRET-KEY-"  # noqa: S105  (how such a line begins)


def keygen(path: Path, at: datetime) -> str:
    """Make a key pair, keep the secret half in a new file only its owner can read, and return the public half."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise refusals.exists(str(path)) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# created: {at.isoformat(timespec='seconds')}\n# public key: {public}\n{identity}\n")
    return public


def read_identity(path: Path) -> list[Any]:
    """The secret keys of a file as `keygen` or age's own program makes it; raises Refused for one with none."""
    try:
        text = path.read_text(encoding="ascii")
        found = [x25519.Identity.from_str(line.strip()) for line in text.splitlines() if line.startswith(_SECRET)]
    except (UnicodeDecodeError, pyrage.IdentityError) as error:
        raise refusals.no_identity(str(path)) from error
    if not found:
        raise refusals.no_identity(str(path))
    return found


def recipients(keys: Sequence[str]) -> list[Any]:
    """The public keys, read; raises Refused for one that is none."""
    try:
        return [x25519.Recipient.from_str(one) for one in keys]
    except pyrage.RecipientError as error:
        raise Refused(
            "Una de las llaves públicas de los respaldos no es de age.", "A public key for backups is none of age.",
            code="backup_recipient", field="recipients",
            hint="Corrija backup.recipients: empiezan con age1.", hint_en="Correct backup.recipients: they begin age1.",
        ) from error  # fmt: skip


@contextmanager
def sealed(target: Sink, keys: Sequence[str]) -> Iterator[BinaryIO]:
    """A stream to write to, whose content arrives in `target` sealed for these public keys."""
    to = recipients(keys)
    with _beside(lambda stream: pyrage.encrypt_io(stream, target, to)) as stream:
        yield stream


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


@contextmanager
def _beside(work: Callable[[BinaryIO], object]) -> Iterator[BinaryIO]:
    """A stream to write to, which `work` reads in a thread; its failure is raised here, and ours ends it."""
    failed: list[BaseException] = []
    source, sink = _pipe()

    def run() -> None:
        with source:  # whoever still writes is told so by a broken pipe
            try:
                work(source)
            except BaseException as error:
                failed.append(error)

    thread = threading.Thread(target=run, name="backup")
    thread.start()
    try:
        yield sink
    except BrokenPipeError:
        if not failed:
            raise
    finally:
        with suppress(BrokenPipeError):
            sink.close()
        thread.join()
    if failed:
        raise failed[0]


class Tee:
    """What is written goes to every one of the streams."""

    def __init__(self, *streams: Sink) -> None:
        self._streams = streams

    def write(self, content: bytes) -> int:
        for stream in self._streams:
            stream.write(content)
        return len(content)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()


@contextmanager
def watched(target: Sink, work: Callable[[BinaryIO], object]) -> Iterator[Tee]:
    """A stream to write to, that reaches both `target` and `work`, which reads it in a thread."""
    with _beside(work) as beside:
        yield Tee(target, beside)


@contextmanager
def opened(path: Path, identity: Path | None) -> Iterator[BinaryIO]:
    """The content of a backup, sealed or plain, as a stream. What is wrong with the file is told as a refusal.

    Whoever reads has to read to the end to know that the file was whole.
    """
    with path.open("rb") as file:
        is_sealed = file.read(len(HEADER)) == HEADER
        file.seek(0)
        if not is_sealed:
            yield file
        elif identity is None:
            raise refusals.needs_key()
        else:
            with _unsealed(file, read_identity(identity)) as stream:
                yield stream


@contextmanager
def _unsealed(file: BinaryIO, keys: Sequence[Any]) -> Iterator[BinaryIO]:
    failed: list[BaseException] = []
    source, sink = _pipe()

    def run() -> None:
        try:
            with sink:
                pyrage.decrypt_io(file, sink, keys)
        except BrokenPipeError:
            pass  # whoever read has had enough
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="unseal")
    thread.start()
    try:
        yield source
    except Refused:
        # Bad content is the consequence where the seal itself is broken: say the cause.
        _finish(source, thread)
        _tell(failed)
        raise
    finally:
        _finish(source, thread)
    _tell(failed)


def _finish(source: BinaryIO, thread: threading.Thread) -> None:
    source.close()
    thread.join()


def _tell(failed: Sequence[BaseException]) -> None:
    if not failed:
        return
    error = failed[0]
    if isinstance(error, pyrage.DecryptError):
        if "matching" in str(error):
            raise refusals.wrong_key() from error
        raise refusals.damaged("su encabezado está dañado", "its header is damaged") from error
    if isinstance(error, OSError) and error.errno is None:
        # What age says of content that does not fit its seal, or ends before its end.
        raise refusals.damaged("está cortado o lo alteraron", "it is cut off or was altered") from error
    raise error
