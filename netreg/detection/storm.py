"""Many strangers at once are one thing to look at, and not as many messages."""

from __future__ import annotations

from collections.abc import Sequence

from netreg.detection.facts import Finding, OpenAlert, View

KEY = "storm"


def without_storm(rogues: Sequence[Finding], view: View) -> list[Finding]:
    """The rogues as they are; or, where too many are new, those that are told already and one storm for the rest.

    Whoever belongs to a storm stays in it while its alert is open: it must not come apart into fifty messages later.
    """
    storm = view.open_alerts.get(KEY)
    # Those told already count: where strangers are told at once, none that come a few at a time would ever be many.
    lately = [one for one in rogues if view.now - one.first_seen <= view.settings.storm_window]
    is_storm = len(lately) + view.scene.left_out > view.settings.storm_limit
    fresh = {one.key for one in lately if one.is_new} if is_storm else set()
    caught = fresh | {one.key for one in rogues if one.is_new and storm is not None and _belongs(one, storm, view)}
    if not caught:
        return list(rogues)
    left = [one for one in rogues if one.key not in caught]
    return [*left, _storm([one for one in rogues if one.key in caught], storm, view)]


def _belongs(rogue: Finding, storm: OpenAlert, view: View) -> bool:
    """Whether a rogue came up while the storm was going on."""
    window = view.settings.storm_window
    return storm.first_seen - window <= rogue.first_seen <= (storm.last_seen or storm.first_seen) + window


def _storm(rogues: Sequence[Finding], storm: OpenAlert | None, view: View) -> Finding:
    counted = max(len(rogues) + view.scene.left_out, storm.count if storm else 0)
    return Finding(
        kind="storm",
        key=KEY,
        first_seen=view.since(KEY, min(one.first_seen for one in rogues)),
        last_seen=max(one.last_seen for one in rogues),
        explanation_es=f"{counted} equipos sin registro aparecieron de golpe: puede ser un acto público, un "
        "segmento recién conectado o alguien inventando direcciones.",
        explanation_en=f"{counted} unregistered devices appeared at once: perhaps a public event, a newly "
        "connected segment, or somebody making addresses up.",
        random=all(one.random for one in rogues),
        place=", ".join(sorted({one.place for one in rogues})),
        count=counted,
        sources=tuple(sorted({source for one in rogues for source in one.sources})),
        macs=tuple(sorted(one.mac for one in rogues if one.mac is not None)),
        evidence=_evidence(rogues, view),
        urgent=True,
        is_new=storm is None,
    )


def _evidence(rogues: Sequence[Finding], view: View) -> tuple[tuple[str, str], ...]:
    random, places = sum(one.random for one in rogues), len({one.place for one in rogues})
    said = [
        (f"{random} de {len(rogues)} con dirección inventada.", f"{random} of {len(rogues)} with a made-up address."),
        (f"En {places} lugar(es).", f"At {places} place(s)."),
    ]
    if view.scene.left_out:
        left = view.scene.left_out
        said.append((f"{left} más ni se anotaron, por ser demasiados.", f"{left} more were not noted, being too many."))
    return tuple(said)
