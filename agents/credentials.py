"""The secrets netreg logs in with: read from their files when it logs in, and kept out of whatever comes back."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from netreg.errors import LoginUnready, NetregError
from netreg.registry.logins import CREDENTIAL, credential

# A shorter one may stand in any list by chance, and could not be taken out of an answer without falsifying it.
LEAST = 8
_MOST = 1024
_HIDDEN = "********"


class Secret:
    """A password or passphrase. Whoever prints it sees nothing of it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def hide(self, said: str) -> str:
        """What was said, without the secret: a device may repeat what it was told."""
        return said.replace(self.text, _HIDDEN)

    def hide_in(self, error: BaseException | None) -> None:
        """Take the secret out of an error and out of those that led to it."""
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            error.args = tuple(self.hide(one) if isinstance(one, str) else one for one in error.args)
            if isinstance(error, NetregError):
                error.message = self.hide(error.message)
            error = error.__cause__ or error.__context__


def read_secret(point: str, what: str, where: str, *, least: int = 1) -> Secret:
    """The one line of a secret's file; `what` is "password" or "passphrase", `where` a path or `credential:NAME`.

    Raises LoginUnready, saying what to do about the file, when it is missing, may be read by others, holds less than
    `least` characters, or anything that is not one line of text.
    """
    try:
        return Secret(_line(_content(_path(where), own_folder=where.startswith(CREDENTIAL)), least))
    except _Unfit as unfit:
        said = str(unfit)
    except OSError as error:
        said = f"{error.strerror}; check that it is there and belongs to the account of the service"
    # Without the error that led here: one about the text would have the text in it.
    raise LoginUnready(point, f"the {what} file {where} cannot be used: {said}; nothing was sent")


def once(where: str) -> str:
    """What to do about a password that a point did not take; it is not sent a second time without a person."""
    return f"compare it with {where} and mend one of them; it is sent again when that file changes or a person asks"


def changed_at(where: str) -> datetime | None:
    """When somebody last wrote the file or changed its rights; None if it cannot be seen."""
    try:
        return datetime.fromtimestamp(_path(where).stat().st_ctime, UTC)
    except (OSError, _Unfit):
        return None


class _Unfit(Exception):
    """A file that is no place for a secret; says what to do about it."""


def _path(where: str) -> Path:
    if not where.startswith(CREDENTIAL):
        return Path(where)
    name, folder = credential(where), os.environ.get("CREDENTIALS_DIRECTORY")
    if name is None or not folder:
        raise _Unfit("the service was handed no credentials; its unit needs LoadCredential=NAME:/path/of/the/file")
    return Path(folder) / name


def _content(path: Path, *, own_folder: bool) -> bytes:
    # A pipe would be waited for without end.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        state = os.fstat(file.fileno())
        # systemd lets the service in by an access list, which shows as the group's right to read; the folder is closed.
        others = 0o037 if own_folder else 0o077
        if not stat.S_ISREG(state.st_mode):
            raise _Unfit("it is no file")
        if state.st_mode & others:
            raise _Unfit(f"others may read it: chmod 600 {path}, and choose another one if somebody may have")
        return file.read(_MOST + 1)


def _line(content: bytes, least: int) -> str:
    text = content.decode(errors="replace").removesuffix("\n").removesuffix("\r")
    if len(text) < least:
        raise _Unfit(f"it holds less than {least} characters" if text else "it is empty")
    if len(content) > _MOST or not text.isprintable() or "\ufffd" in text:
        raise _Unfit("it is not one line of text")
    return text
