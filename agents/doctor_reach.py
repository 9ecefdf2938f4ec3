"""What `netreg doctor` looks at over the network: whether points, mail server and portal answer. Nothing is sent."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography import x509

from agents import notify
from netreg.errors import ConfigError
from netreg.health.context import Examined, Place
from netreg.health.findings import Finding, found

SECONDS = 3.0
_AT_ONCE = 32
TLS_WARNS = timedelta(days=14)


def examine(case: Examined) -> Iterator[Finding]:
    """The findings about what does not answer; all are asked side by side."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="doctor") as pool:
        portal = pool.submit(lambda: [*_portal(case)])
        servers = pool.map(_mail, _mail_servers(case))
        for findings in (*pool.map(_point, case.points), *servers, portal.result()):
            yield from findings


def refusal(host: str, port: int, seconds: float = SECONDS) -> str:
    """Why nobody answers there over TCP in so many seconds, the name's look-up not counted; "" if somebody does."""
    said = ""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        deadline = time.monotonic() + seconds
        for *_kind, where in addresses:
            # Of several addresses each gets what the one before left.
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                with socket.create_connection(where[:2], timeout=left):
                    return ""
            except OSError as error:
                said = error.strerror or str(error)
    except (OSError, ValueError, OverflowError) as error:
        said = str(getattr(error, "strerror", None) or error)
    return said or f"no answer in {seconds:g} s"


def _point(place: Place) -> list[Finding]:
    problem = refusal(place.host, place.port)
    where = f"{place.host}:{place.port}"
    return [found("netreg.D053", place.name, place=where, problem=problem)] if problem else []


def _mail_servers(case: Examined) -> list[tuple[str, int]]:
    """The servers of mail.url_file; one that cannot be used is told where files are looked at."""
    try:
        mailer = notify.Mailer.of(case.settings)
    except ConfigError:
        return []
    return list(dict.fromkeys(mailer.servers)) if mailer else []


def _mail(server: tuple[str, int]) -> list[Finding]:
    problem = refusal(*server)
    return [found("netreg.D060", f"{server[0]}:{server[1]}", problem=problem)] if problem else []


def _portal(case: Examined) -> Iterator[Finding]:
    """The certificate that people's browsers meet at server.address."""
    address = case.settings.server.address
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        yield found("netreg.D076", address, problem=error)
        return
    if parts.scheme != "https":
        return
    try:
        shown = x509.load_pem_x509_certificate(ssl.get_server_certificate((host, port), timeout=SECONDS).encode())
    except (OSError, ValueError) as error:
        yield found("netreg.D076", address, problem=error)
        return
    first, last = shown.not_valid_before_utc, shown.not_valid_after_utc
    if not first <= case.at <= last:
        yield found("netreg.D073", address, first=first.date(), last=last.date())
        return
    if last - case.at < TLS_WARNS:
        yield found("netreg.D074", address, last=last.date())
    if distrust := _distrust(host, port):
        yield found("netreg.D075", address, problem=distrust)


def _distrust(host: str, port: int) -> str:
    """Why this machine does not take the certificate for that of the host; "" if it does."""
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except (OSError, ValueError) as error:
        return str(error)
