"""What a token may be used for: one table of scopes and the permissions that each lets its bearer use.

A token acts for a person. It never does more than that person may do today, and of that only what its scopes name.
"""

from __future__ import annotations

from collections.abc import Iterable

# scope -> permissions (netreg.policy.roles)
SCOPES: dict[str, tuple[str, ...]] = {
    "areas:read": ("areas.see",),
    "areas:write": ("areas.change",),
    "people:read": ("people.keep",),
    "people:write": ("people.keep",),
    "requests:read": ("requests.see",),
    "requests:write": ("requests.ask", "requests.file", "requests.work"),
    "requests:decide": ("requests.decide",),
    "devices:read": ("devices.see",),
    "devices:write": ("devices.suspend", "devices.release", "devices.bind", "devices.infrastructure"),
    # Without it addresses come masked, whatever the person may see.
    "addresses:read": ("addresses.whole",),
    "points:read": ("points.see",),
    "points:write": ("points.change",),
    "sightings:read": ("presence.see",),
    "alerts:read": ("alerts.see",),
    "alerts:write": ("alerts.handle",),
    "figures:read": ("reports.see",),
    "audit:read": ("audit.see",),
    "metrics:read": ("metrics.see",),
}
# What says how far a person sees, and lets nobody do anything: no scope is needed for it.
ALWAYS = frozenset({"areas.all", "addresses.masked"})


def allowed(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that these scopes let their bearer use; a scope that is not in the table adds none."""
    return ALWAYS.union(*(SCOPES.get(one, ()) for one in scopes))
