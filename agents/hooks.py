"""Events out to other people's programs, signed as Standard Webhooks says, in order, and again until they are taken.

The receiver checks `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` with the secret.
At least once: an answer that is lost on the way is sent again under the same `webhook-id`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import requests

from agents.post import Post
from netreg.config import Settings
from netreg.config_webhooks import Webhook
from netreg.errors import ConfigError, MailFailed
from netreg.hooking import Hook
from netreg.registry import hooks
from netreg.store.base import now
from netreg.store.outbox import Claim
from netreg.store.transaction import Store, Transaction

CONNECT_SECONDS, ANSWER_SECONDS = 5, 15
AT_MOST_PER_HOUR = 20_000
LEAST_SECRET = 24
# Who answers this does not want the event, ever.
GONE = 410


def posts(store: Store, settings: Settings) -> Iterator[Post]:
    """What carries the events of each webhook that is set. Raises ConfigError for a secret that cannot be used."""
    for one in settings.webhooks:
        yield Caller(store, one, secret_of(Path(one.secret_file), one.name))


def secret_of(path: Path, name: str) -> bytes:
    """The secret in a file; ConfigError where it cannot be read or is short enough to be guessed."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            "netreg.C031", f"webhook {name}: cannot read {path}: {error.strerror}", "correct secret_file"
        ) from error
    if len(secret) < LEAST_SECRET:
        raise ConfigError(
            "netreg.C032", f"webhook {name}: {path} is too short", "make one with: openssl rand -base64 32"
        )
    return secret


def signature(secret: bytes, number: str, timestamp: str, body: bytes) -> str:
    """What proves that the body is ours and was sent then."""
    said = f"{number}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode()


class Caller(Post):
    """Carries the events of one webhook."""

    def __init__(self, store: Store, hook: Webhook, secret: bytes) -> None:
        super().__init__(store, AT_MOST_PER_HOUR)
        self.kinds = (Hook(hook.name, hook.events).kind,)
        self._hook, self._secret = hook, secret

    def _send(self, claim: Claim) -> str:
        with self._store.reading() as session:
            body = hooks.compose(session, claim.target)
        if body is None:
            return "there is no such event any more"
        number, timestamp = f"event-{claim.target}", str(int(now().timestamp()))
        self._post(
            body,
            {
                "Content-Type": "application/json",
                "User-Agent": "netreg",
                "webhook-id": number,
                "webhook-timestamp": timestamp,
                "webhook-signature": signature(self._secret, number, timestamp, body),
            },
        )
        return ""

    def _post(self, body: bytes, headers: dict[str, str]) -> None:
        """Raises MailFailed unless it was taken. No redirect is followed: it could lead anywhere."""
        try:
            with requests.post(
                self._hook.url, data=body, headers=headers, allow_redirects=False, stream=True,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            ) as answer:  # fmt: skip
                status = answer.status_code
        except requests.RequestException as error:
            raise MailFailed(f"webhook {self._hook.name}: no answer ({type(error).__name__})") from error
        if not 200 <= status < 300:
            raise MailFailed(f"webhook {self._hook.name}: answered {status}", permanent=status == GONE)

    def _sent(self, tx: Transaction, claim: Claim) -> None:
        """Its row says it; nobody decided anything, so that there is no event to record."""
