"""Mail out, the only importer of apprise: one message to one address, and the worker's hand for notices.

At least once: a worker that dies after the server took a message and before that was recorded sends it again. Nothing
is lost when the server is away for days: the rows wait. Nobody is flooded when it comes back: one message at a time, so
many in an hour, and of each request only the newest notice to each person (netreg.procedures.notices says which).
"""

from __future__ import annotations

import logging
import threading
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import apprise
from sqlalchemy.orm import Session

from netreg.config import Settings
from netreg.errors import ConfigError, InvalidValue, MailFailed
from netreg.notices import NOTICE, Words
from netreg.procedures import notices, reminders, revalidation_mail
from netreg.registry import account_mail, text
from netreg.registry.account_mail import ACCOUNT
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Claim, Delivery
from netreg.store.transaction import Store

with warnings.catch_warnings():
    # It imports imghdr, for signatures that we do not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email import NotifyEmail

log = logging.getLogger("netreg.notify")

ACTOR = "agent:notify"
# Mail about accounts has an hour's share of its own: a link somebody waits for stands in no queue of notices.
MAIL = (NOTICE, ACCOUNT)
WINDOW = timedelta(hours=1)
BACKOFF_MOST_SECONDS = 3600.0
# An address that fails for this long will not take this message any more; servers give up after about as much.
GIVE_UP = timedelta(days=7)
CONNECT_SECONDS = 15


class _Reason(logging.Filter):
    """Keeps why the last message did not go out, which apprise tells its log and nobody else, and lets nothing pass.

    That log has addresses in it, the text of a URL it cannot read, and below DEBUG passwords.
    """

    said = ""

    def filter(self, record: logging.LogRecord) -> bool:
        _, mark, reason = record.getMessage().partition("Socket Exception: ")
        self.said = reason if mark else self.said
        return False


_REASON = _Reason()
logging.getLogger("apprise").addFilter(_REASON)
logging.getLogger("apprise").setLevel(logging.DEBUG)
_ASSET = apprise.AppriseAsset(
    app_id="netreg", secure_logging=True, interpret_escapes=False, interpret_emojis=False, storage_mode="memory"
)


@dataclass(frozen=True)
class Mailer:
    """Sends through the first server that takes the message. Its URLs are secrets and never shown."""

    urls: tuple[str, ...] = field(repr=False)
    sender_name: str

    @classmethod
    def of(cls, settings: Settings) -> Mailer | None:
        """The mailer of an installation, None where no mail is sent; raises ConfigError for a URL that is no server."""
        if not settings.mail.url_file:
            return None
        urls = settings.mail_urls
        for number, url in enumerate(urls, start=1):
            if _server(url) is None:
                raise _bad_file(settings, f"URL {number} is not a mail server")
        if not urls:
            raise _bad_file(settings, "there is no URL")
        return cls(urls, _header(settings.mail.sender_name or settings.office.name))

    def send(self, address: str, subject: str, body: str) -> None:
        """Send one message in plain text to one address.

        Raises MailFailed: permanent for what is not an address, otherwise when no server took it.
        """
        try:
            to = text.email(address)
        except InvalidValue as error:
            raise MailFailed("the person's e-mail is not an address: correct it", permanent=True) from error
        tried = []
        for url in self.urls:
            problem = self._problem(url, to, subject, body)
            if not problem:
                return
            tried.append(problem)
        raise MailFailed(
            f"no mail server took the message ({'; '.join(tried)}): see mail.url_file and that server's log"
        )

    def _problem(self, url: str, to: str, subject: str, body: str) -> str:
        """Send through one server; why it did not go, or nothing."""
        server = _server(url)
        if server is None:
            return "an unreadable URL"  # it was read at the start
        # One message, one reader: whatever other recipients the URL names are not ours to tell.
        server.targets, server.cc, server.bcc = [(False, to)], set(), set()
        server.from_addr = [self.sender_name, server.from_addr[1]]
        out = apprise.Apprise(asset=_ASSET)
        out.add(server)
        _REASON.said = ""
        # notify() never raises; what it answers is falsy when the message did not go out.
        if out.notify(title=_header(subject), body=body, body_format=apprise.NotifyFormat.TEXT):
            return ""
        reason = _without(_REASON.said, server.password, server.user, to)
        return f"{server.smtp_host}:{server.port}: {reason or 'no answer'}"


def _server(url: str) -> NotifyEmail | None:
    server = apprise.Apprise.instantiate(url, asset=_ASSET)
    if not isinstance(server, NotifyEmail):
        return None
    # Its default is HTML, which would read our text as markup.
    server.notify_format = apprise.NotifyFormat.TEXT  # type: ignore[assignment]
    server.socket_connect_timeout = CONNECT_SECONDS
    server.headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    return server


def _without(said: str, *secrets: str | None) -> str:
    """What a server said, short and on one line, without what must not be shown even if it repeats it."""
    for secret in filter(None, secrets):
        said = said.replace(secret, "***")
    return _header(said)[:200]


def _header(raw: str) -> str:
    """One line of printable characters: a line break in a header would begin the next one."""
    return " ".join("".join(char if char.isprintable() else " " for char in raw).split())


def _bad_file(settings: Settings, what: str) -> ConfigError:
    hint = "write a line such as mailtos://user:password@mail.example.org?from=red@example.org"
    return ConfigError("netreg.C008", f"{settings.mail.url_file}: {what}", hint)


class Notifier:
    """Carries the deliveries that are mail, for one worker.

    The rows are the truth. What is kept in memory only spares work: a worker that starts anew tries at once.
    """

    def __init__(self, store: Store, settings: Settings, mailer: Mailer) -> None:
        self._store, self._settings, self._mailer = store, settings, mailer
        self._under_way = threading.Event()
        self._rests_until: datetime | None = None
        self._full_until: dict[str, datetime] = {}
        self._failures = 0

    def may_go(self, session: Session, at: datetime) -> tuple[str, ...]:
        """What kinds of mail may be claimed now: none while one is under way or the server is away.

        What may not go is not claimed at all, so that a backlog costs no attempts and never keeps a push waiting.
        """
        if self._under_way.is_set() or (self._rests_until and at < self._rests_until):
            return ()
        return tuple(kind for kind in MAIL if self._has_room(session, kind, at))

    def _has_room(self, session: Session, kind: str, at: datetime) -> bool:
        """Whether something of this kind is due, and its hour is not full."""
        if at < self._full_until.get(kind, at) or not outbox.is_due(session, at, (kind,)):
            return False
        sent, first = outbox.done_since(session, kind, at - WINDOW)
        if first is None or sent < self._settings.mail.at_most_per_hour:
            return True
        self._full_until[kind] = first + WINDOW
        return False

    def begin(self) -> None:
        """A message was claimed; the next one waits for its end."""
        self._under_way.set()

    def carry(self, claim: Claim) -> None:
        """Send one message, or record why it need not go; no transaction is open meanwhile."""
        try:
            self._carry(claim)
        finally:
            self._under_way.clear()

    def _carry(self, claim: Claim) -> None:
        found = self._compose(claim)
        if isinstance(found, str):
            self._finish(claim, moot=found)
            return
        email, words = found
        try:
            self._mailer.send(email, words.subject, words.body)
        except MailFailed as error:
            self._failed(claim, error)
            return
        self._failures = 0
        self._finish(claim)
        log.info("%s %s sent", claim.kind, claim.target)

    def _compose(self, claim: Claim) -> tuple[str, Words] | str:
        office, language = self._store.office, self._settings.mail.language
        with self._store.reading() as session:
            if claim.kind == ACCOUNT:
                owed = session.get_one(Delivery, claim.id).created
                key = self._settings.secret_key
                return account_mail.compose(session, claim.target, owed, key, office, language)
            today = now().astimezone(office.zone).date()
            if reminders.names(claim.target):
                found = reminders.compose(session, claim.target, office, language, now())
            elif revalidation_mail.names(claim.target):
                found = revalidation_mail.compose(session, claim.target, office, language, today)
            else:
                found = notices.compose(session, claim.id, claim.target, office, language, today)
            return found if isinstance(found, str) else (found.email, found.words)

    def _finish(self, claim: Claim, moot: str = "") -> None:
        with self._store.transaction(ACTOR) as tx:
            mine = outbox.finish(tx.session, claim, now(), moot)
            if mine and not moot and claim.kind == ACCOUNT:
                account_mail.sent(tx, claim.target)
        if not mine:
            log.warning("%s %s: the lease ran out before the end; it may go out twice", claim.kind, claim.target)

    def _failed(self, claim: Claim, error: MailFailed) -> None:
        log.warning("%s %s: %s", claim.kind, claim.target, error)
        jitter = outbox.spread()
        with self._store.transaction(ACTOR) as tx:
            permanent = error.permanent or now() - tx.session.get_one(Delivery, claim.id).created > GIVE_UP
            outbox.fail(
                tx.session, claim, now(), str(error), permanent=permanent, jitter=jitter, most=BACKOFF_MOST_SECONDS
            )
        if not error.permanent:
            # The server is away for all of them: the others wait without an attempt of their own.
            self._failures += 1
            self._rests_until = now() + outbox.backoff(self._failures, jitter, BACKOFF_MOST_SECONDS)
