"""Which encoding a text file is in: marks at its start, proof by strict decoding, then the look of
the letters. A file that mixes two encodings is named with its row.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from django.utils.translation import gettext as _

from idic.identify.importing.problems import ImportProblem

from .vietnamese import TCVN3, VNI, share_of_syllables

SAMPLE_BYTES = 1_000_000
_CHUNK = 4_000_000

# What people call it → what Python calls it.
KNOWN = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "tcvn3": TCVN3,
    "tcvn": TCVN3,
    "abc": TCVN3,
    "vni": VNI,
    "windows-1258": "cp1258",
    "cp1258": "cp1258",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
}
LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GBK",
    TCVN3: "TCVN3 (.Vn…)",
    VNI: "VNI",
    "cp1258": "Windows-1258",
    "cp1252": "Windows-1252",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FEW_NULS = 2
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_COMMON_PAIR = re.compile(rb"[\xb0-\xf7\xa1-\xa3][\xa1-\xfe]")
# Of the words with a letter beyond ASCII, how many have to be Vietnamese in an encoding.
_ENOUGH_SYLLABLES = 0.7


def choose_encoding(path: Path, *, wanted: str = "") -> str:
    """Give the encoding the whole file decodes in, the wanted one or the most likely one.

    Raises ImportProblem for binary files, an unknown or wrong encoding, and mixed encodings.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    chosen = _named(wanted) if wanted else _guess(sample, path)
    _check_whole(path, chosen, is_wanted=bool(wanted))
    return chosen


def _named(wanted: str) -> str:
    chosen = KNOWN.get(wanted.strip().lower().replace("_", "-"))
    if chosen is None:
        raise ImportProblem(
            "unknown_encoding",
            _("The encoding “%(name)s” is not known. Use one of: %(names)s.")
            % {
                "name": wanted,
                "names": "utf-8, utf-16, gbk, tcvn3, vni, windows-1258, windows-1252",
            },
        )
    return chosen


def _guess(sample: bytes, path: Path) -> str:
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    # A single one spoils its row, not the file.
    if sample.count(0) > max(_FEW_NULS, len(sample) // 10_000):
        return _utf16(sample)
    if len(_CONTROL.findall(sample)) > len(sample) // 100:
        raise binary_problem()
    if _is_utf8(sample):
        return "utf-8"
    if _is_mostly_utf8(sample):
        raise _mixed(path)
    if _looks_chinese(sample):
        return "gb18030"
    return _single_byte(sample)


def _utf16(sample: bytes) -> str:
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) // 8 or min(even, odd) * 10 > max(even, odd):
        raise binary_problem()
    name = "utf-16-be" if even > odd else "utf-16-le"
    text = sample.decode(name, errors="replace")
    strange = sum(1 for c in text if (c < " " and c not in "\t\r\n") or c == "\ufffd")
    if strange > len(text) // 100:
        raise binary_problem()
    return name


def binary_problem() -> ImportProblem:
    """Say that a file holds no table."""
    return ImportProblem(
        "binary",
        _("This file is not a table of text. Export it as CSV, XLSX or Parquet and try again."),
    )


def _is_utf8(sample: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(sample: bytes) -> bool:
    """Tell a UTF-8 file with a few foreign bytes from a file that is not UTF-8 at all."""
    text = sample.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(1 for c in text if c > "\x7f" and c != "\ufffd")
    return right > 4 * wrong


def _looks_chinese(sample: bytes) -> bool:
    pairs = len(_HIGH_PAIR.findall(sample))
    common = len(_COMMON_PAIR.findall(sample))
    if not pairs or common < 0.8 * pairs:
        return False
    try:
        codecs.getincrementaldecoder("gb18030")().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(sample: bytes) -> str:
    """Choose by the words: in the right encoding nearly all are syllables of Vietnamese."""
    shares = {
        name: share_of_syllables(sample.decode(name, errors="replace"))
        for name in ("cp1258", TCVN3, VNI)
    }
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _ENOUGH_SYLLABLES else "cp1252"


def _check_whole(path: Path, encoding: str, *, is_wanted: bool) -> None:
    """Decode the file to its end, so that no wrong byte is met in the middle of an import. A last
    letter that is cut in two belongs to a broken last line, and spoils none before it.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before = chunk[: error.start].count(b"\n")
                raise _undecodable(line + before, encoding, is_wanted=is_wanted) from None
            line += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if line == 1:
            raise _undecodable(line, encoding, is_wanted=is_wanted) from None


def _undecodable(line: int, encoding: str, *, is_wanted: bool) -> ImportProblem:
    values = {"row": line, "name": LABELS[encoding]}
    if is_wanted:
        return ImportProblem(
            "wrong_encoding",
            _(
                "Row %(row)d is not %(name)s text. "
                "Leave the encoding to be recognised, or name another."
            )
            % values,
        )
    return ImportProblem(
        "mixed_encoding",
        _(
            "Row %(row)d is not %(name)s text like the rows before it: the file mixes two "
            "encodings. Open it in a spreadsheet, save it as “CSV UTF-8”, and try again."
        )
        % values,
    )


def _mixed(path: Path) -> ImportProblem:
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            if not _is_utf8(content):
                return _undecodable(line, "utf-8", is_wanted=False)
    return _undecodable(1, "utf-8", is_wanted=False)
