"""The e.firma on a letter: a PAdES signature (ETSI EN 319 142, level B-B) over the fixed PDF, by the optional pyHanko.

The SAT hands out a certificate (`.cer`, DER) and its private key (`.key`, PKCS#8 in DER, encrypted with a password);
PEM is read as well. The signature has no box of its own on the page: what a reader of the paper needs is printed by the
template. It is appended, so the bytes of the letter stay as they were composed, and with them the PDF/A claim.

No time stamp and no revocation list are fetched: nothing here talks to the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from netreg.errors import InvalidValue

if TYPE_CHECKING:
    from asn1crypto.keys import PrivateKeyInfo
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Firma"


def is_installed() -> bool:
    """Whether the extra `firma` is there."""
    return find_spec("pyhanko") is not None


@dataclass(frozen=True, slots=True)
class Efirma:
    """A certificate that was opened with its key: whose it is, its number, and from when to when it is valid."""

    holder: str
    number: str
    first: datetime
    last: datetime
    _signer: SimpleSigner = field(repr=False)

    @property
    def legend(self) -> str:
        """What the letter prints in place of a signature by hand."""
        return f"Firmado con e.firma de {self.holder}, certificado núm. {self.number}."

    def check(self, at: datetime) -> None:
        """Raises InvalidValue where the certificate is not valid at that moment."""
        if not self.first <= at <= self.last:
            raise _refused(
                "efirma_expired",
                f"El certificado de la e.firma vale del {self.first:%d/%m/%Y} al {self.last:%d/%m/%Y}.",
                f"The certificate of the e.firma is valid from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}.",
                "Renuévelo en el SAT y ponga los archivos nuevos, o firme de puño y letra.",
                "Renew it and put the new files in place, or sign by hand.",
            )

    def sign(self, pdf: bytes, at: datetime) -> bytes:
        """The same PDF with the signature appended. Raises InvalidValue: expired at `at`, or no PDF one can sign."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.sign import fields, signers

        self.check(at)
        said = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, name=self.holder
        )
        place = fields.SigFieldSpec(FIELD, readable_field_name=self.legend)
        try:
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            signed = signers.sign_pdf(writer, said, signer=self._signer, new_field_spec=place)
        except (PdfError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused(
                "efirma_pdf",
                "Ese PDF no se puede firmar: está dañado o no es un PDF.",
                "That PDF cannot be signed: it is broken or no PDF.",
            ) from error
        return bytes(signed.getbuffer())


def opened(certificate: bytes, key: bytes, password: bytes) -> Efirma:
    """The e.firma in these two files. Raises InvalidValue: no certificate, wrong key or password, or no pair."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    owner, private = _certificate(certificate), _key(key, password)
    if _public(private) != owner.public_key():
        raise _refused(
            "efirma_pair",
            "La llave no es la de ese certificado: los archivos .cer y .key deben ser de la misma e.firma.",
            "The key is not that of the certificate: the .cer and .key files must be of one e.firma.",
        )
    (shown,) = load_certs_from_pemder_data(certificate)
    first, last = owner.not_valid_before_utc, owner.not_valid_after_utc
    signer = SimpleSigner(shown, private, SimpleCertificateStore())
    return Efirma(_holder(owner), _number(owner.serial_number), first, last, signer)


def _certificate(content: bytes) -> x509.Certificate:
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError as error:
        raise _refused(
            "efirma_certificate", "El archivo .cer no es un certificado.", "The .cer file is no certificate."
        ) from error


def _key(content: bytes, password: bytes) -> PrivateKeyInfo:
    from pyhanko.keys import load_private_key_from_pemder_data

    try:
        return load_private_key_from_pemder_data(content, password or None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _refused(
            "efirma_key",
            "La llave de la e.firma no abre: revise el archivo .key y la contraseña.",
            "The key of the e.firma does not open: check the .key file and the password.",
        ) from error


def _public(private: PrivateKeyInfo) -> object:
    return serialization.load_der_private_key(private.dump(), None).public_key()


def _holder(owner: x509.Certificate) -> str:
    names = owner.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else owner.subject.rfc4514_string()


def _number(serial: int) -> str:
    """The SAT writes its twenty figures as letters of ASCII; any other authority's number is shown in hexadecimal."""
    figures = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
    return figures.decode("ascii") if figures.isdigit() else f"{serial:x}"


def _refused(code: str, spanish: str, english: str, hint: str = "", hint_en: str = "") -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field="signature", hint=hint, hint_en=hint_en)
