"""The PDF writer: the data of a letter, its letterhead and its template become one file that is ready to file away.

The file is PDF/A-2a and PDF/UA-1 (archivable and readable aloud), on Letter paper, in Spanish, with the fonts that lie
inside typst and no others. The same input gives the same bytes, so that the SHA-256 of a signed letter can be stored
and compared years later; an upgrade of typst may compose a letter anew, hence letters are stored and not rewritten.

Nothing a person typed is ever code here: data travel as JSON and a template prints strings. The templates are ours
alone, and there is no way to hand in another, so no time limit stands around them: they loop over the rows of the data
and nothing else, import no package (`@preview` would ask the network) and read no file but `base.typ`. Should a town
hall ever bring templates of its own, those belong in a process that can be ended. Pictures are drawn anew before they
come here (`photographs`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from io import BytesIO

import segno

from netreg.errors import InvalidValue
from netreg.letters import composing
from netreg.letters.filling import fill, missing
from netreg.letters.kinds import kind_of
from netreg.letters.letterhead import Letterhead
from netreg.letters.values import Json

__all__ = ["Letterhead", "missing", "write"]

_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {1} {2}">'
    '<image width="{1}" height="{2}" href="data:image/png;base64,{0}"/></svg>'
)


def write(
    kind: str,
    data: Mapping[str, object],
    *,
    letterhead: Letterhead,
    issued: datetime,
    draft: bool = False,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The PDF of a letter; `issued`, a moment with its zone, is the time the file gives as its creation.

    `pictures` are the PNG images that the data name by their SHA-256.

    With `draft`, every page says BORRADOR and a missing value is a marked blank. Otherwise raises InvalidValue with
    the code "letter_incomplete" and the first placeholder without a value as field. Raises InvalidValue also for a
    value of the wrong shape or one that the letter does not have, and for a picture that cannot be read; ValueError
    for an unknown kind or a time without a zone.
    """
    offset = issued.utcoffset()
    if offset is None:
        raise ValueError("the time of issue needs its zone")
    empty = missing(kind, data)
    if empty and not draft:
        raise _incomplete(empty)
    # typst wants a fixed offset; the rules of the zone are of no use to it.
    sheet = {**_sheet(kind, data, letterhead, draft), "pictures": _pictures(pictures or {})}
    return _composed(kind, sheet, issued.replace(tzinfo=timezone(offset)))


def _incomplete(empty: tuple[str, ...]) -> InvalidValue:
    names = ", ".join(empty)
    return InvalidValue(
        f"El documento no puede firmarse porque le falta: {names}.",
        f"The letter cannot be signed because it lacks: {names}.",
        code="letter_incomplete",
        field=empty[0],
        hint="Complete esos datos o escríbalo como borrador.",
        hint_en="Fill them in, or write it as a draft.",
    )


def _sheet(kind: str, data: Mapping[str, object], letterhead: Letterhead, draft: bool) -> Mapping[str, Json]:
    """All that a template prints."""
    values = fill(kind, data, letterhead.zone)
    return {
        "values": values,
        "letterhead": letterhead.printed(),
        "title": _title(kind, values, draft),
        "draft": draft,
        "qr": _qr(values.get("verify_url")),
    }


def _title(kind: str, values: Mapping[str, Json], draft: bool) -> str:
    """What a reader's window and a screen reader call the document."""
    form = kind_of(kind)
    number = values.get(form.titled_by)
    parts = [form.title, number if isinstance(number, str) else "", "borrador" if draft else ""]
    return " · ".join(part for part in parts if part)


def _qr(address: Json) -> Json:
    """The verification address as a PNG, in numbers because JSON has no bytes; pixels leave no seams when printed.

    It cannot carry the hash of the file it stands in: that hash is known only once the file is closed. It leads to
    a page of the portal, which holds the hash and compares it with that of the file a reader hands in.
    """
    if not isinstance(address, str):
        return None
    drawing = BytesIO()
    segno.make_qr(address, error="m").save(drawing, kind="png", border=0, scale=8)
    return list(drawing.getvalue())


def _pictures(given: Mapping[str, bytes]) -> Mapping[str, Json]:
    """Pictures as drawings that hold them: thirty of them as numbers, as the QR code is, would take half a gigabyte."""
    return {name: _PICTURE.format(base64.b64encode(png).decode(), *_size(png)) for name, png in given.items()}


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from where every PNG has them."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _composed(kind: str, sheet: Mapping[str, Json], issued: datetime) -> bytes:
    try:
        return composing.composed(kind, json.dumps(sheet), issued)
    except composing.Unwritable as error:
        raise _unwritable(error) from error


def _unwritable(error: composing.Unwritable) -> InvalidValue:
    """Values are read before, so what is left to fail is a picture: the crest, a chart or a photograph."""
    return InvalidValue(
        f"No se pudo componer el documento: {error}.",
        f"The letter could not be composed: {error}.",
        code="letter_unwritable",
        hint="Revise el escudo y las gráficas.",
        hint_en="Check the crest and the charts.",
    )
