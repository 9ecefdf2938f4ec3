"""What the town hall set about itself: its clock, its letterhead, where its files lie and what its address is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from netreg.config import Clocks, Settings
from netreg.letters.letterhead import Letterhead
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_cells import hours_of
from netreg.policy.calendar_files import WEEKDAYS
from netreg.privacy import PrivacyNotice, Retention


@dataclass(frozen=True)
class Office:
    """`files` is the folder of letters and uploads, outside of anything a web server hands out.

    `address` is where people reach the portal, for the codes on letters. In a `small` office one person may draft and
    sign the same letter; the audit log tells it. `mail` says whether there is a server to send notices through. A
    temporary right lasts `temporary_days` at most; 0: none are given. `calendar` is that of the settings; the one
    that counts has its dates besides (netreg.procedures.calendars).
    sign the same letter; the audit log tells it. `mail` says whether there is a server to send notices through.
    `retention_key` is the file with the key that addresses are hashed with once their term is over.
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
    private_addresses: bool = True
    notice: PrivacyNotice = field(default_factory=PrivacyNotice)
    retention: Retention = field(default_factory=Retention)
    retention_key: Path = Path("data/retention.key")

    @classmethod
    def of(cls, settings: Settings) -> Office:
        """The office of an installation.

        Raises InvalidValue for a letterhead that cannot be printed, ConfigError for a file that cannot be read.
        """
        said = settings.letterhead.model_dump(exclude={"crest_file", "signatory_post"})
        crest = settings.crest
        head = Letterhead(municipality=settings.office.name, timezone=settings.office.timezone, crest=crest, **said)
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
            private_addresses=settings.office.private_mac == "override",
        )


def _calendar(settings: Settings) -> Calendar:
    hours = settings.office.hours
    return Calendar(settings.office.timezone, tuple(hours_of(getattr(hours, day)) for day in WEEKDAYS))
