"""The examples of a proxy: whoever asked is named, by nobody but the proxy, and no secret of a link gets into a log."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from netreg.procedures import attachments
from netreg.procedures.uploads import MOST_BYTES
from netreg.store.base import now
from portal.app import MOST_UPLOAD_BYTES

FOLDER = Path(__file__).resolve().parents[2] / "packaging"
NGINX = FOLDER / "proxy" / "nginx.conf"
CADDY = (FOLDER / "proxy" / "Caddyfile", FOLDER / "container" / "Caddyfile")
# The most that a page takes, as `portal.app` says.
MOST = max(4 * attachments.MOST_BYTES, MOST_BYTES + MOST_UPLOAD_BYTES)


def test_nginx_names_whoever_asked_and_passes_on_nothing_they_said_of_it() -> None:
    text = NGINX.read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text and "$proxy_add_x_forwarded_for" not in text
    assert all(
        f'proxy_set_header {name} "";' in text for name in ("X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded")
    )


def test_nginx_logs_no_query() -> None:
    (line,) = re.findall(r"log_format netreg '(.*)';", NGINX.read_text())
    assert "$uri" in line and not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", line)


def test_nginx_takes_files_as_large_as_the_pages_do() -> None:
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", NGINX.read_text())
    assert int(megabytes) * 1024 * 1024 >= MOST


@pytest.mark.parametrize("path", CADDY, ids=lambda path: path.parent.name)
def test_caddy_does_the_same(path: Path) -> None:
    text = path.read_text()
    assert "header_up X-Forwarded-For {remote_host}" in text
    assert "replace t REDACTED" in text and "Cookie delete" in text
    (megabytes,) = re.findall(r"max_size (\d+)MB", text)
    assert int(megabytes) * 1000 * 1000 >= MOST
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("path", (NGINX, *CADDY), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_figures_of_the_service_are_shown_to_nobody_outside(path: Path) -> None:
    assert re.search(r"/metrics (403|\{\s+return 403;)", path.read_text())


def test_nginx_itself_takes_the_file(tmp_path: Path) -> None:
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not available: only our own reading of the file was done")
    certificate(tmp_path)
    text = NGINX.read_text().replace("/etc/ssl/netreg", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error; events {{}} http {{ {text} }}"
    )
    done = subprocess.run(
        [program, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", CADDY, ids=lambda path: path.parent.name)
def test_caddy_itself_takes_the_file(path: Path) -> None:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not available: only our own reading of the file was done")
    words = [program, "validate", "--adapter", "caddyfile", "--config", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "red.example.org")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now(), now() + timedelta(1)
    )
    (folder / "red.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "red.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
