"""The sections of config.toml about programs of others that are told what happens here."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

from netreg.config_values import Section


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("this is no address of a page") from error
    if parts.username or parts.password or parts.fragment or not parts.hostname or not text.isascii() or port == 0:
        raise ValueError("write https://host/path, without a password in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
        raise ValueError("only https is safe on the way; http goes to this machine alone")
    return text


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Webhook(Section):
    """One program: where it listens, what it is told, and the file with the secret that proves it was us."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    url: Annotated[str, AfterValidator(_url)]
    # Names of events, such as device.approved; device.* is every event of devices, * is all.
    events: tuple[Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$")], ...]
    secret_file: Annotated[str, StringConstraints(min_length=1)]
