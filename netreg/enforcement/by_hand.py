"""What an administrator types at a point on the day netreg is gone: a profile's own words, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netreg.enforcement.parts import Keys, Lines
from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from netreg.mac import MacAddress

# An address of the documentation's own (RFC 7042), for the person to replace.
EXAMPLE = MacAddress("00:00:5e:00:53:01")


def manual(profile: ShellProfile | ConsoleProfile, words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What to type to see the list, to let one device in and to take one out, with EXAMPLE as the address."""
    values = {**profile.words_of(EXAMPLE), "label": "nr-0", "minutes": "5", "seconds": "300", "slot": "100"}
    say = _Says(profile, words, values)
    if isinstance(profile, ShellProfile):
        return {"list": (say.text(profile.read.command),), "add": say.script("add"), "remove": say.script("delete")}
    return {
        "list": (say.text(profile.read.command),),
        "add": say.lines(profile.apply.before, profile.add.lines, profile.apply.commit),
        "remove": say.lines(profile.apply.before, profile.remove.lines, profile.apply.commit),
        "save": say.lines(profile.save.lines) if profile.save else (),
    }


class _Says:
    def __init__(
        self, profile: ShellProfile | ConsoleProfile, words: Mapping[str, str], values: Mapping[str, str]
    ) -> None:
        self.profile, self.words, self.values = profile, words, values

    def text(self, template: str, **more: str) -> str:
        return self.profile.fill(template, self.words, **{**self.values, **more})

    def lines(self, *parts: Lines) -> tuple[str, ...]:
        return tuple(self._each(parts))

    def _each(self, parts: tuple[Lines, ...]) -> Iterator[str]:
        for line in (line for part in parts for line in part):
            yield f"({line.keys!r})" if isinstance(line, Keys) else self.text(line)

    def script(self, key: str) -> tuple[str, ...]:
        """One statement of a delta; a list that is replaced whole is a file with a line for each device."""
        assert isinstance(self.profile, ShellProfile)  # noqa: S101 - for the type checker; `manual` has asked
        apply = self.profile.apply
        element = self.text(apply.element if key == "add" else apply.key)
        template = apply.add if key == "add" else apply.delete
        return (self.text(template, elements=element) if template else element,)
