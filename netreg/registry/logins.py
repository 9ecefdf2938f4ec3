"""How netreg proves itself at a point, as the row says it: where the secret lies, and never the secret.

A key is a file, or `agent` for whatever the ssh-agent of the service holds. A password, and the passphrase of a key, is
a file, or `credential:NAME` for one that the service manager hands over (systemd's LoadCredential=).
"""

from __future__ import annotations

import re

from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from netreg.errors import InvalidValue
from netreg.registry.models import Point

AGENT = "agent"
CREDENTIAL = "credential:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)


def credential(where: str) -> str | None:
    """The name in `credential:NAME`; None if `where` is none, or a name that could lead elsewhere."""
    name = where.removeprefix(CREDENTIAL)
    return name if where.startswith(CREDENTIAL) and _NAME.fullmatch(name) else None


def files(point: Point) -> dict[str, str]:
    """What the point's login needs, by the name of its field; only what there is."""
    known = {
        "key_file": point.key_file,
        "passphrase_file": point.passphrase_file,
        "password_file": point.password_file,
    }
    return {field: where for field, where in known.items() if where}


def check(profile: ShellProfile | ConsoleProfile, key_file: str, passphrase_file: str, password_file: str) -> None:
    """Raises InvalidValue unless these are what a point of this make is logged in to with."""
    if profile.session.login == "key":
        _check_key(key_file, passphrase_file, password_file)
    elif key_file or passphrase_file or not password_file:
        raise _wrong(
            "password_file", "Este equipo no admite llaves: diga el archivo de su contraseña, y ninguna llave.",
            "This make takes no keys: name the file with its password, and no key.",
        )  # fmt: skip
    for field, where in (("passphrase_file", passphrase_file), ("password_file", password_file)):
        _check_place(field, where)


def _check_key(key_file: str, passphrase_file: str, password_file: str) -> None:
    if password_file or not key_file:
        raise _wrong(
            "key_file", "Este equipo admite llaves: diga el archivo de la llave, y ninguna contraseña.",
            "This make takes keys: name the file with the key, and no password.",
        )  # fmt: skip
    if passphrase_file and key_file == AGENT:
        raise _wrong(
            "passphrase_file", "Una llave del ssh-agent no necesita contraseña: ya está abierta.",
            "A key of the ssh-agent needs no passphrase: it is open already.",
        )  # fmt: skip


def _check_place(field: str, where: str) -> None:
    # Whoever logs in may run in any folder, so that a relative name would be any file.
    if where and not (where.startswith("/") and "\0" not in where) and credential(where) is None:
        raise _wrong(
            field, "Escriba la ruta completa del archivo, o credential:NOMBRE.",
            "Write the whole path of the file, or credential:NAME.",
        )  # fmt: skip


def _wrong(field: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code="E_LOGIN_FILE", field=field)
