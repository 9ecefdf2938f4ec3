"""The three-phones rule (manual, line 522): an area has at most three phones on the WiFi.

A phone that can connect, or could again, owns slot 1, 2 or 3 of its quota unit. The database holds the rule with
unique indexes; this module only proposes the slot and knows which states own one.
"""

from __future__ import annotations

from collections.abc import Iterable

PHONES_PER_AREA = 3
SLOTS = tuple(range(1, PHONES_PER_AREA + 1))

# States of an authorisation (core workflow, section 4).
REQUESTED = "requested"
AWAITING_BINDING = "awaiting_binding"
WAITING_SWAP = "waiting_swap"
PUSHING = "pushing"
ACTIVE = "active"
SUSPENDED = "suspended"
REMOVING = "removing"
REMOVED = "removed"
REJECTED = "rejected"
STATES = (REQUESTED, AWAITING_BINDING, WAITING_SWAP, PUSHING, ACTIVE, SUSPENDED, REMOVING, REMOVED, REJECTED)

# What holds a slot: everything that is on a point, may still be, or returns without a new request.
LIVE = (PUSHING, ACTIVE, SUSPENDED, REMOVING)
# What another phone may replace.
REPLACEABLE = (PUSHING, ACTIVE, SUSPENDED)
# What belongs in an allowlist.
ADMITTED = (PUSHING, ACTIVE)


def free_slot(taken: Iterable[int]) -> int | None:
    """The lowest slot nobody owns, or None when the quota unit has its three phones."""
    used = set(taken)
    return next((slot for slot in SLOTS if slot not in used), None)
