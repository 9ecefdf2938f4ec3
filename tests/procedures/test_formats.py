"""A file is what its content says: what it is called, and what it would like to be, counts for nothing."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.procedures import catalogue, formats
from netreg.procedures.formats import MIME, NARROW, kinds
from tests.procedures.walking import packed
from tests.samples import pdf

MAIL = b"From: a@b.mx\r\nDate: Fri, 20 Nov 2026 10:00:00 -0600\r\nSubject: Solicitud\r\n\r\nHola\r\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pdf(), {"pdf", "ai"}),
        (b"\x89PNG\r\n\x1a\n....", {"png"}),
        (b"\xff\xd8\xff\xe0....", {"jpg"}),
        (b"\0\0\0\x18ftypheic....", {"heic"}),
        (b"%!PS-Adobe-3.0", {"ai"}),
        (packed(word__document="x"), {"zip"}),
        (b'<?xml version="1.0"?><svg xmlns="x"></svg>', {"svg", "txt"}),
        (MAIL, {"eml", "txt"}),
        ("Sólo texto".encode(), {"txt"}),
        (b"MZ\x90\0\x03", set()),
        (b"", {"txt"}),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, found: set[str]) -> None:
    assert kinds(content) == found


def package(names: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_documents_of_an_office_are_known_by_what_is_in_their_package() -> None:
    assert kinds(package({"word/document.xml": b"x"})) == {"docx", "zip"}
    assert kinds(package({"xl/workbook.xml": b"x"})) == {"xlsx", "zip"}
    assert kinds(package({"mimetype": b"application/vnd.oasis.opendocument.text"})) == {"odt", "zip"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (package({"word/document.xml": b"x", "word/vbaProject.bin": b"x"}), "E_FILE_ACTIVE"),
        (package({"content.xml": b"x", "Basic/Standard/Module1.xml": b"x"}), "E_FILE_ACTIVE"),
        (package({"bomb": b"\0" * (formats.MOST_UNPACKED + 1)}), "E_FILE_SIZE"),
        (b"PK\x03\x04 and no more", "E_FILE_BROKEN"),
    ],
)
def test_a_package_that_is_hostile_or_broken_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        kinds(content)
    assert refused.value.code == code


@given(st.binary(max_size=400))
def test_any_bytes_are_something_we_know_or_nothing(content: bytes) -> None:
    try:
        assert kinds(content) <= set(MIME)
    except InvalidValue as refused:
        assert refused.field == "file"


def test_every_format_of_the_definitions_can_be_told_and_handed_out() -> None:
    named = {kind for one in catalogue.procedures().values() for file in one.attachments for kind in file.formats}
    assert named <= set(MIME) == set(NARROW)
