"""Serve the portal until told to stop."""

from __future__ import annotations

import threading

from netreg.config import Settings
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
    with serving(app, host=one.host, port=one.port, threads=one.threads, url_scheme=scheme):
        stopping.wait()
