"""What is not seen: a source that sees nothing or far less than usual, and registered devices that stay away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from netreg.detection import sources
from netreg.detection.facts import Finding

# Fewer than a fifth of what this source sees at this hour on other weeks; of few devices nothing can be told.
_FAR_LESS, _FEWEST, _WEEKS = 5, 10, 3
_NAMED = 10


def blind(source: str, last_good: datetime | None, now: datetime, limit: timedelta, error: str = "") -> Finding | None:
    """A finding if `source` has given nothing for longer than `limit` (or never did); None while it sees.

    `last_good` is when it last gave at least one sighting: an answer with none in it is not good. `error` is what it
    said last. A source that sees nothing is never taken for a network with nobody on it.
    """
    if last_good is not None and now - last_good <= limit:
        return None
    spanish, english = sources.called(source)
    return Finding(
        kind="blind",
        key=f"blind:{source}",
        first_seen=last_good or now,
        last_seen=now,
        sources=(source,),
        place=sources.place(source),
        explanation_es=f"La fuente «{spanish}» {'ya' if last_good else 'todavía'} no ve nada. "
        "No quiere decir que no haya equipos: revise el cable, la interfaz y los permisos.",
        explanation_en=f"The source “{english}” {'sees nothing any more' if last_good else 'has seen nothing so far'}. "
        "That does not mean nobody is there: check the cable, the interface and the rights.",
        evidence=((f"Lo último que dijo: {error}", f"What it said last: {error}"),) if error else (),
        urgent=True,
    )


def far_less(source: str, seen: int, usual: Sequence[int], now: datetime) -> Finding | None:
    """A finding if `source` sees far fewer devices than in other weeks at this hour; None while it sees enough.

    `usual` is how many it saw at this hour a week ago, two weeks ago and so on, without days on which the office was
    closed. Of fewer than three weeks, or of a handful of devices, nothing can be told.
    """
    if len(usual) < _WEEKS or median(usual) < _FEWEST or seen * _FAR_LESS >= median(usual):
        return None
    spanish, english = sources.called(source)
    normal, weeks = round(median(usual)), ", ".join(map(str, usual))
    return Finding(
        kind="blind",
        key=f"blind:{source}",
        first_seen=now,
        last_seen=now,
        sources=(source,),
        place=sources.place(source),
        count=seen,
        explanation_es=f"La fuente «{spanish}» ve {seen} equipos; a esta hora suele ver {normal}. No quiere decir que "
        "se hayan ido: revise si perdió parte de la red (un enlace, una VLAN, un punto de acceso).",
        explanation_en=f"The source “{english}” sees {seen} devices; at this hour it usually sees {normal}. That does "
        "not mean they left: check whether it lost part of the network (a link, a VLAN, an access point).",
        evidence=((f"Las semanas anteriores a esta hora: {weeks}.", f"In the weeks before at this hour: {weeks}."),),
        urgent=True,
    )


def stale(unseen: Sequence[str], days: int, now: datetime) -> Finding | None:
    """One finding for all registered devices that were not seen for so many days, as people call them; None of none."""
    if not unseen:
        return None
    named, more = ", ".join(unseen[:_NAMED]), len(unseen) - _NAMED
    rest = (f" y {more} más", f" and {more} more") if more > 0 else ("", "")
    return Finding(
        kind="stale",
        key="stale",
        first_seen=now,
        last_seen=now,
        count=len(unseen),
        explanation_es=f"{len(unseen)} equipos registrados no se ven desde hace {days} días: {named}{rest[0]}. "
        "Pregunte al área si todavía los necesita; cada teléfono ocupa uno de sus tres lugares.",
        explanation_en=f"{len(unseen)} registered devices were not seen for {days} days: {named}{rest[1]}. "
        "Ask the area whether it still needs them; each phone takes one of its three places.",
    )
