"""The examples of a proxy: whoever asked is named, by nobody but the proxy, and no secret of a link gets into a log."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from netreg.procedures import attachments
from netreg.procedures.uploads import MOST_BYTES
from portal.app import MOST_UPLOAD_BYTES
from tests.conftest import need
from tests.packaging.fronts import CADDY, NGINX, Front, lacking, nginx_file, program

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
    assert re.search(r"/metrics(\* 403| \{\s+return 403;)", path.read_text())


def test_nginx_itself_takes_the_file(tmp_path: Path) -> None:
    need("nginx", lacking("nginx"))
    words = [str(program("nginx")), "-t", "-c", str(nginx_file(Front(tmp_path, 8081, 8443), 8080))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr


@pytest.mark.parametrize("path", CADDY, ids=lambda path: path.parent.name)
def test_caddy_itself_takes_the_file(path: Path, tmp_path: Path) -> None:
    need("caddy", lacking("caddy"))
    words = [str(program("caddy")), "validate", "--adapter", "caddyfile", "--config", str(path)]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=os.environ | home)
    assert done.returncode == 0, done.stderr
