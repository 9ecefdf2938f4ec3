"""The command `netreg scan`: sweep the segments now, or read a capture. It joins `netreg` by an entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agents import listen, scan
from agents.apart import wire_of
from netreg.cli.base import App, NetregCommand, pass_app
from netreg.detection.correlate import Finding
from netreg.detection.sighting import Heard, Sighting
from netreg.errors import NotFound
from netreg.registry.detecting import look_at, take_in
from netreg.store.base import now


@click.command("scan", cls=NetregCommand)
@click.option("--segment", "name", help="A segment of the configuration; without it, all of them.")
@click.option("--pcap", "file", type=click.Path(path_type=Path, dir_okay=False),
              help="Sweep nothing: list who is in this capture (tcpdump, Wireshark) and on no register.")  # fmt: skip
@pass_app
def scan_now(app: App, name: str | None, file: Path | None) -> None:
    """Sweep the configured segments now, keep what was heard, and open alerts for what nobody registered.

    With --pcap nothing is sent, stored or alerted: the capture may be of another day or another place.
    """
    if file is not None:
        _read_capture(app, file)
        return
    segments = [one for one in app.settings.scan.segment if name in (None, one.name)]
    if not segments:
        raise NotFound("No hay segmentos que barrer.", "There are no segments to sweep.",
                       hint="Agregue uno en [[scan.segment]].", hint_en="Add one in [[scan.segment]].")  # fmt: skip
    rows = [row for one in segments for row in _sweep(app, one)]
    app.table(rows, "segment", "mac", "ip", "vendor", "alert")


def _read_capture(app: App, file: Path) -> None:
    heard = listen.read_capture(file)
    seen = [Sighting(one.mac, "pcap", file.name, one.last) for one in heard.devices]
    ignored = app.settings.ignored_macs | app.settings.protected_macs
    with app.store.transaction(app.actor) as tx:
        found = {one.mac: one for one in look_at(tx, seen, now(), ignored)}
    strangers = [(one, found[one.mac]) for one in heard.devices if one.mac in found]
    rows = [_stranger(one, finding) for one, finding in strangers]
    app.table(rows, "mac", "ip", "name", "explanation_en" if app.language == "en" else "explanation")
    app.say(_words(heard, len(strangers))[app.language == "en"])


def _stranger(one: listen.Device, finding: Finding) -> dict[str, Any]:
    return {
        "mac": str(one.mac), "ip": ", ".join(map(str, one.ips)), "name": ", ".join(one.names), "vendor": one.mac.vendor,
        "heard_in": list(one.hows), "frames": one.frames, "first_seen": one.first.isoformat(timespec="seconds"),
        "last_seen": one.last.isoformat(timespec="seconds"),
        "explanation": finding.explanation_es, "explanation_en": finding.explanation_en,
    }  # fmt: skip


def _words(heard: listen.Listened, strangers: int) -> tuple[str, str]:
    """What was read, in Spanish and in English, with what is missing from it."""
    spanish = f"{heard.frames} tramas, {len(heard.devices)} equipos, {strangers} sin registro."
    english = f"{heard.frames} frames, {len(heard.devices)} devices, {strangers} nobody registered."
    if heard.cut:
        spanish += " La captura está cortada: falta su final."
        english += " The capture is cut: its end is missing."
    if heard.left_out:
        spanish += f" Hubo más direcciones de las que se guardan: {heard.left_out} menciones quedaron fuera."
        english += f" There were more addresses than are kept: {heard.left_out} mentions were left out."
    return spanish, english


def _sweep(app: App, segment: Any) -> list[dict[str, Any]]:
    sweep = scan.sweep(wire_of(segment), rate=app.settings.scan.rate)
    heard = [Heard(one.mac, str(one.ip), one.at) for one in sweep.heard]
    ignored = app.settings.ignored_macs | app.settings.protected_macs
    with app.store.transaction(app.actor) as tx:
        opened = take_in(tx, "sweep", segment.name, heard, now(), ignored=ignored)
        alerts = {alert.mac: alert.id for alert in opened}
    return [
        {
            "segment": segment.name,
            "mac": str(one.mac),
            "ip": one.ip,
            "vendor": one.mac.vendor,
            "alert": alerts.get(str(one.mac)),
        }
        for one in heard
    ]
