"""How a process that lives for years is kept small and steady."""

from __future__ import annotations

import ctypes
import gc

# glibc, malloc.h: how many heaps the threads of a process may have. By default eight for each processor, and each keeps
# what one thread once needed; a portal of thirty threads then holds half as much again as it uses.
_M_ARENA_MAX, _ARENAS = -8, 2


def trim() -> None:
    """Give the system back what was freed; a report or a long list leaves tens of megabytes behind."""
    trimmed = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trimmed is not None:
        trimmed(0)


def settle() -> None:
    """Once, when all that is needed was loaded: let threads share their heaps, and look through nothing for garbage that
    was loaded to stay.

    A look through all of it takes a fifth of a second, in which no page is answered.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()
