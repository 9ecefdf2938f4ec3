"""Which files of the configuration go into a backup, and where they go back to.

Into it: config.toml, the plain files it names, the office's own procedures and `retention.key`, without which the
hashes of former addresses answer nothing. Not into it: what opens other doors (login keys and passwords of points, the
URLs of mail and alerts, the e.firma, `secret.key`). They are kept apart, or made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netreg.config import Settings

CONFIG, RETENTION_KEY = "config.toml", "retention.key"
_NAMED = {"letterhead": ("crest_file", "texts_file"), "privacy": ("notice_file",)}
_PROCEDURES = "procedures/"


def parts(settings: Settings) -> dict[str, Path]:
    """The files by their names in the backup; those that are not there are left out."""
    found = {RETENTION_KEY: settings.retention_key_file, **_named(settings)}
    if settings.origin is not None:
        found[CONFIG] = settings.origin
    if settings.own_procedures is not None:
        found |= {_PROCEDURES + one.name: one for one in sorted(settings.own_procedures.glob("*.toml"))}
    return {name: path for name, path in sorted(found.items()) if path.is_file()}


def _named(settings: Settings) -> dict[str, Path]:
    return {
        f"named/{section}.{key}": Path(path)
        for section, keys in _NAMED.items()
        for key in keys
        if (path := getattr(getattr(settings, section), key))
    }


def put_back(
    staged: Path, settings: Settings, config: Path, beside: Path, move: Callable[[Path, Path], None]
) -> list[str]:
    """Put what was staged where the settings want it, if nothing is there and it is beneath the configuration's folder.

    Everything else goes into the folder `beside`, for a person to compare; returns what that is.
    """
    left = []
    for path in sorted(one for one in staged.rglob("*") if one.is_file()):
        name = path.relative_to(staged).as_posix()
        wanted = _home(name, settings, config)
        free = wanted is not None and not wanted.exists()
        if not free:
            left.append(name)
        move(path, wanted if free and wanted is not None else beside / name)
    return left


def _home(name: str, settings: Settings, config: Path) -> Path | None:
    if name == CONFIG:
        return config
    if name == RETENTION_KEY:
        return settings.retention_key_file
    home = _named(settings).get(name)
    if name.startswith(_PROCEDURES) and settings.own_procedures is not None:
        home = settings.own_procedures / Path(name).name
    # Whoever made the file chose the paths in it: nothing is written outside of the configuration's own folder.
    return home if home is not None and home.resolve().is_relative_to(config.parent.resolve()) else None
