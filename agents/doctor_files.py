"""What `netreg doctor` looks at in files: who else may read what is secret, and whether what is named can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from agents import hooks, notify
from netreg.config import Settings
from netreg.errors import ConfigError
from netreg.health.context import Examined
from netreg.health.findings import Finding, found
from netreg.registry.logins import AGENT, CREDENTIAL

# The SAT lets one renew by oneself only before the end, and an appointment takes weeks.
EFIRMA_WARNS = timedelta(days=30)
_OTHERS, _EVERYBODY, _OTHERS_WRITE = 0o077, 0o007, 0o022
# systemd lets the service in by an access list, which shows as the group's right to read; the folder is closed.
_OTHERS_OF_CREDENTIALS = 0o037


def examine(case: Examined) -> Iterator[Finding]:
    """The findings about the files of an installation."""
    yield from _config(case.config)
    yield from _data_dir(case.settings)
    yield from _session_key(case.settings)
    yield from _named(case)
    yield from _secrets(case)
    yield from _efirma(case)


def mode(path: Path) -> int | None:
    """The rights of a file; None where it is not there or may not be looked at."""
    try:
        return path.stat().st_mode & 0o7777
    except (OSError, ValueError):
        return None


def _config(path: Path) -> Iterator[Finding]:
    rights = mode(path) or 0
    if rights & _OTHERS_WRITE:
        yield found("netreg.D043", path, mode=f"{rights:o}")
    if rights & _EVERYBODY & ~_OTHERS_WRITE:
        yield found("netreg.D042", path, mode=f"{rights:o}")


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    rights = mode(folder) or 0
    if rights & _OTHERS:
        yield found("netreg.D040", folder, mode=f"{rights:o}")
    ours = ("netreg.db", "netreg.db-wal", "netreg.db-shm", "files", "secret.key", "retention.key")
    for path in (folder / name for name in ours):
        if mode(path) is not None and path.stat().st_uid != folder.stat().st_uid:
            yield found("netreg.D044", path, folder=folder)


def _session_key(settings: Settings) -> Iterator[Finding]:
    try:
        _ = settings.secret_key
    except ConfigError as error:
        yield found("netreg.D045", problem=error.message)


def _named(case: Examined) -> Iterator[Finding]:
    """Files that the settings or a point name, and that cannot be read or hold something else."""
    settings = case.settings
    for about, read in (("mail.url_file", notify.Mailer.of), ("alerts.url_file", notify.Channels.of)):
        try:
            read(settings)
        except ConfigError as error:
            yield found("netreg.D047", about, problem=error.message)
    for hook in settings.webhooks:
        try:
            hooks.secret_of(Path(hook.secret_file), hook.name)
        except ConfigError as error:
            yield found("netreg.D047", f"webhooks {hook.name}", problem=error.message)
    for about, path in _of_points(case):
        if not _is_readable(path):
            yield found("netreg.D047", about, problem=f"cannot read {path}")


def _is_readable(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except (OSError, ValueError):
        return False


def _of_points(case: Examined) -> Iterator[tuple[str, Path]]:
    """Files of points' logins; what an ssh-agent or the service manager holds is not for us to see."""
    for place in case.points:
        for name, where in place.files.items():
            if where != AGENT and not where.startswith(CREDENTIAL):
                yield f"{place.name} {name}", Path(where)


def _secrets(case: Examined) -> Iterator[Finding]:
    said = case.settings.letterhead
    named = (
        case.settings.mail.url_file,
        case.settings.alerts.url_file,
        said.efirma_key_file,
        said.efirma_password_file,
    )
    settings = case.settings
    paths = [settings.secret_key_file, settings.retention_key_file, settings.seal_key_file]
    paths += [Path(one) for one in (*named, *(hook.secret_file for hook in case.settings.webhooks)) if one]
    paths += [path for _about, path in _of_points(case)]
    for path in dict.fromkeys(paths):
        rights = mode(path)
        if rights is not None and rights & (_OTHERS if not _is_credential(path) else _OTHERS_OF_CREDENTIALS):
            yield found("netreg.D041", path, mode=f"{rights:o}")


def _is_credential(path: Path) -> bool:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.is_relative_to(folder or "")


def _efirma(case: Examined) -> Iterator[Finding]:
    path = Path(case.settings.letterhead.efirma_certificate_file)
    if not case.settings.letterhead.efirma_certificate_file:
        return
    try:
        owner = _certificate(path.read_bytes())
    except OSError as error:
        yield found("netreg.D047", "letterhead.efirma_certificate_file", problem=f"{path}: {error.strerror}")
    except ValueError:
        yield found("netreg.D072", path)
    else:
        first, last = owner.not_valid_before_utc, owner.not_valid_after_utc
        if not first <= case.at <= last:
            yield found("netreg.D070", path, first=first.date(), last=last.date())
        elif last - case.at < EFIRMA_WARNS:
            yield found("netreg.D071", path, last=last.date())


def _certificate(content: bytes) -> x509.Certificate:
    is_text = content.lstrip().startswith(b"-----BEGIN")
    return x509.load_pem_x509_certificate(content) if is_text else x509.load_der_x509_certificate(content)
