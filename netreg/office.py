"""What the town hall set about itself: its clock, its letterhead, where its files lie and what its address is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from netreg.alerting import Times
from netreg.config import Clocks, Settings
from netreg.config_procedures import Public, Unit
from netreg.detection.facts import DetectionSettings, Guarded
from netreg.errors import ConfigError, InvalidValue
from netreg.hooking import Hook
from netreg.letters import efirma, wording
from netreg.letters.efirma import Efirma
from netreg.letters.letterhead import Letterhead
from netreg.letters.wording import Wording
from netreg.mac import MacAddress
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_cells import hours_of
from netreg.policy.calendar_files import WEEKDAYS
from netreg.privacy import PrivacyNotice, Retention
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.particulars import Said
from netreg.procedures.units import Units

# How letters are signed (setting `letterhead.signing`).
PORTAL, AUTOGRAPH, EFIRMA = "portal", "autograph", "efirma"


@dataclass(frozen=True)
class Seal:
    """The e.firma of this office: whose it is (their e-mail), and where its files lie. They are read when it signs."""

    owner: str
    certificate: Path
    key: Path
    password: Path

    def open(self) -> Efirma:
        """Raises InvalidValue where the files cannot be read or do not belong together."""
        try:
            files = [one.read_bytes() for one in (self.certificate, self.key, self.password)]
        except OSError as error:
            raise InvalidValue(
                f"No se puede leer la e.firma: {error.strerror}.",
                f"The e.firma cannot be read: {error.strerror}.",
                code="efirma_unreadable",
                field="signature",
            ) from error
        return efirma.opened(files[0], files[1], files[2].strip(b"\r\n"))


@dataclass(frozen=True)
class Office:
    """What the town hall set, as values and places.

    `files` is the folder of letters and uploads, outside of anything a web server hands out.

    `address` is where people reach the portal, for the codes on letters. In a `small` office one person may draft and
    sign the same letter; the audit log tells it. `mail` says whether there is a server to send notices through. A
    temporary right lasts `temporary_days` at most; 0: none are given. Every area is asked in `revalidation_month` which
    devices it still needs; 0: in none. `calendar` is that of the settings; the one that counts has its dates besides
    (netreg.procedures.calendars).
    With `second_person` nobody confirms a stopped plan whose removals they ordered, while somebody else may.
    `retention_key` is the file with the key that addresses are hashed with once their term is over. `protected` are the
    addresses nobody may block. `announce` says when people are told of alerts; None: nobody is.
    `catalogue` are the procedures that people may ask for, `lists` the choices that the office keeps for their forms,
    `mail_domain` that of its mailboxes, `public` the limits of the forms for people outside.
    `detection` are the limits by which what the scanner sees is judged.
    `hooks` are the programs of others that are told what happens.
    `signing` is how letters are signed, `seal` the e.firma where that is how, `wording` the words of the answers.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/Mexico_City"))
    letterhead: Letterhead = field(default_factory=Letterhead)
    files: Path = Path("data/files")
    address: str = "http://127.0.0.1:8080"
    small: bool = False
    signatory_post: str = "Titular de la Coordinación de Gobierno Digital e Informática"
    calendar: Calendar = field(default_factory=Calendar)
    clocks: Clocks = field(default_factory=Clocks)
    mail: bool = False
    temporary_days: int = 0
    revalidation_month: int = 0
    private_addresses: bool = True
    second_person: bool = True
    notice: PrivacyNotice = field(default_factory=PrivacyNotice)
    retention: Retention = field(default_factory=Retention)
    retention_key: Path = Path("data/retention.key")
    protected: frozenset[MacAddress] = frozenset()
    announce: Times | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    public: Public = field(default_factory=Public)
    mail_domain: str = ""
    hooks: tuple[Hook, ...] = ()
    signing: str = PORTAL
    seal: Seal | None = None
    wording: Wording = field(default_factory=Wording)
    detection: DetectionSettings = field(default_factory=DetectionSettings)

    @property
    def today(self) -> date:
        """The date at the office, where it is still yesterday when the next day begins in UTC."""
        return datetime.now(self.zone).date()

    @property
    def pending_files(self) -> Path:
        """The folder of the files of forms that nobody has confirmed yet, beside that of the requests' own."""
        return self.files.with_name("pending")

    @classmethod
    def of(cls, settings: Settings) -> Office:
        """The office of an installation.

        Raises InvalidValue for a letterhead that cannot be printed, ConfigError for an e.firma or texts that cannot be
        used.
        """
        printed = {one.name for one in fields(Letterhead)}
        said = settings.letterhead.model_dump(include=printed)
        crest = settings.crest
        head = Letterhead(municipality=settings.office.name, timezone=settings.office.timezone, crest=crest, **said)
        own = settings.texts
        return cls(
            zone=settings.zone,
            letterhead=head,
            files=settings.data_dir / "files",
            address=settings.server.address,
            small=settings.office.small,
            signatory_post=settings.letterhead.signatory_post,
            calendar=_calendar(settings),
            clocks=settings.clocks,
            mail=bool(settings.mail.url_file),
            temporary_days=settings.office.temporary_days,
            revalidation_month=settings.office.revalidation_month,
            private_addresses=settings.office.private_mac == "override",
            second_person=settings.push.second_person,
            notice=_notice(settings),
            retention=Retention(
                settings.privacy.retention_months, settings.privacy.sighting_days, settings.privacy.trail_days
            ),
            retention_key=settings.retention_key_file,
            protected=settings.protected_macs,
            announce=_announce(settings),
            catalogue=catalogue_of(settings),
            lists={f"catalog:{name}": values for name, values in settings.procedures.lists.model_dump().items()},
            mail_domain=settings.procedures.mail_domain,
            public=settings.public,
            hooks=tuple(Hook(one.name, one.events) for one in settings.webhooks),
            signing=settings.letterhead.signing,
            seal=_seal(settings),
            detection=_detection(settings),
            wording=Wording() if own is None else wording.parse(own, settings.letterhead.texts_file),
        )


def catalogue_of(settings: Settings) -> Catalogue:
    """The procedures of an installation by its own names; raises ConfigError for what does not fit together."""
    said = settings.procedures.units
    units = Units(*(_names(one) for one in (said.roles, said.owner, said.executing)))
    return Catalogue.of(settings.procedures.enabled, settings.own_procedures, units)


def _names(said: Mapping[str, Unit]) -> dict[str, Said]:
    return {key: Said(es=name.es, en=name.en) for key, name in said.items()}


def _detection(settings: Settings) -> DetectionSettings:
    said = settings.alerts
    return DetectionSettings(
        storm_limit=said.storm_new,
        storm_window=timedelta(minutes=said.storm_minutes),
        grace=timedelta(minutes=said.grace_minutes),
        guarded=tuple(
            Guarded(one.name, str(one.ip), frozenset(map(MacAddress.parse, one.macs))) for one in settings.scan.guarded
        ),
    )


def _announce(settings: Settings) -> Times | None:
    said = settings.alerts
    if not said.url_file:
        return None
    quiet = (time.fromisoformat(said.quiet_from), time.fromisoformat(said.quiet_until)) if said.quiet_from else None
    return Times(settings.zone, said.digest_hour, quiet)


def _calendar(settings: Settings) -> Calendar:
    hours = settings.office.hours
    return Calendar(settings.office.timezone, tuple(hours_of(getattr(hours, day)) for day in WEEKDAYS))


def _notice(settings: Settings) -> PrivacyNotice:
    said = settings.privacy
    return PrivacyNotice(
        said.version,
        said.date,
        settings.privacy_text,
        said.guarantor,
        said.arco,
        said.retention_months,
        said.trail_days,
    )


def _seal(settings: Settings) -> Seal | None:
    """The e.firma of the settings, once its files and the program for it are there."""
    said = settings.letterhead
    if said.signing != EFIRMA:
        return None
    if not efirma.is_installed():
        raise ConfigError(
            "netreg.C013", "signing with e.firma needs pyHanko", 'install it: pip install "netreg[firma]"'
        )
    files = [Path(one) for one in (said.efirma_certificate_file, said.efirma_key_file, said.efirma_password_file)]
    for one in files:
        if not os.access(one, os.R_OK):
            raise ConfigError("netreg.C013", f"cannot read {one}", "correct the efirma files of letterhead")
    return Seal(said.efirma_owner, *files)
