"""nginx and Caddy as delivered, on loopback in front of a portal. Only ports, places of files and the rights that a
machine gives them are put in another way."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import IO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from netreg.store.base import now
from tests.cli.test_serve import free_port
from tests.lab.bed import path as programs
from tests.lab.firewall import wait_until

FOLDER = Path(__file__).resolve().parents[2] / "packaging"
NGINX = FOLDER / "proxy" / "nginx.conf"
CADDY = (FOLDER / "proxy" / "Caddyfile", FOLDER / "container" / "Caddyfile")
NAME = "red.example.org"
# Another address of this machine than the proxy's own: so it is seen whom a request is said to come from.
VISITOR = "127.0.0.2"


@dataclass(frozen=True)
class Front:
    """A proxy at work."""

    folder: Path
    plain: int
    tls: int

    def ask(self, path: str, *, secure: bool = True, body: Body | None = None, **said: str) -> Answer:
        """What a visitor is answered who reaches the proxy by its name; `said` are headers of theirs."""
        headers = {name.replace("_", "-"): value for name, value in said.items()}
        size = {"Content-Length": str(body.size)} if body else {}
        with self._reached(secure) as reached:
            connection = HTTPConnection(NAME, timeout=60)
            connection.sock = reached
            with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):  # refused before all of it was sent
                connection.request("POST" if body else "GET", path, body and iter(body), headers | size)
            with connection.getresponse() as answer:
                return Answer(answer, answer.read().decode("utf-8", "replace"))

    def _reached(self, secure: bool) -> socket.socket:
        port = self.tls if secure else self.plain
        reached = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(VISITOR, 0))
        if not secure:
            return reached
        context = ssl.create_default_context(cafile=str(self.folder / "red.pem"))
        return context.wrap_socket(reached, server_hostname=NAME)

    def written(self, about: str) -> str:
        """All that the proxy wrote about what it did, once it has written of `about`: it answers before that."""
        wait_until(lambda: about in self._logs(), f"a line about {about}")
        return self._logs()

    def _logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@dataclass(frozen=True)
class Body:
    """So many bytes, made as they are sent."""

    size: int

    def __iter__(self) -> Iterator[bytes]:
        whole, rest = divmod(self.size, 65536)
        for _ in range(whole):
            yield bytes(65536)
        yield bytes(rest)


@dataclass(frozen=True)
class Answer:
    answer: HTTPResponse
    text: str

    @property
    def status(self) -> int:
        return self.answer.status

    def header(self, name: str) -> str:
        return self.answer.headers.get(name, "")


def program(name: str) -> str | None:
    """Where the program lies; what serves is beside the administrator's tools."""
    return shutil.which(name, path=programs())


def lacking(name: str) -> str:
    """Why the program cannot be tried here, or an empty text."""
    return "" if program(name) else f"{name} is not installed"


@contextmanager
def nginx(folder: Path, portal: int) -> Iterator[Front]:
    """nginx with our file, in front of a portal at this port."""
    front = Front(folder, free_port(), free_port())
    with _running([str(program("nginx")), "-c", str(nginx_file(front, portal))], front):
        yield front


def nginx_file(front: Front, portal: int) -> Path:
    """Our file with the frame that Debian's own gives it."""
    certificate(front.folder)
    text = re.sub(r"^.*\[::\].*\n", "", NGINX.read_text(), flags=re.MULTILINE)
    for ours, theirs in (
        ("listen 80;", f"listen 127.0.0.1:{front.plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{front.tls} "),
        ("127.0.0.1:8080", f"127.0.0.1:{portal}"),
        ("/etc/ssl/netreg", str(front.folder)),
        ("/var/log/nginx", str(front.folder)),
    ):
        assert ours in text, f"nginx.conf has no {ours} any more"
        text = text.replace(ours, theirs)
    account = "user root;" if os.geteuid() == 0 else ""
    places = " ".join(
        f"{name}_temp_path {front.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    frame = f"{account} pid {front.folder}/pid; daemon off; error_log {front.folder}/other-error.log; events {{}}"
    made = front.folder / "nginx.conf"
    made.write_text(f"{frame}\nhttp {{ access_log {front.folder}/other.log; {places}\n{text} }}")
    return made


@contextmanager
def caddy(given: Path, folder: Path, portal: int) -> Iterator[Front]:
    """Caddy with one of our files, in front of a portal at this port."""
    front = Front(folder, free_port(), free_port())
    made = caddy_file(given, front, portal)
    words = [str(program("caddy")), "run", "--adapter", "caddyfile", "--config", str(made)]
    with _running(words, front):
        yield front


def caddy_file(given: Path, front: Front, portal: int) -> Path:
    """Our file with a certificate and ports of its own."""
    certificate(front.folder)
    text = given.read_text()
    options = f"admin off\n\tdefault_bind 127.0.0.1\n\thttp_port {front.plain}\n\thttps_port {front.tls}\n"
    for ours, theirs in (
        ("\n{\n", f"\n{{\n\t{options}"),
        (f"\n{NAME} {{\n", f"\n{NAME} {{\n\ttls {front.folder}/red.pem {front.folder}/red.key\n"),
    ):
        assert text.count(ours) == 1, f"{given} has no {ours!r} any more, or two"
        text = text.replace(ours, theirs)
    text, replaced = re.subn(r"(127\.0\.0\.1|portal):8080", f"127.0.0.1:{portal}", text)
    assert replaced, f"{given} passes nothing on"
    made = front.folder / "Caddyfile"
    made.write_text(text)
    return made


@contextmanager
def _running(words: list[str], front: Front) -> Iterator[None]:
    home = {"HOME": str(front.folder), "XDG_DATA_HOME": str(front.folder), "XDG_CONFIG_HOME": str(front.folder)}
    log = (front.folder / "program.log").open("w+")
    with log, subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | home) as process:
        try:
            wait_until(lambda: _listens(front.tls), f"{words[0]} to listen", _ended(process, log))
            yield
        finally:
            process.terminate()
            process.wait(30)


def _ended(process: subprocess.Popen[bytes], log: IO[str]) -> Callable[[], str]:
    return lambda: "" if process.poll() is None else Path(log.name).read_text() or "it ended"


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def certificate(folder: Path) -> None:
    """A certificate of the name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    begun, ends = now() - timedelta(hours=1), now() + timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begun, ends)
    named = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    signed = named.sign(key, hashes.SHA256())
    (folder / "red.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "red.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
