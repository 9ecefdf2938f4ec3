"""An application behind waitress, from its first answer to its last."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server

# How long a request under way may still take when the server is told to end.
_PATIENCE = 10.0


@contextmanager
def serving(app: Flask, **settings: Any) -> Iterator[str]:
    """Serve `app` while the block runs; gives its address. `settings` are waitress's own: host, port, threads..."""
    sockets: dict[int, Any] = {}
    server = create_server(app, sockets, ident=None, **settings)
    thread = threading.Thread(target=server.run, name="portal", daemon=True)
    thread.start()
    try:
        yield f"http://{server.effective_host}:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()

        def close() -> None:
            # Every answer is in its buffer now. A browser that keeps its connection open would keep us from ending.
            for channel in [one for one in sockets.values() if isinstance(one, HTTPChannel)]:
                channel.close_when_flushed = True
            server.close()

        # In the thread that waits on these sockets: closing one under its feet is an error there.
        server.trigger.pull_trigger(close)
        thread.join(timeout=_PATIENCE)
