"""The kinds of files that are taken: by the ending of the name and by what the content says."""

import codecs
import io
import re
import zipfile
import zlib

import puremagic

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
INLINE = frozenset(IMAGES)  # everything else is downloaded, never shown in the product's name

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "odt": f"{OPEN}.text",
    "ods": f"{OPEN}.spreadsheet",
    "odp": f"{OPEN}.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "rtf": "application/rtf",
    "zip": "application/zip",
    "msg": "application/vnd.ms-outlook",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "txt": "text/plain",
    "csv": "text/csv",
    "md": "text/markdown",
    "eml": "message/rfc822",
}
TEXTS = frozenset({"txt", "csv", "md", "eml"})
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office until 2003 and Outlook share one container
COMPOUND_ENDINGS = frozenset({"doc", "xls", "ppt", "msg"})
INSIDE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
SAME = ({"jpg", "jpeg"}, {"tif", "tiff"}, {"mp3", "mpga"})
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def endings_for(content: bytes) -> set[str]:
    """The endings that fit the content; of text those of all kinds of text."""
    if content.startswith(COMPOUND):
        return set(COMPOUND_ENDINGS)
    if content.startswith(b"PK"):
        return {packed(content)} - {""}
    found = by_signature(content)
    for some in SAME:
        found |= some if found & some else set()
    return (found | (TEXTS if is_text(content) else set())) & set(TYPES)


def packed(content: bytes) -> str:
    """The ending that fits an archive: of documents by what lies in them."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            kind = first_words(archive) if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError):
        return ""
    office = next((ending for name, ending in INSIDE.items() if name in names), "zip")
    return next((one for one, words in TYPES.items() if words.encode() == kind), office)


def first_words(archive: zipfile.ZipFile) -> bytes:
    """What an OpenDocument file says it is; no more is unpacked."""
    with archive.open("mimetype") as member:
        return member.read(100)


def by_signature(content: bytes) -> set[str]:
    """The endings that the first bytes speak for, without regard to any name."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return set()
    return {one.extension.lstrip(".").lower() for one in found}


def is_text(content: bytes) -> bool:
    """Whether it reads as text, without control signs."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return not content.startswith(b"%PDF") and CONTROL.search(content) is None
