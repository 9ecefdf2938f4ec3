"""What netreg proves itself with at a point, a key or a password, and how it is handed over.

The point has proved itself before (`ssh.py`). A password is handed over once: whatever goes wrong after that is a
refused login, for a person to look at, because some points lock an account after a few wrong ones.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import paramiko

from agents.credentials import LEAST, Secret, once, read_secret
from netreg.enforcement.reading import shown
from netreg.errors import LoginRefused, LoginUnready, Unreachable

# Points hang up after a few keys that they do not know.
_AGENT_KEYS = 3

# A key, a password, or None: whatever keys the ssh-agent holds.
Proof = paramiko.PKey | Secret | None


@dataclass(frozen=True, slots=True)
class Login:
    """Who netreg is at a point, and where lies what proves it; `way` is the `session.login` of the make."""

    point: str
    user: str
    way: str
    key_file: Path | None
    passphrase_file: str
    password_file: str


def proof_of(login: Login) -> Proof:
    """The proof, read from its file. Raises LoginUnready when the file is unfit for it."""
    if login.way != "key":
        return read_secret(login.point, "password", login.password_file, least=LEAST)
    return None if login.key_file is None else _private_key(login, login.key_file)


def _private_key(login: Login, file: Path) -> paramiko.PKey:
    where = login.passphrase_file
    passphrase = read_secret(login.point, "passphrase", where).text.encode() if where else None
    try:
        return paramiko.PKey.from_path(file, passphrase)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        mend = (
            f"whether {where} holds its passphrase" if where else "whether it needs a passphrase file or an ssh-agent"
        )
        message = f"the login key {file} cannot be read ({type(error).__name__}); check the file, its owner and {mend}"
        raise LoginUnready(login.point, message) from error
    except Exception as error:
        # paramiko lets whatever its parsers raise through; a broken key file is still only a broken key file.
        message = f"the login key {file} is not a private key; put the right file there"
        raise LoginUnready(login.point, message) from error


def prove_us(transport: paramiko.Transport, login: Login, proof: Proof, seconds: float) -> None:
    """Log in over a connection whose host has proved itself; an answer may take `seconds`.

    Raises LoginRefused, and Unreachable when the connection broke before any password was sent.
    """
    if isinstance(proof, Secret):
        _by_password(transport, login, proof, seconds)
    elif proof is not None:
        _by_keys(transport, login, (proof,), seconds)
    else:
        _by_agent(transport, login, seconds)
    if not transport.is_authenticated():
        message = f"the login as {shown(login.user)} wants a second proof; give netreg an account that needs only one"
        raise LoginRefused(login.point, message)


def _by_agent(transport: paramiko.Transport, login: Login, seconds: float) -> None:
    with closing(paramiko.Agent()) as agent:
        keys = agent.get_keys()[:_AGENT_KEYS]
        if not keys:
            message = (
                "the service has no ssh-agent that holds a key; set its SSH_AUTH_SOCK and add the key, or use a file"
            )
            raise LoginUnready(login.point, message)
        _by_keys(transport, login, keys, seconds)


def _by_keys(transport: paramiko.Transport, login: Login, keys: tuple[paramiko.PKey, ...], seconds: float) -> None:
    for key in keys:
        try:
            transport.auth_publickey(login.user, key)
            return
        except paramiko.AuthenticationException as error:
            refused = error
            if "timeout" in str(error).lower():
                raise Unreachable(login.point, f"no answer to the login within {seconds:g} s") from error
            if not transport.is_active():
                break
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise _broken_off(login, error) from error
    which = login.key_file or f"one of the ssh-agent's first {_AGENT_KEYS} keys"
    mend = f"put the public half of {which} into its authorized_keys"
    raise LoginRefused(login.point, f"the login as {shown(login.user)} was refused; {mend}") from refused


def _by_password(transport: paramiko.Transport, login: Login, password: Secret, seconds: float) -> None:
    ways = _ways_in(transport, login, seconds)
    try:
        if "password" in ways:
            # Without the fallback of its own, which would send it again.
            transport.auth_password(login.user, password.text, fallback=False)
        elif "keyboard-interactive" in ways:
            transport.auth_interactive(login.user, _OneQuestion(password))
        elif ways or login.way != "asked":
            said = f"takes {shown(', '.join(ways))} and no password" if ways else "wants no proof of who logs in"
            message = f"the SSH login as {shown(login.user)} {said}; give that account a password that it has to show"
            raise LoginRefused(login.point, message)
    except (OSError, EOFError, paramiko.SSHException) as error:
        # Whatever broke, it broke after the password was sent; nobody knows whether it counted as a wrong one.
        raise _password_refused(login, password, error, seconds) from error


def _ways_in(transport: paramiko.Transport, login: Login, seconds: float) -> list[str]:
    """What the point takes as a proof; nothing where it wants none over SSH."""
    try:
        transport.auth_none(login.user)
    except paramiko.BadAuthenticationType as told:
        return list(told.allowed_types)
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise _broken_off(login, error) from error
    return []


def _broken_off(login: Login, error: Exception) -> Unreachable:
    return Unreachable(login.point, f"the connection broke during login ({shown(str(error))})")


def _password_refused(login: Login, password: Secret, error: Exception, seconds: float) -> LoginRefused:
    if isinstance(error, _AsksElse):
        said = f"the point asks «{shown(password.hide(str(error)))}» beside the password"
    elif "timeout" in str(error).lower():
        said = f"the point did not say within {seconds:g} s whether it takes the password"
    else:
        said = "the password was refused"
    return LoginRefused(login.point, f"{said} at the login as {shown(login.user)}; {once(login.password_file)}")


class _AsksElse(paramiko.SSHException):
    """The point asks for more than the password, or for it again; the text is what it asks."""


class _OneQuestion:
    """Answers the one hidden question of a keyboard-interactive login with the password, and no other."""

    def __init__(self, password: Secret) -> None:
        self._password, self._given = password, False

    def __call__(self, title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        if not questions:
            return []
        if self._given or len(questions) > 1 or questions[0][1]:
            raise _AsksElse(" ".join(text for text, _shown_as_typed in questions))
        self._given = True
        return [self._password.text]
