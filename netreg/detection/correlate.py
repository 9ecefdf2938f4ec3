"""A scene in, findings out: what a person should look at, once for each thing, and never too much.

Pure functions of values: the order in which sightings come does not matter, and nothing is remembered here. A finding's
`key` stays the same from one look to the next, so that whoever keeps the alerts has one for each thing however often it
is seen.
"""

from __future__ import annotations

from datetime import datetime

from netreg.detection.claims import flip_flops, guarded_taken, names_claimed
from netreg.detection.clone import clones
from netreg.detection.facts import DetectionSettings, Finding, Scene, View
from netreg.detection.rogue import rogues, stayed
from netreg.detection.storm import without_storm
from netreg.detection.wires import one_wires


def findings(scene: Scene, now: datetime, settings: DetectionSettings) -> tuple[Finding, ...]:
    """What this scene gives a person to look at, sorted by key; at most one finding for each key.

    Where the registry names a MAC twice, its best claim counts: somebody removed and let in again is let in.
    """
    view = View(scene, now, settings)
    everything = [
        *_strangers_and_names(view), *clones(view), *guarded_taken(view), *flip_flops(view), *one_wires(view)
    ]  # fmt: skip
    return tuple(sorted(everything, key=lambda one: one.key))


def _strangers_and_names(view: View) -> list[Finding]:
    """One alert for one thing: who bears a registered name is told as that and not as a stranger besides.

    A name costs nothing: of a crowd that takes one, whoever was not told of before is a part of the storm.
    """
    names = names_claimed(view)
    told_before = {one.mac for one in names if not one.is_new}
    left = without_storm([one for one in rogues(view) if one.mac not in told_before], view)
    caught = {mac for one in left if one.kind == "storm" for mac in one.macs}
    kept = [one for one in names if one.mac not in caught]
    named = {one.mac for one in kept}
    strangers = [one for one in left if one.kind != "rogue" or (one.mac not in named and stayed(one, view))]
    return [*strangers, *kept]
