"""What kind a file is, by its content: its name is only what somebody called it.

The formats are those that the definitions name. Signatures are those of the formats' own publications: PDF (ISO
32000), PNG (ISO 15948), JPEG (ITU T.81), HEIF (ISO 23008-12), ZIP (PKWARE APPNOTE), OOXML (ECMA-376), ODF (ISO 26300),
message (RFC 5322).
"""

from __future__ import annotations

import re
import zipfile
from email import policy
from email.parser import BytesHeaderParser
from io import BytesIO

from netreg.errors import InvalidValue

MOST_UNPACKED, MOST_ENTRIES = 200 * 1024 * 1024, 2000
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1"})
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
# What names a document inside its package.
_PACKAGES = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_ODT = b"application/vnd.oasis.opendocument.text"
_MACROS = ("vbaproject.bin", "basic/")
MIME = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "heic": "image/heic", "svg": "image/svg+xml",
    "zip": "application/zip", "txt": "text/plain", "eml": "message/rfc822", "ai": "application/postscript",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
}  # fmt: skip
# Of several kinds a file passes for, the first of these is what it is.
NARROW = ("pdf", "docx", "xlsx", "odt", "zip", "png", "jpg", "heic", "svg", "eml", "txt", "ai")


def kinds(content: bytes) -> frozenset[str]:
    """Every kind this may pass for: a Word file is a ZIP too. Raises InvalidValue for a package that is hostile."""
    if content.startswith(b"%PDF-"):
        # Illustrator writes its drawings as PDF.
        return frozenset({"pdf", "ai"})
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    for kind, is_one in (
        ("png", content.startswith(b"\x89PNG\r\n\x1a\n")),
        ("jpg", content.startswith(b"\xff\xd8\xff")),
        ("heic", content[4:8] == b"ftyp" and content[8:12] in _HEIC),
        ("ai", content.startswith(b"%!PS-Adobe")),
    ):
        if is_one:
            return frozenset({kind})
    return _text(content)


def _packed(content: bytes) -> frozenset[str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
            odt = "mimetype" in names and package.getinfo("mimetype").file_size < 200 and package.read("mimetype")
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise _refused("E_FILE_BROKEN", "El archivo está dañado.", "The file is broken.") from error
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refused("E_FILE_SIZE", "Desempacado pasa de 200 MB.", "Unpacked it is larger than 200 MB.")
    if any(name.lower().endswith(_MACROS[0]) or name.lower().startswith(_MACROS[1]) for name in names):
        raise _refused("E_FILE_ACTIVE", "El archivo trae macros; guárdelo sin ellas.",
                       "The file carries macros; save it without them.")  # fmt: skip
    found = {kind for kind, inside in _PACKAGES.items() if inside in names}
    return frozenset(found | ({"odt"} if odt == _ODT else set()) | {"zip"})


def _text(content: bytes) -> frozenset[str]:
    if b"\0" in content:
        return frozenset()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _message(content)
    return (frozenset({"svg"}) if _SVG.match(content) else frozenset()) | _message(content) | {"txt"}


def _message(content: bytes) -> frozenset[str]:
    """A mail as it is saved: it says from whom, and when or about what."""
    said = BytesHeaderParser(policy=policy.compat32).parsebytes(content[:65536])
    return frozenset({"eml"}) if said["From"] and (said["Date"] or said["Subject"]) else frozenset()


def _refused(code: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field="file")
