"""How a process that lives for years is kept small and steady."""

from __future__ import annotations

import ctypes
import gc

# glibc, malloc.h: how many heaps the threads of a process may have. By default eight for each processor, and each keeps
# what one thread once needed; a portal of thirty threads then holds half as much again as it uses.
_M_ARENA_MAX, _ARENAS = -8, 2


# When Python looks for garbage by itself: among what is young, seldom enough that a page is made in between, and never
# among all, which takes a fifth of a second in which no page is answered.
_YOUNG, _YOUNGISH, _NEVER = 10_000, 20, 1_000_000


def settle() -> None:
    """Once, when all that is needed was loaded: let threads share their heaps, and leave what was loaded out of every
    look for garbage."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNGISH, _NEVER)


def tidy() -> None:
    """Now and then: look through all for garbage, and give the system back what was freed. A report or a long list
    leaves tens of megabytes behind."""
    gc.collect()
    trimmed = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trimmed is not None:
        trimmed(0)
