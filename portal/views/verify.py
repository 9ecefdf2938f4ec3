"""Whether a letter is ours and whole: anybody may ask with its number and the file. No name and no address is told."""

from __future__ import annotations

import hashlib
import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from netreg.errors import NotFound
from netreg.procedures import letters
from netreg.procedures.models import VOID, Letter
from portal.rows import reading

pages = Blueprint("verify", __name__, url_prefix="/verify")

_NUMBER = re.compile(r"[A-Za-z0-9./-]{3,64}", re.ASCII)


def _letter(number: str) -> Letter:
    """The letter whose number reads so, with hyphens for slashes."""
    if _NUMBER.fullmatch(number):
        hyphened = func.replace(Letter.number, "/", "-")
        if (one := reading().scalar(select(Letter).where(hyphened == number).order_by(Letter.id).limit(1))) is not None:
            return one
    raise NotFound("No hay oficio con ese número.", "There is no letter with that number.")


@pages.get("/<number>")
def ask(number: str) -> ResponseReturnValue:
    return _page(_letter(number), number)


@pages.post("/<number>")
def compare(number: str) -> ResponseReturnValue:
    """Compare the file that was handed in with the one that was signed, and with the scan of its paper."""
    letter, sent = _letter(number), request.files.get("file")
    sha256 = hashlib.sha256(sent.read()).hexdigest() if sent else ""
    known = {letter.pdf: "same", letter.scan: "scan"}
    return _page(letter, number, known.get(sha256, "other"))


def _page(letter: Letter, number: str, verdict: str | None = None) -> str:
    newer = letters.replacement(reading(), letter) if letter.state == VOID else None
    return render_template("pages/verify.html", letter=letter, number=number, verdict=verdict, newer=newer)
