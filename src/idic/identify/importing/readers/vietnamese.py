"""The encodings of Vietnamese fonts from before Unicode, as codecs of Python's own: TCVN3 (fonts
named “.Vn…”, standard TCVN 5712:1993) and VNI (fonts named “VNI-…”). They are read, never written.
Also, whether a word can be Vietnamese: how `encodings` tells one of them from another.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

TCVN3 = "tcvn3"
VNI = "vni"

# From 0xA1 to 0xFE. Capitals with a tone are mostly small letters in a font of capitals. A dot: a
# mark alone, which no font writes.
_TCVN3_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđẰ.....àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ"
)
_UNUSED = "."

# VNI writes a letter and then a byte for what stands on it. Tones go on every vowel; the hat (^)
# and the bowl (˘) carry their tone along.
_TONES = {0xF9: "\u0301", 0xF8: "\u0300", 0xFB: "\u0309", 0xF5: "\u0303", 0xEF: "\u0323"}
_HATS = {0xE1: "\u0301", 0xE0: "\u0300", 0xE5: "\u0309", 0xE3: "\u0303", 0xE4: "\u0323", 0xE2: ""}
_BOWLS = {0xE9: "\u0301", 0xE8: "\u0300", 0xFA: "\u0309", 0xFC: "\u0303", 0xEB: "\u0323", 0xEA: ""}
_HAT, _BOWL = "\u0302", "\u0306"
_VNI_SINGLES = dict(zip(b"\xf4\xf6\xf1\xed\xec\xe6\xf3\xf2\xee", "ơưđíìỉĩịỵ", strict=True))
_CAPITAL = 0x20  # in both tables a capital lies so far below its small letter

_ONSETS = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx]"
_VOWELS = (
    "oai oao oay oeo uai uay uây uôi uya uyê uyu ươi ươu iêu yêu uêu "
    "ai ao au ay âu ây eo êu ia iê iu oa oă oe oi ôi ơi ua uâ uê ui uô uơ uy ưa ưi ươ ưu yê oo "
    "a ă â e ê i o ô ơ u ư y"
)
_CODAS = "ch|ng|nh|[ckmnpt]"  # k for Đắk Lắk
_SYLLABLE = re.compile(f"(?:{_ONSETS})?(?:{'|'.join(_VOWELS.split())})(?:{_CODAS})?")
_TONE_MARKS = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_WORD = re.compile(r"[^\W\d_]+")


def is_syllable(word: str) -> bool:
    """Tell whether a word can be one syllable of Vietnamese.

    >>> [is_syllable(word) for word in ("Nguyễn", "Ðặng", "NguyÔn", "Müller")]
    [True, False, False, False]
    """
    plain, tones = _TONE_MARKS.subn("", unicodedata.normalize("NFD", word.lower()))
    return tones < 2 and bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", plain)))


def share_of_syllables(text: str) -> float:
    """Give how many of the words with a letter beyond ASCII can be Vietnamese; 0 without any. A
    letter alone is none: a sign of a currency becomes one.
    """
    found = set(_WORD.findall(unicodedata.normalize("NFC", text)))
    strange = [word for word in found if len(word) > 1 and not word.isascii()]
    return sum(map(is_syllable, strange)) / len(strange) if strange else 0.0


def _tcvn3_table() -> str:
    upper = {
        0xA1 + place: letter for place, letter in enumerate(_TCVN3_LETTERS) if letter != _UNUSED
    }
    return "".join(upper.get(byte) or _western(byte) for byte in range(256))


def _western(byte: int) -> str:
    return bytes([byte]).decode("cp1252", errors="replace")


def _vni_pairs() -> dict[str, str]:
    """Give what each letter with a byte after it stands for: `eã` → `ễ`."""
    pairs: dict[str, str] = {}
    for vowel in "aeouyAEOUY":
        _add(pairs, vowel, vowel, _TONES)
    for letter, byte in (("ơ", 0xF4), ("ư", 0xF6), ("Ơ", 0xD4), ("Ư", 0xD6)):
        _add(pairs, _western(byte), letter, _TONES)
    for vowel in "aeoAEO":
        _add(pairs, vowel, vowel + _HAT, _HATS)
    for vowel in "aA":
        _add(pairs, vowel, vowel + _BOWL, _BOWLS)
    return pairs


def _add(pairs: dict[str, str], written: str, meant: str, marks: dict[int, str]) -> None:
    for byte, mark in marks.items():
        letter = unicodedata.normalize("NFC", meant + mark)
        pairs[written + _western(byte)] = pairs[written + _western(byte - _CAPITAL)] = letter


_TABLE = _tcvn3_table()
_PAIRS = _vni_pairs()
_SINGLES = {_western(byte): letter for byte, letter in _VNI_SINGLES.items()} | {
    _western(byte - _CAPITAL): letter.upper() for byte, letter in _VNI_SINGLES.items()
}
_BASES = {pair[0] for pair in _PAIRS}
_VNI_PART = re.compile(
    "|".join(sorted(map(re.escape, {*_PAIRS, *_SINGLES}), key=len, reverse=True))
)


def _decode_tcvn3(content: Buffer, errors: str = "strict") -> tuple[str, int]:
    return codecs.charmap_decode(content, errors, _TABLE)


def _decode_vni(content: Buffer, errors: str = "strict") -> tuple[str, int]:
    held = bytes(content)
    text = held.decode("cp1252", errors="replace")
    return _VNI_PART.sub(lambda part: _PAIRS.get(part[0]) or _SINGLES[part[0]], text), len(held)


class _Tcvn3Decoder(codecs.IncrementalDecoder):
    def decode(self, content: Buffer, final: bool = False) -> str:
        return _decode_tcvn3(content, self.errors)[0]


class _VniDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, content: Buffer, errors: str, final: bool) -> tuple[str, int]:
        # The byte for its tone may come with the next piece.
        held = bytes(content)
        is_open = not final and held[-1:].decode("cp1252", errors="replace") in _BASES
        return _decode_vni(held[:-1] if is_open else held, errors)


def _no_encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    raise UnicodeEncodeError(TCVN3, text, 0, len(text), "we write Unicode only")


class _NoEncoder(codecs.IncrementalEncoder):
    def encode(self, text: str, final: bool = False) -> bytes:
        return _no_encode(text)[0]


_DECODERS = {TCVN3: (_decode_tcvn3, _Tcvn3Decoder), VNI: (_decode_vni, _VniDecoder)}


def _find(name: str) -> codecs.CodecInfo | None:
    if name not in _DECODERS:
        return None
    decode, decoder = _DECODERS[name]
    return codecs.CodecInfo(
        _no_encode,
        decode,
        incrementalencoder=_NoEncoder,
        incrementaldecoder=decoder,
        name=name,
    )


codecs.register(_find)
