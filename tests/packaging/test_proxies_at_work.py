"""The examples of a proxy at work: the real nginx and the real Caddy on loopback, in front of a portal."""

from __future__ import annotations

import gc
import secrets
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netreg.config import Server, Settings
from netreg.store.transaction import Store
from portal.app import create_app
from portal.cli import believing
from portal.serving import serving
from tests.api.conftest import token_of
from tests.conftest import need
from tests.databases import furnished_database, opened
from tests.packaging.fronts import CADDY, NAME, VISITOR, Body, Front, caddy, lacking, nginx
from tests.packaging.test_proxies import MOST
from tests.people import NORA

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

pytestmark = [
    pytest.mark.long,
    # An upload that is broken off leaves waitress with a file that it has Python close.
    pytest.mark.filterwarnings("ignore:unclosed file <_io.(BufferedRandom|FileIO):ResourceWarning"),
]
PROXY = "127.0.0.1"
KINDS = ("nginx", "caddy-proxy", "caddy-container")


@dataclass
class Portal:
    """A served portal that remembers what came to it."""

    store: Store
    came: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def watching(self, pages: WSGIApplication) -> WSGIApplication:
        def note(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            self.came.append({name: value for name, value in environ.items() if isinstance(value, str)})
            return pages(environ, start)

        return note


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    server = Server(https=True, trusted_proxy=PROXY)  # type: ignore[arg-type]
    settings = Settings(data_dir=folder, server=server)
    settings.secret_key_file.write_text(secrets.token_hex(32), encoding="ascii")
    with furnished_database("sqlite", folder) as url, opened(url) as store:
        made, app = Portal(store), create_app(settings, store)
        app.wsgi_app = made.watching(app.wsgi_app)  # type: ignore[method-assign]
        with serving(app, host=PROXY, port=0, threads=4, url_scheme="https", **believing(server)) as address:
            made.port = int(address.rsplit(":", 1)[1])
            yield made
    gc.collect()


@pytest.fixture(scope="module", params=KINDS)
def front(request: pytest.FixtureRequest, portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    kind = request.param
    need(kind.split("-")[0], lacking(kind.split("-")[0]))
    folder = tmp_path_factory.mktemp(kind)
    with ExitStack() as stack:
        if kind == "nginx":
            yield stack.enter_context(nginx(folder, portal.port))
        else:
            (given,) = [path for path in CADDY if path.parent.name == kind.split("-")[1]]
            yield stack.enter_context(caddy(given, folder, portal.port))


def test_pages_come_over_tls_whole_and_with_their_headers(front: Front, portal: Portal) -> None:
    page = front.ask("/login")
    assert page.status == 200 and 'name="password"' in page.text
    assert "default-src 'self'" in page.header("Content-Security-Policy") and page.header("X-Request-Id")
    assert page.header("Strict-Transport-Security") and "Secure" in page.header("Set-Cookie")
    came = portal.came[-1]
    assert (came["wsgi.url_scheme"], came["HTTP_HOST"]) == ("https", NAME)


def test_whoever_comes_without_tls_is_sent_to_it(front: Front, portal: Portal) -> None:
    before = len(portal.came)
    answer = front.ask("/login?lang=en", secure=False)
    assert answer.status in (301, 308) and answer.header("Location") == f"https://{NAME}/login?lang=en"
    assert len(portal.came) == before


def test_the_portal_learns_who_asked_whatever_they_say_of_it_themselves(front: Front, portal: Portal) -> None:
    front.ask("/login")
    honest = portal.came[-1]["REMOTE_ADDR"]
    front.ask(
        "/login", X_Forwarded_For="198.51.100.7", Forwarded="for=198.51.100.7;proto=http;host=evil.example",
        X_Forwarded_Proto="http", X_Forwarded_Host="evil.example", X_Real_IP="198.51.100.7",
    )  # fmt: skip
    came = portal.came[-1]
    assert (honest, came["REMOTE_ADDR"]) == (VISITOR, VISITOR)
    assert (came["wsgi.url_scheme"], came["HTTP_HOST"]) == ("https", NAME)
    assert "evil.example" not in front.ask("/login", X_Forwarded_Host="evil.example").text


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/metrics/x", "/metrics?x=1", "//metrics", "/%6detrics",
                                  "/x/../metrics", "/./metrics", "/METRICS"])  # fmt: skip
def test_nobody_outside_reads_the_figures_however_they_spell_the_place(front: Front, portal: Portal, path: str) -> None:
    shown = f"Bearer {token_of(portal.store, NORA)}"
    inside = urllib.request.Request(f"http://{PROXY}:{portal.port}/metrics", headers={"Authorization": shown})
    with urllib.request.urlopen(inside, timeout=30) as answer:
        assert "netreg_" in answer.read().decode()
    told = front.ask(path, Authorization=shown)
    assert told.status in (403, 404, 308) and "netreg_point" not in told.text


def test_files_go_through_up_to_what_the_pages_take_and_no_further(front: Front, portal: Portal) -> None:
    front.ask("/login", body=Body(MOST))
    assert portal.came[-1]["CONTENT_LENGTH"] == str(MOST)
    before = len(portal.came)
    # The Caddy of Debian 12 refuses in the midst of passing on, and calls that 502.
    assert front.ask("/login", body=Body(107_000_000)).status in (413, 502)
    assert len(portal.came) == before


def test_secrets_of_links_and_of_programs_get_into_no_log(front: Front) -> None:
    front.ask("/link?t=GEHEIM", Cookie="session=GEHEIM", Authorization="Bearer GEHEIM")
    front.ask("/link?t=GEHEIM&x=1", Referer="https://red.example.org/link?t=GEHEIM")
    front.ask("/link?t=GEHEIM", secure=False)
    front.ask("/nowhere")
    assert "GEHEIM" not in front.written("/nowhere")


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_get_into_no_log_of_failures_either(kind: str, tmp_path: Path) -> None:
    """Where the portal does not answer the proxy says so, and of which request."""
    need(kind.split("-")[0], lacking(kind.split("-")[0]))
    given = [path for path in CADDY if path.parent.name == kind.split("-")[-1]]
    with nginx(tmp_path, 1) if kind == "nginx" else caddy(given[0], tmp_path, 1) as front:
        answer = front.ask("/link?t=GEHEIM", Cookie="session=GEHEIM", Authorization="Bearer GEHEIM")
        assert answer.status == 502
        front.ask("/login?t=GEHEIM", body=Body(107_000_000))
        assert "GEHEIM" not in front.written("/link")
