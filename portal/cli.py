"""Serve the portal until told to stop."""

from __future__ import annotations

import threading
from typing import Any

from netreg.config import Server, Settings
from netreg.store.transaction import Store
from portal.app import create_app
from portal.serving import serving


def serve_portal(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """Answer at the configured address until `stopping` is set; requests under way are finished first.

    Raises OSError when the address cannot be taken, and ConfigError when the portal cannot be made.
    """
    one = settings.server
    scheme = "https" if one.https else "http"
    app = create_app(settings, store)
    with serving(app, host=one.host, port=one.port, threads=one.threads, url_scheme=scheme, **believing(one)):
        stopping.wait()


def believing(server: Server) -> dict[str, Any]:
    """What waitress is told of the proxy in front: whose word on where a request comes from it believes, if anybody's.

    Of anybody else the header is thrown away: whoever could write it would be somebody new at each try.
    """
    if not server.trusted_proxy:
        return {}
    return {
        "trusted_proxy": str(server.trusted_proxy),
        "trusted_proxy_headers": "x-forwarded-for",
        "clear_untrusted_proxy_headers": True,
    }
