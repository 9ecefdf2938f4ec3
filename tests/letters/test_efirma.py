"""The e.firma: what is signed can be checked by anybody, what was touched is found out, what cannot sign says why."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from netreg.errors import InvalidValue
from netreg.letters import efirma
from tests.conftest import need
from tests.letters.reading import claims, says, tags
from tests.letters.samples import response, written

pytest.importorskip("pyhanko", reason="the extra `firma` is not installed")

PASSWORD = b"una clave del SAT"
NUMBER = "30001000000500003416"
TODAY = datetime.now(UTC)


@lru_cache(maxsize=2)
def pair(which_one: int = 0) -> tuple[bytes, bytes]:
    """A certificate and its key in the form of the SAT's: DER, and encrypted PKCS#8 in DER."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    hidden = serialization.BestAvailableEncryption(PASSWORD)
    return certificate(key), key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, hidden)


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "CARLA RÍOS MEDINA"), x509.NameAttribute(NameOID.COUNTRY_NAME, "MX")]
    )
    use = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(NUMBER.encode(), "big"))
        .not_valid_before(TODAY - timedelta(days=30))
        .not_valid_after(TODAY + timedelta(days=30))
        .add_extension(use, critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def opened() -> efirma.Efirma:
    return efirma.opened(*pair(), PASSWORD)


@lru_cache(maxsize=1)
def letter() -> bytes:
    return written("response", response(firma=opened().legend))


@lru_cache(maxsize=1)
def signed() -> bytes:
    return opened().sign(letter(), TODAY)


def verdict(pdf: bytes) -> Any:
    """What pyHanko's own validator says of the signature, trusting the certificate that made it."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    trusted = ValidationContext(trust_roots=list(load_certs_from_pemder_data(pair()[0])), allow_fetching=False)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(signature, trusted)


def test_a_signed_letter_is_whole_and_covered_to_its_last_byte() -> None:
    found = verdict(signed())
    assert found.bottom_line and found.coverage.name == "ENTIRE_FILE" and found.modification_level.name == "NONE"
    (field,) = (PdfReader(BytesIO(signed())).get_fields() or {}).values()
    assert (field["/FT"], field["/V"]["/SubFilter"]) == ("/Sig", "/ETSI.CAdES.detached")


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0))
def test_a_changed_byte_is_found(where: int) -> None:
    """Anywhere but inside the signature itself, whose end is filling."""
    from pyhanko.pdf_utils.misc import PdfError

    (field,) = (PdfReader(BytesIO(signed())).get_fields() or {}).values()
    _start, before, after, rest = field["/V"]["/ByteRange"]
    at = where % (before + rest)
    at += after - before if at >= before else 0
    touched = signed()[:at] + bytes([signed()[at] ^ 1]) + signed()[at + 1 :]
    # What is no PDF at all any more is found out too.
    with suppress(PdfError, ValueError, KeyError, TypeError, AttributeError):
        assert not verdict(touched).bottom_line


def test_the_letter_stays_as_it_was_and_keeps_what_it_claims() -> None:
    """As far as can be checked here: the claims, the tags, and what PDF/A-2 and PDF/UA ask of a signature's field."""
    assert signed().startswith(letter())
    assert 'part="2"' in claims(signed()) and 'conformance="A"' in claims(signed())
    assert tags(signed()) == tags(letter())
    root = PdfReader(BytesIO(signed())).trailer["/Root"]
    assert {"/StructTreeRoot", "/OutputIntents", "/Lang", "/MarkInfo"} <= root.keys()
    assert root["/AcroForm"]["/SigFlags"] == 3 and "/NeedAppearances" not in root["/AcroForm"]
    page = PdfReader(BytesIO(signed())).pages[0]
    (mark,) = [one.get_object() for one in page["/Annots"]]
    assert mark["/Rect"] == [0, 0, 0, 0] and mark["/F"] & 4 and not mark["/F"] & (1 | 2 | 32), "printed, not hidden"
    assert page["/Tabs"] == "/S" and "CARLA" in mark["/TU"]


def test_the_paper_says_whose_e_firma_it_bears() -> None:
    assert says(signed(), f"Firmado con e.firma de CARLA RÍOS MEDINA, certificado núm. {NUMBER}.")


def test_the_sats_old_cipher_and_pem_are_read(tmp_path: Path) -> None:
    need("openssl", "" if which("openssl") else "it is not installed")
    certificate_file, key_file = tmp_path / "a.cer", tmp_path / "a.key"
    certificate_file.write_bytes(pair()[0])
    key_file.write_bytes(pair()[1])
    word = f"pass:{PASSWORD.decode()}"
    run = ["openssl", "pkcs8", "-inform", "DER", "-in", str(key_file), "-passin", word, "-passout", word, "-topk8"]
    for cipher, form in (("des3", "DER"), ("aes-256-cbc", "PEM")):
        made = subprocess.run([*run, "-v2", cipher, "-outform", form], capture_output=True, check=True).stdout
        assert efirma.opened(pair()[0], made, PASSWORD).number == NUMBER
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in", str(certificate_file)], capture_output=True, check=True
    ).stdout
    assert efirma.opened(pem, pair()[1], PASSWORD).holder == "CARLA RÍOS MEDINA"


BAD = {
    "another password": (lambda: (*pair(), b"otra"), "efirma_key"),
    "no password": (lambda: (*pair(), b""), "efirma_key"),
    "a key that is none": (lambda: (pair()[0], b"\x30\x03\x02\x01\x00", PASSWORD), "efirma_key"),
    "a certificate that is none": (lambda: (b"\x30\x03\x02\x01\x00", pair()[1], PASSWORD), "efirma_certificate"),
    "nothing": (lambda: (b"", b"", b""), "efirma_certificate"),
    "somebody else's key": (lambda: (pair()[0], pair(1)[1], PASSWORD), "efirma_pair"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_make_no_e_firma_are_refused_by_name(name: str) -> None:
    files, code = BAD[name]
    with pytest.raises(InvalidValue) as refused:
        efirma.opened(*files())
    assert refused.value.code == code and PASSWORD.decode() not in refused.value.text()


@pytest.mark.parametrize("days", [-31, 31])
def test_a_certificate_signs_only_while_it_is_valid(days: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        opened().sign(letter(), TODAY + timedelta(days=days))
    assert refused.value.code == "efirma_expired" and "Renuévelo" in refused.value.text()


@pytest.mark.parametrize("cut", [0, 5, 200, 20_000])
def test_what_is_no_pdf_is_refused_in_words(cut: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        opened().sign(letter()[:cut], TODAY)
    assert refused.value.code == "efirma_pdf"


def test_a_letter_is_signed_once() -> None:
    with pytest.raises(InvalidValue):
        opened().sign(signed(), TODAY)


def test_the_key_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    print(opened())
    assert "signer" not in capsys.readouterr().out
