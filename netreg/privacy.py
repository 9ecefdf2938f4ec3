"""What the town hall tells people about their data, and how long it keeps them (core workflow, section 14).

The law, the guarantor and the channel are the municipality's to fill in: they are settings, and nothing here invents
them. What the short notice says is what this program does.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

PAGE = "/aviso-de-privacidad"

_UNFILLED = (
    "La unidad de transparencia todavía no ha llenado el aviso de privacidad integral de este sistema. Pídalo en esa "
    "unidad; cuando esté listo se publicará en esta página con su versión y su fecha."
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long data are kept: `months` after a removal or a refusal, `sighting_days` after an unregistered address was
    last seen, `trail_days` where a registered device was; after that, only when it was last seen."""

    months: int = 12
    sighting_days: int = 90
    trail_days: int = 90

    def removals_until(self, at: datetime, months: int = 0) -> datetime:
        """The instant at or before which a removal is old enough at `at`: whole calendar months, never fewer days.

        `months` is another term than that of the settings; 0: that one.

        From the 31st of March one month leads back to the last day of February.
        """
        year, month = divmod(at.year * 12 + at.month - 1 - (months or self.months), 12)
        return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))

    def sightings_until(self, at: datetime) -> datetime:
        """The instant before which an unregistered address was seen too long ago."""
        return at - timedelta(days=self.sighting_days)

    def trails_until(self, at: datetime) -> datetime:
        """The instant before which nobody needs to know any more where a registered device was."""
        return at - timedelta(days=self.trail_days)


@dataclass(frozen=True, slots=True)
class PrivacyNotice:
    """The notice in force. A request stores `version` and `date`; `full` is empty until somebody fills it in."""

    version: str = ""
    date: str = ""
    full: str = ""
    guarantor: str = ""
    arco: str = ""
    months: int = 12
    trail_days: int = 90

    @property
    def text(self) -> str:
        """The full notice, or a neutral sentence where there is none yet (Spanish)."""
        return self.full or _UNFILLED

    @property
    def paragraphs(self) -> list[str]:
        """The full notice by its blank lines."""
        return [block.strip() for block in self.text.replace("\r\n", "\n").split("\n\n") if block.strip()]

    @property
    def es(self) -> str:
        """The short notice, to stand above a button."""
        return (
            "Se registran el nombre de quien usa el equipo, su área y los datos del equipo, sólo para darle acceso a "
            f"la red. La dirección se guarda mientras el equipo esté registrado y {self.months} meses más; en qué "
            f"parte de la red se vio, {self._trail[0]}. No se registra el contenido de las comunicaciones."
        )

    @property
    def en(self) -> str:
        """The short notice in English."""
        return (
            "The name of whoever uses the device, their area and the device's data are registered, only to give it "
            f"access to the network. The address is kept while the device is registered and {self.months} months "
            f"more; on which part of the network it was seen, {self._trail[1]}. The content of communications is not "
            "recorded."
        )

    @property
    def _trail(self) -> tuple[str, str]:
        return ("un día", "one day") if self.trail_days == 1 else (f"{self.trail_days} días", f"{self.trail_days} days")
