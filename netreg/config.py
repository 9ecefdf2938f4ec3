"""config.toml -> frozen Settings. Every key is in config.example.toml; a wrong one is named with its mend.

Secrets come by file (`*_file`); nothing secret is ever in the file itself or in the database in clear. A setting can be
overridden by an environment variable: NETREG_SERVER__PORT=9000.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, IPvAnyAddress, PrivateAttr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from netreg.config_backup import Audit, Backup
from netreg.config_detection import Alerts, Scan
from netreg.config_procedures import Procedures, Public
from netreg.config_values import Address, Day, Log, Open, Role, Section, Zone
from netreg.config_webhooks import Webhook
from netreg.errors import ConfigError
from netreg.mac import MacAddress

SECRET_KEY_LENGTH = 32

_Placed = TypeVar("_Placed", bound=Section)
_Foldered = TypeVar("_Foldered", Procedures, Backup)


class Server(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    threads: int = Field(default=32, ge=4, le=256)
    https: bool = False
    address: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+$")] = "http://127.0.0.1:8080"
    # Whose word on where a request comes from is believed; "" for nobody's.
    trusted_proxy: Literal[""] | IPvAnyAddress = ""


class Hours(Section):
    """When the office is open, by weekday; a day without hours is closed, and no day of a term."""

    mon: Open = "09:00-16:00"
    tue: Open = "09:00-16:00"
    wed: Open = "09:00-16:00"
    thu: Open = "09:00-16:00"
    fri: Open = "09:00-16:00"
    sat: Open = ""
    sun: Open = ""

    @model_validator(mode="after")
    def _opens_once(self) -> Hours:
        if not any(self.model_dump().values()):
            raise ValueError("the office opens on one day at least")
        return self


class Office(Section):
    name: str = "Ayuntamiento"
    language: Literal["es", "en"] = "es"
    timezone: Zone = "America/Mexico_City"
    small: bool = False
    private_mac: Literal["never", "override"] = "override"
    temporary_days: int = Field(default=0, ge=0, le=30)
    revalidation_month: int = Field(default=0, ge=0, le=12)
    hours: Hours = Hours()


class Clocks(Section):
    """Targets of the office's own clocks; the 72 hours of the manual stand in the procedure."""

    turn_hours: int = Field(default=4, ge=1, le=80)
    response_days: int = Field(default=5, ge=1, le=90)
    receipt_days: tuple[Annotated[int, Field(ge=1, le=90)], Annotated[int, Field(ge=1, le=90)]] = (3, 8)
    correction_days: int = Field(default=10, ge=1, le=90)
    reopen_days: int = Field(default=10, ge=1, le=90)


class Letterhead(Section):
    unit: str = "Gobierno Digital e Informática"
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    place: str = ""
    slogan: str = ""
    primary: str = "#1f3a4d"
    secondary: str = "#8a7a5c"
    number_prefix: str = "OF"
    crest_file: str = ""
    signatory_post: str = "Titular de la Coordinación de Gobierno Digital e Informática"
    signing: Literal["portal", "autograph", "efirma"] = "portal"
    efirma_owner: str = ""
    efirma_certificate_file: str = ""
    efirma_key_file: str = ""
    efirma_password_file: str = ""
    texts_file: str = ""

    @model_validator(mode="after")
    def _efirma_is_whole(self) -> Letterhead:
        said = (self.efirma_owner, self.efirma_certificate_file, self.efirma_key_file, self.efirma_password_file)
        if self.signing == "efirma" and not all(said):
            raise ValueError(
                'signing = "efirma" needs efirma_owner, efirma_certificate_file, efirma_key_file and '
                "efirma_password_file"
            )
        return self


class Guard(Section):
    percent: int = Field(default=10, ge=0, le=100)
    removals: int = Field(default=20, ge=0)
    protected: tuple[Address, ...] = ()


class Push(Section):
    reconcile_minutes: int = Field(default=15, ge=1, le=1440)
    lease_seconds: int = Field(default=120, ge=10, le=3600)
    alarm_minutes: int = Field(default=15, ge=1, le=1440)
    parallel: int = Field(default=8, ge=1, le=64)
    pause_after: int = Field(default=3, ge=1, le=100)
    pause_seconds: int = Field(default=30, ge=1, le=3600)
    pause_most_minutes: int = Field(default=15, ge=1, le=1440)
    second_person: bool = True


class Mail(Section):
    url_file: str = ""
    # No line break and no sign that has a meaning in a header.
    sender_name: Annotated[str, StringConstraints(pattern=r'^[^\x00-\x1f\x7f<>"\\]{0,80}$')] = ""
    language: Literal["es", "en"] = "es"
    at_most_per_hour: int = Field(default=60, ge=1, le=10_000)


class Security(Section):
    totp_roles: tuple[Role, ...] = ()
    idle_hours: int = Field(default=4, ge=1, le=24)
    session_hours: int = Field(default=12, ge=1, le=168)
    secret_key_file: str = ""

    @property
    def idle(self) -> timedelta:
        """How long a session lives without a look at a page."""
        return timedelta(hours=self.idle_hours)

    @property
    def longest(self) -> timedelta:
        """How long it lives at all."""
        return timedelta(hours=self.session_hours)


class Privacy(Section):
    notice_file: str = ""
    version: str = Field(default="", max_length=40)
    date: Day = ""
    guarantor: str = Field(default="", max_length=200)
    arco: str = Field(default="", max_length=300)
    retention_months: int = Field(default=12, ge=1, le=240)
    sighting_days: int = Field(default=90, ge=1, le=3650)
    trail_days: int = Field(default=90, ge=1, le=3650)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        # A request stores which notice its sender saw; one without a version could not be named.
        if self.notice_file and not (self.version and self.date):
            raise ValueError("a notice needs its version and its date")
        return self


class Settings(BaseSettings):
    """All settings. Paths in the file are relative to the file; the environment wins over the file."""

    model_config = SettingsConfigDict(
        env_prefix="NETREG_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    data_dir: Path = Path("data")
    database: str = ""
    server: Server = Server()
    log: Log = Log()
    office: Office = Office()
    clocks: Clocks = Clocks()
    letterhead: Letterhead = Letterhead()
    guard: Guard = Guard()
    push: Push = Push()
    scan: Scan = Scan()
    alerts: Alerts = Alerts()
    webhooks: tuple[Webhook, ...] = ()
    mail: Mail = Mail()
    security: Security = Security()
    privacy: Privacy = Privacy()
    procedures: Procedures = Procedures()
    public: Public = Public()
    backup: Backup = Backup()
    audit: Audit = Audit()
    _origin: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _mail_has_a_way(self) -> Self:
        if self.audit.anchor_mail and not self.mail.url_file:
            raise ValueError("audit.anchor_mail needs mail.url_file")
        return self

    @property
    def origin(self) -> Path | None:
        """The file these settings were read from; None where they come from a text."""
        return self._origin

    @property
    def database_url(self) -> str:
        """The configured database, or an SQLite file in the data directory."""
        return self.database or f"sqlite:///{self.data_dir / 'netreg.db'}"

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.office.timezone)

    @property
    def crest(self) -> bytes | str | None:
        """The town hall's crest: the text of an SVG or the bytes of a PNG, None where there is no file."""
        if not self.letterhead.crest_file:
            return None
        path = Path(self.letterhead.crest_file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                "netreg.C006", f"cannot read {path}: {error.strerror}", "correct letterhead.crest_file"
            ) from error
        return content if content.startswith(b"\x89PNG") else content.decode("utf-8", "replace")

    @property
    def texts(self) -> str | None:
        """The town hall's own words for its answers, as TOML; None where there is no file."""
        return _text(self.letterhead.texts_file, "letterhead.texts_file")

    @property
    def mail_urls(self) -> tuple[str, ...]:
        """Where mail goes out, by preference, from the file that holds it: a secret. Empty where no mail is sent."""
        return _urls(self.mail.url_file, "mail.url_file")

    @property
    def alert_urls(self) -> tuple[str, ...]:
        """Where alerts go out, from the file that holds it: a secret. Empty where nobody is told."""
        return _urls(self.alerts.url_file, "alerts.url_file")

    @property
    def privacy_text(self) -> str:
        """The full privacy notice, or nothing where there is no file yet."""
        if not self.privacy.notice_file:
            return ""
        path = Path(self.privacy.notice_file)
        try:
            return path.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                "netreg.C020", f"cannot read {path}: {type(error).__name__}", "correct privacy.notice_file, or empty it"
            ) from error

    @property
    def retention_key_file(self) -> Path:
        """What addresses are hashed with once their term is over; made at `netreg init` and never again."""
        return self.data_dir / "retention.key"

    @property
    def seal_key_file(self) -> Path:
        """What exports of the audit log are signed with, where somebody made one (`netreg audit key`)."""
        return self.data_dir / "audit.key"

    @property
    def own_procedures(self) -> Path | None:
        """The folder with the office's own definitions of procedures; None where it has none."""
        return Path(self.procedures.folder) if self.procedures.folder else None

    @property
    def vendors_file(self) -> Path:
        """The installation's own table of vendors, where somebody made one (`netreg vendor refresh`)."""
        return self.data_dir / "vendors.gz"

    @property
    def secret_key_file(self) -> Path:
        """What signs sessions and links; made at `netreg init`, readable by the service alone."""
        own = self.security.secret_key_file
        return Path(own) if own else self.data_dir / "secret.key"

    @property
    def secret_key(self) -> str:
        """The secret of that file; raises ConfigError where there is none, or one that is too short."""
        path = self.secret_key_file
        try:
            key = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                "netreg.C010", f"cannot read {path}: {type(error).__name__}", "make it with: netreg init"
            ) from error
        if len(key) < SECRET_KEY_LENGTH:
            raise ConfigError("netreg.C011", f"{path} is too short to sign with", "remove it and run: netreg init")
        return key

    @property
    def protected_macs(self) -> frozenset[MacAddress]:
        return frozenset(MacAddress.parse(text) for text in self.guard.protected)

    @property
    def ignored_macs(self) -> frozenset[MacAddress]:
        return frozenset(MacAddress.parse(text) for text in self.scan.ignore)

    @property
    def expected_macs(self) -> frozenset[MacAddress]:
        """Addresses that belong on the network though nobody registered them: the protected and the ignored ones."""
        return self.protected_macs | self.ignored_macs


def load(path: Path) -> Settings:
    """Settings of the file at `path`; raises ConfigError naming the key, what is wrong and how to mend it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "netreg.C001", f"cannot read {path}: {error.strerror}", "make one with: netreg init --config " + str(path)
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("netreg.C002", f"{path} is not UTF-8 text: {error}", "save it as UTF-8") from error
    settings = parse(text, path.parent, str(path))
    settings._origin = path.resolve()
    return settings


def parse(text: str, folder: Path, origin: str = "config") -> Settings:
    """Settings of a TOML text whose relative paths start at `folder`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("netreg.C002", f"{origin} is not TOML: {error}", "mend the line named") from error
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise _finding(error, origin) from error
    paths: dict[str, Any] = {
        "data_dir": (folder / settings.data_dir).resolve(),
        "letterhead": _placed(settings.letterhead, folder),
        "mail": _placed(settings.mail, folder),
        "alerts": _placed(settings.alerts, folder),
        "privacy": _placed(settings.privacy, folder),
        "security": _placed(settings.security, folder),
        "procedures": _foldered(settings.procedures, folder),
        "webhooks": tuple(_placed(one, folder) for one in settings.webhooks),
        "backup": _foldered(settings.backup, folder),
        "audit": _placed(settings.audit, folder),
    }
    return settings.model_copy(update=paths)


def _placed(section: _Placed, folder: Path) -> _Placed:
    """The section with the paths of its files starting at `folder`."""
    named = {key: getattr(section, key) for key in type(section).model_fields if key.endswith("_file")}
    return section.model_copy(update={key: str((folder / path).resolve()) for key, path in named.items() if path})


def _foldered(section: _Foldered, folder: Path) -> _Foldered:
    own = section.folder and str((folder / section.folder).resolve())
    return section.model_copy(update={"folder": own})


def _urls(path: str, key: str) -> tuple[str, ...]:
    """The lines of a file of URLs without comments; none where no file is named."""
    if not path:
        return ()
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "netreg.C007", f"cannot read {path}: {type(error).__name__}", f"correct {key}, or empty it"
        ) from error
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _text(path: str, key: str) -> str | None:
    """What a file that a setting names says; None where it names none."""
    try:
        return Path(path).read_text(encoding="utf-8") if path else None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "netreg.C012", f"cannot read {path}: {type(error).__name__}", f"correct {key}, or empty it"
        ) from error


def _finding(error: ValidationError, origin: str) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return ConfigError("netreg.C003", f"{origin}: there is no setting {key}", "config.example.toml lists every key")
    return ConfigError(
        "netreg.C005", f"{origin}: {key}: {first['msg']}", f"correct {key}; config.example.toml explains it"
    )
