"""Whether a letter is ours and whole: anybody may ask with its number and the file. No name and no address is told."""

from __future__ import annotations

import hashlib
import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from netreg.errors import NotFound
from netreg.procedures.models import Letter
from portal.rows import reading

pages = Blueprint("verify", __name__, url_prefix="/verify")

_NUMBER = re.compile(r"[A-Za-z0-9./-]{3,64}", re.ASCII)


def _letter(number: str) -> Letter:
    """The letter whose number reads so, with hyphens for slashes."""
    if _NUMBER.fullmatch(number):
        signed = reading().scalars(select(Letter).where(Letter.number.is_not(None)))
        for one in signed:
            if (one.number or "").replace("/", "-") == number:
                return one
    raise NotFound("No hay oficio con ese número.", "There is no letter with that number.")


@pages.get("/<number>")
def ask(number: str) -> ResponseReturnValue:
    return render_template("pages/verify.html", letter=_letter(number), number=number, verdict=None)


@pages.post("/<number>")
def compare(number: str) -> ResponseReturnValue:
    """Compare the file that was handed in with the one that was signed."""
    letter, sent = _letter(number), request.files.get("file")
    same = sent is not None and hashlib.sha256(sent.read()).hexdigest() == letter.pdf
    return render_template("pages/verify.html", letter=letter, number=number, verdict="same" if same else "other")
