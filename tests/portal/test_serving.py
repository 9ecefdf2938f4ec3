"""The portal is told to stop: who was being answered still gets the whole answer."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any, cast

import pytest
from flask import Flask

import portal.cli
from netreg.config import Settings
from netreg.store.transaction import Store
from portal.cli import believing
from portal.serving import serving
from tests.cli.test_serve import free_port
from tests.lab.firewall import wait_until

LONG = b"acuse " * 100_000


def test_a_request_under_way_is_answered_before_the_portal_ends(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    begun, release, stopping = threading.Event(), threading.Event(), threading.Event()

    def slow(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begun.set()
        assert release.wait(20)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [LONG]

    settings = Settings.model_validate({"server": {"port": free_port()}})
    monkeypatch.setattr(portal.cli, "create_app", lambda *_: slow)
    with ThreadPoolExecutor(2) as pool:
        served = pool.submit(portal.cli.serve_portal, settings, store, stopping)
        wait_until(lambda: listens(settings.server.port), "the portal to listen")
        asked = pool.submit(_get, f"http://127.0.0.1:{settings.server.port}/")
        assert begun.wait(20)
        stopping.set()
        release.set()
        assert asked.result(20) == LONG
        served.result(20)
    assert "portal" not in {thread.name for thread in threading.enumerate()}


def test_a_browser_that_keeps_its_connection_does_not_keep_the_portal(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    def quick(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    stopping = threading.Event()
    settings = Settings.model_validate({"server": {"port": free_port()}})
    monkeypatch.setattr(portal.cli, "create_app", lambda *_: quick)
    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(portal.cli.serve_portal, settings, store, stopping)
        wait_until(lambda: listens(settings.server.port), "the portal to listen")
        browser = HTTPConnection("127.0.0.1", settings.server.port, timeout=20)
        browser.request("GET", "/")
        assert browser.getresponse().read() == b"ok"
        stopping.set()
        served.result(20)
        browser.close()
    assert "portal" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("trusted", "told", "believed"),
    [
        ("", "203.0.113.7", "127.0.0.1"),
        ("192.0.2.9", "203.0.113.7", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
    ],
)
def test_only_the_trusted_proxy_says_where_a_request_comes_from(trusted: str, told: str, believed: str) -> None:
    """What a stranger wrote into the header before the proxy added to it counts for nothing."""

    def who(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["REMOTE_ADDR"].encode()]

    settings = Settings.model_validate({"server": {"trusted_proxy": trusted}})
    with serving(cast(Flask, who), host="127.0.0.1", port=0, threads=4, **believing(settings.server)) as address:
        request = urllib.request.Request(address, headers={"X-Forwarded-For": told})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.read().decode() == believed


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return bytes(answer.read())
