"""Take in what a source heard: remember it, ask `detection` what it means, open alerts for what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from netreg.detection.correlate import findings
from netreg.detection.facts import DetectionSettings, Finding, Scene
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import scene
from netreg.registry.commands.alerts import News, news_of, open_alerts
from netreg.registry.commands.sightings import LEASES, note, note_source
from netreg.registry.models import Alert
from netreg.store.transaction import Transaction

# New strangers that are noted in one window of a storm. Whoever makes addresses up fills no table; the rest is counted.
MOST_NEW = 1000


def take_in(
    tx: Transaction,
    source: str,
    place: str,
    heard: Sequence[Heard],
    at: datetime,
    *,
    ignored: Iterable[MacAddress] = (),
    may_be_silent: bool = False,
) -> list[Alert]:
    """Store what `source` heard at `place` and return the alerts it opened.

    All sweeps share one source name: only places named by one source can be compared to find a clone.

    A source that heard nothing is not proof of an empty network: unless it `may_be_silent`, it is on its way to blind.
    """
    devices = [one for one in heard if not one.mac.is_group]
    limits = tx.office.detection
    noted = _bounded(tx, devices, at, limits)
    rows = note(tx.session, source, place, noted, at)
    note_source(tx.session, f"{source}:{place}", at, saw=bool(rows) or may_be_silent)
    tx.session.flush()
    left_out = len({one.mac for one in devices}) - len({one.mac for one in noted})
    seen = replace(scene.of(tx, noted, at, ignored), left_out=left_out)
    return open_alerts(tx, [_told(tx, finding) for finding in findings(seen, at, limits)])


def _bounded(tx: Transaction, heard: Sequence[Heard], at: datetime, limits: DetectionSettings) -> Sequence[Heard]:
    """What is to be noted: every device seen or registered before, and as many new strangers as there is room for."""
    strangers = scene.never_seen(tx.session, {one.mac for one in heard})
    if not strangers:
        return heard
    room = max(0, MOST_NEW - len(scene.newcomers(tx.session, at - limits.storm_window)))
    if len(strangers) <= room:
        return heard
    # Those heard first, so that a device that was there before the flood is not lost in it.
    dropped = frozenset([one for one in dict.fromkeys(one.mac for one in heard) if one in strangers][room:])
    return [one for one in heard if one.mac not in dropped]


def look_at(tx: Transaction, seen: Scene, at: datetime, ignored: Iterable[MacAddress]) -> list[Finding]:
    """What this scene would give a person to look at, each device for itself. Nothing is stored.

    `seen` is what was heard, without what the registry knows: that is added here.
    """
    known = scene.known_of(tx, {one.mac for one in seen.sightings}, (one.value for one in seen.said), ignored)
    limits = replace(tx.office.detection, storm_limit=len(seen.sightings), grace=timedelta(0))
    return list(findings(replace(seen, known=known), at, limits))


def note_names(tx: Transaction, place: str, told: Sequence[Heard], at: datetime) -> None:
    """Remember what a DHCP server's lease file tells: address, IP and name. A lease is no proof of being there now."""
    rows = note(tx.session, LEASES, place, told, at)
    note_source(tx.session, f"{LEASES}:{place}", at, saw=bool(rows))


def _told(tx: Transaction, finding: Finding) -> News:
    """The finding with the phones that may be behind a private address: a suggestion, and nothing follows from it."""
    news = news_of(finding)
    if finding.kind != "rogue" or finding.mac is None or not finding.is_new:
        return news
    found = scene.candidates(tx.session, finding.mac, finding.place, finding.first_seen)
    if not found:
        return news
    names = ", ".join(f"#{one.device.id} ({one.device.area.code})" for one in found)
    return replace(
        news,
        explanation=f"{news.explanation} Al abrirse la alerta no se habían visto desde que apareció: {names}.",
        explanation_en=f"{news.explanation_en} At the opening of the alert not seen since it came: {names}.",
    )
