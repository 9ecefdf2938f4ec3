"""Messages out, the only importer of apprise: mail to one address, alerts to every channel, and who carries them.

At least once: a worker that dies after the server took a message and before that was recorded sends it again. Nothing
is lost when the server is away for days: the rows wait. Nobody is flooded when it comes back: one message at a time, so
many in an hour, and of each request only the newest notice to each person (netreg.procedures.notices says which).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import apprise
from sqlalchemy.orm import Session

from agents.post import Post
from netreg.alerting import ALERT, ALERT_MAIL
from netreg.config import Settings
from netreg.errors import ConfigError, InvalidValue, MailFailed
from netreg.notices import NOTICE, Words
from netreg.procedures import notices, reminders, revalidation_mail
from netreg.procedures.desk import mail
from netreg.procedures.outside import mail as outside_mail
from netreg.procedures.outside.words import OUTSIDE
from netreg.registry import account_mail, anchoring, announcing, text
from netreg.registry.account_mail import ACCOUNT
from netreg.registry.anchoring import ANCHOR
from netreg.store.base import now
from netreg.store.outbox import Claim, Delivery
from netreg.store.transaction import Store, Transaction

with warnings.catch_warnings():
    # It imports imghdr, for signatures that we do not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email import NotifyEmail

log = logging.getLogger("netreg.notify")

# Each kind has an hour's share of its own: a link somebody waits for stands in no queue of notices.
MAIL = (NOTICE, ACCOUNT, ALERT_MAIL, OUTSIDE, ANCHOR)
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


def _wrong(urls: Sequence[str], read: Callable[[str], object | None], what: str) -> str:
    """Why nothing can be sent through these, naming none of them; nothing if all can be read."""
    bad = next((f"URL {number} {what}" for number, url in enumerate(urls, start=1) if read(url) is None), "")
    return bad if urls else "there is no URL"


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
        hint = "write a line such as mailtos://user:password@mail.example.org?from=red@example.org"
        if wrong := _wrong(urls, _server, "is not a mail server"):
            raise ConfigError("netreg.C008", f"{settings.mail.url_file}: {wrong}", hint)
        return cls(urls, _header(settings.mail.sender_name or settings.office.name))

    @property
    def servers(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each server, by preference; nothing else of its URL."""
        found = filter(None, map(_server, self.urls))
        return tuple((server.smtp_host, server.port) for server in found)

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


@dataclass(frozen=True)
class Channels:
    """Where alerts go: each channel of the file gets every message. The URLs are secrets and never shown."""

    urls: tuple[str, ...] = field(repr=False)
    sender_name: str

    @classmethod
    def of(cls, settings: Settings) -> Channels | None:
        """The channels of an installation, None where nobody is told; raises ConfigError for a URL that is none."""
        if not settings.alerts.url_file:
            return None
        urls = settings.alert_urls
        hint = "write a line such as tgram://bot-token/chat-id; https://appriseit.com lists the channels"
        if wrong := _wrong(urls, _channel, "is no channel that Apprise knows"):
            raise ConfigError("netreg.C021", f"{settings.alerts.url_file}: {wrong}", hint)
        return cls(urls, _header(settings.mail.sender_name or settings.office.name))

    def send(self, words: Words) -> None:
        """Send one message to every channel; raises MailFailed when none took it.

        Where some did, the message is out, and what the others missed is only logged: a second try would repeat it.
        """
        missed = [number for number, url in enumerate(self.urls, start=1) if not self._took(url, words)]
        if len(missed) == len(self.urls):
            raise MailFailed(f"none of {len(missed)} channels took the message: see alerts.url_file")
        for number in missed:
            log.warning("channel %d of alerts.url_file did not take a message that others took", number)

    def _took(self, url: str, words: Words) -> bool:
        channel = _channel(url)
        if channel is None:
            return False  # it was read at the start
        if isinstance(channel, NotifyEmail):
            channel.from_addr = [self.sender_name, channel.from_addr[1]]
        out = apprise.Apprise(asset=_ASSET)
        out.add(channel)
        return bool(out.notify(title=_header(words.subject), body=words.body, body_format=apprise.NotifyFormat.TEXT))


def _channel(url: str) -> apprise.NotifyBase | None:
    """What a URL of Apprise's names; a mail server among them is spoken to as ours are."""
    found = apprise.Apprise.instantiate(url, asset=_ASSET)
    return _server(url) if isinstance(found, NotifyEmail) else found


class Notifier(Post):
    """Carries the deliveries that are mail."""

    kinds = MAIL

    def __init__(self, store: Store, settings: Settings, mailer: Mailer) -> None:
        super().__init__(store, settings.mail.at_most_per_hour)
        self._settings, self._mailer = settings, mailer

    def _send(self, claim: Claim) -> str:
        found = self._compose(claim)
        if isinstance(found, str):
            return found
        email, words = found
        self._mailer.send(email, words.subject, words.body)
        return ""

    def _sent(self, tx: Transaction, claim: Claim) -> None:
        if claim.kind == ACCOUNT:
            account_mail.sent(tx, claim.target)

    def _compose(self, claim: Claim) -> tuple[str, Words] | str:
        office, language = self._store.office, self._settings.mail.language
        with self._store.reading() as session:
            if claim.kind == ACCOUNT:
                owed = session.get_one(Delivery, claim.id).created
                key = self._settings.secret_key
                return account_mail.compose(session, claim.target, owed, key, office, language)
            if claim.kind == OUTSIDE:
                return outside_mail.compose(session, claim.target, self._settings.secret_key, office)
            if claim.kind == ANCHOR:
                return anchoring.compose(claim.target, self._settings.audit.anchor_mail, office, language)
            if claim.kind == ALERT_MAIL:
                return announcing.compose_mail(session, claim.target, office, language)
            today = office.today
            if reminders.names(claim.target):
                found = reminders.compose(session, claim.target, office, language, now())
            elif mail.names(claim.target):
                found = mail.compose(session, claim.target, office, language, today)
            elif revalidation_mail.names(claim.target):
                found = revalidation_mail.compose(session, claim.target, office, language, today)
            else:
                found = notices.compose(session, claim.id, claim.target, office, language, today)
            return found if isinstance(found, str) else (found.email, found.words)


class Announcer(Post):
    """Carries the messages about alerts to the channels."""

    kinds = (ALERT,)

    def __init__(self, store: Store, settings: Settings, channels: Channels) -> None:
        super().__init__(store, settings.alerts.at_most_per_hour)
        self._settings, self._channels = settings, channels
        # Which alerts the message under way tells of; there is one at a time.
        self._told: tuple[int, ...] = ()

    def may_go(self, session: Session, at: datetime) -> tuple[str, ...]:
        """Nothing in the quiet hours, also not what was owed before or failed."""
        times = self._store.office.announce
        return super().may_go(session, at) if times is None or times.allowed(at) <= at else ()

    def _send(self, claim: Claim) -> str:
        with self._store.reading() as session:
            found = announcing.compose(session, claim.target, self._store.office, self._settings.alerts.language)
        if isinstance(found, str):
            return found
        self._told = found.alerts
        self._channels.send(found.words)
        return ""

    def _sent(self, tx: Transaction, claim: Claim) -> None:
        announcing.note_told(tx, claim.target, self._told, now())
