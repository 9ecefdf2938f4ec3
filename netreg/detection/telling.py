"""A finding about one device, with all that its stays tell."""

from __future__ import annotations

from netreg.detection.facts import Finding, View
from netreg.mac import MacAddress


def of_device(
    view: View,
    kind: str,
    mac: MacAddress,
    words: tuple[str, str],
    *,
    evidence: tuple[tuple[str, str], ...],
    urgent: bool,
    place: str = "",
) -> Finding:
    """A finding of this kind about a device that is in the scene; `words` explain it in Spanish and in English.

    `place` is where it was, if that is more than one place; otherwise it is where it was heard last.
    """
    trail, key = view.trails[mac], f"{kind}:{mac}"
    return Finding(
        kind=kind,
        key=key,
        first_seen=view.since(key, min(one.first for one in trail)),
        last_seen=trail[-1].at,
        explanation_es=words[0],
        explanation_en=words[1],
        mac=mac,
        vendor=mac.vendor,
        random=mac.is_random,
        place=place or trail[-1].where,
        count=sum(one.looks for one in trail),
        sources=tuple(sorted({one.source for one in trail})),
        evidence=evidence,
        urgent=urgent,
        is_new=key not in view.open_alerts,
    )
