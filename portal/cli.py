"""Serve the portal until told to stop."""

from __future__ import annotations

import threading

from waitress.server import create_server

from netreg.config import Settings
from netreg.store.transaction import Store
from portal.app import create_app


def serve_portal(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """Answer at the configured address until `stopping` is set; requests under way are finished first.

    Raises OSError when the address cannot be taken, and ConfigError when the portal cannot be made.
    """
    server = create_server(
        create_app(settings, store),
        host=settings.server.host,
        port=settings.server.port,
        threads=settings.server.threads,
        ident=None,
        url_scheme="https" if settings.server.https else "http",
    )
    serving = threading.Thread(target=server.run, name="portal", daemon=True)
    serving.start()
    stopping.wait()
    server.task_dispatcher.shutdown()
    server.close()
    serving.join(timeout=10)
