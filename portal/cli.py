"""Serve the portal until told to stop."""

from __future__ import annotations

import threading
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server

from netreg.config import Settings
from netreg.store.transaction import Store
from portal.app import create_app


def serve_portal(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """Answer at the configured address until `stopping` is set; requests under way are finished first.

    Raises OSError when the address cannot be taken, and ConfigError when the portal cannot be made.
    """
    sockets: dict[int, Any] = {}
    server = create_server(
        create_app(settings, store),
        sockets,
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

    def close() -> None:
        # Every answer is in its buffer now. A browser that keeps its connection open would keep us from ending.
        for channel in [one for one in sockets.values() if isinstance(one, HTTPChannel)]:
            channel.close_when_flushed = True
        server.close()

    # In the thread that waits on these sockets: closing one under its feet is an error there.
    server.trigger.pull_trigger(close)
    serving.join(timeout=10)
