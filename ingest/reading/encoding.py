"""Decodes a text file to NFC text, including encodings older than Unicode.

TCVN3 and VNI have no marker byte, and general detectors report both as windows-1258. If a detector's result does not
read as Vietnamese, each candidate encoding is scored by its share of Vietnamese syllables.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import charset_normalizer

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1258": "Windows-1258",
    "tcvn3": "TCVN3 (ABC)",
    "vni": "VNI Windows",
    # TCVN3 text that was read as windows-1252 and saved again: “TiÕng ViÖt”.
    "utf-8+tcvn3": "UTF-8 chứa TCVN3 (ABC)",
    "utf-8+vni": "UTF-8 chứa VNI",
    "utf-16-le+tcvn3": "UTF-16 LE chứa TCVN3 (ABC)",
    "utf-16-le+vni": "UTF-16 LE chứa VNI",
    # UTF-8 that was read as windows-1252 or windows-1258 and saved again: “Tiáº¿ng Viá»‡t”.
    "utf-8+utf-8": "UTF-8 bị mã hóa hai lần",
    "utf-16-le+utf-8": "UTF-16 LE chứa UTF-8 bị đọc sai",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 1 << 18
_SPAN = 2_000
_MIXED = 1 << 22  # characters searched for words in other letters
_THREE_BYTES = re.compile("[Ạ-ỹ]")
_CAPITALS = re.compile(r"(?<!\w)[^\W\d_a-z]*[A-Z][^\W\d_a-z]*(?!\w)")
_ABBREVIATION = re.compile("[A-ZĐ]+")
_HIGH = re.compile(rb"[\x80-\xff]")
# A result with a smaller share of possible Vietnamese words is not accepted.
_GOOD = 0.7
# Text that is valid as it stands is read another way only if so many different words become Vietnamese by it. A symbol
# between digits, “3×4”, is no word.
_STRONG = 3
# Bytes that are not valid UTF-8 must be something else: fewer words are enough, but nearly all must be Vietnamese,
# because an encoding that is not known here, such as VISCII, read as TCVN3 gives syllables by chance.
_ENOUGH = 2
_SURE = 0.8

# TCVN 5712:1993 from byte A0 on, as in the ABC fonts; B0 to B4 are combining marks.
_TCVN3_HIGH = (
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẶ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}


# The characters as which windows-1252 and windows-1258 show the bytes 80 to FF; a byte without a character stays.
_SHOWN = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
_SHOWN_AGAIN = _SHOWN | {chr(byte): byte for byte in range(0x80, 0x100)} | {"Ă": 0xC3}
_DOUBLED = re.compile(f"[{''.join(map(re.escape, _SHOWN_AGAIN))}]{{2,}}")
# A second byte that was lost: “à” is C3 A0, and A0 becomes a blank or nothing; bytes without a character become “?”.
_CUT = re.compile('(?<=[a-z])Ã(?=[ ?\ufffd,;|\t"\r\n]|$)|(?:[ÄÅÆ]|á[º»])[?\ufffd]')


@dataclass(frozen=True)
class Detected:
    """An encoding and how it was found: bom, strict, detector or scored."""

    encoding: str
    how: str


class Undecodable(ValueError):
    """A byte is invalid in the encoding ("" = in every encoding): its offset, and its line from 1."""

    def __init__(self, encoding: str, data: bytes, offset: int):
        super().__init__(f"{encoding or 'no encoding'} cannot read byte {offset}")
        self.encoding, self.offset = encoding, offset
        before = data[:offset].decode(encoding.partition("+")[0] or "latin-1", "ignore")
        self.line = len(re.findall("\r\n|\r|\n", before)) + 1


class Binary(ValueError):
    """The bytes are not text in any encoding."""


def detect(data: bytes) -> Detected:
    """The encoding of a text. Raises Binary, and Undecodable if no encoding gives Vietnamese words."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Detected(_mistaken(_beyond_ascii(data[len(mark) :], name), name), "bom")
    if sixteen := _sixteen(data):
        return Detected(_mistaken(_beyond_ascii(data, sixteen), sixteen), "scored")
    if b"\0" in data or len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", data[:_SAMPLE])) > len(data[:_SAMPLE]) / 100:
        raise Binary
    if data.isascii():
        return Detected("utf-8", "strict")
    sample = _telling(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if found := _guess(sample):
            return found
        raise Undecodable("", data, error.start) from error
    return Detected(_mistaken(sample.decode("utf-8", "ignore"), "utf-8"), "strict")


def decode(data: bytes, encoding: str) -> str:
    """The text in NFC, without byte order mark. Raises Undecodable."""
    mark = next((mark for mark, name in _BOMS if encoding.startswith(name) and data.startswith(mark)), b"")
    whole, data = data, data[len(mark) :]
    codec, _, inner = encoding.partition("+")
    try:
        if inner:
            text = data.decode(codec)
            if inner == "utf-8" and (cut := _CUT.search(text)):
                raise Undecodable(encoding, whole, len(text[: cut.start()].encode(codec)) + len(mark))
            text = _inner(text, inner)
        elif codec in ("tcvn3", "vni"):
            text = _legacy(data.decode("latin-1"), codec)
        else:
            text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise Undecodable(encoding, whole, error.start + len(mark)) from error
    # The letter eth looks like Đ and is typed instead of it on foreign keyboards. (translate() would take 30 times as
    # long.)
    return text if text.isascii() else unicodedata.normalize("NFC", text).replace("Ð", "Đ").replace("ð", "đ")


def encode(text: str, encoding: str) -> bytes:
    """Encode a text in one of ENCODINGS, without byte order mark. Raises UnicodeEncodeError."""
    text = unicodedata.normalize("NFC", text)
    codec, _, inner = encoding.partition("+")
    legacy = inner or codec
    if inner == "utf-8":
        shown = {byte: letter for letter, byte in _SHOWN.items()}
        return "".join(shown.get(byte, chr(byte)) for byte in text.encode()).encode(codec)
    if legacy == "cp1258":
        return "".join(map(_cp1258_letter, text)).encode("cp1258")
    if legacy not in ("tcvn3", "vni"):
        return text.encode(codec)
    table = {letter: written for written, letter in _written(legacy).items()}
    high = "".join(table.get(letter, letter) for letter in text)
    data = high.encode(codec) if inner else high.encode("latin-1")
    if (again := decode(data, encoding)) != text:
        place = next((at for at, pair in enumerate(zip(text, again, strict=False)) if pair[0] != pair[1]), 0)
        raise UnicodeEncodeError(encoding, text, place, place + 1, "no letter of this encoding")
    return data


def _cp1258_letter(letter: str) -> str:
    """A letter as windows-1258 stores it: vowel first, tone mark after it."""
    try:
        letter.encode("cp1258")
        return letter
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323"), "")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone if tone else letter


@cache
def _written(encoding: str) -> dict[str, str]:
    """For each Vietnamese letter, its bytes in the encoding, read as latin-1."""
    if encoding == "tcvn3":
        return {chr(0xA0 + place): letter for place, letter in enumerate(_TCVN3_HIGH) if letter != "\u00a0"}
    found = {}
    for base in "aeouy":
        for written, tone in _VNI_TONES.items():
            found[base + written] = base + tone
        if base in "aeo":
            found |= {base + written: base + "\u0302" + tone for written, tone in _VNI_CIRCUMFLEX.items()}
    found |= {"a" + written: "a\u0306" + tone for written, tone in _VNI_BREVE.items()}
    for horned, letter in (("ô", "ơ"), ("ö", "ư")):
        found |= {horned + written: letter + tone for written, tone in _VNI_TONES.items()}
    found |= _VNI_ALONE
    capitals = {written.upper(): letter.upper() for written, letter in found.items()}
    mixed = {written[0].upper() + written[1:]: letter.upper() for written, letter in found.items() if written[1:]}
    both = mixed | capitals | found
    return {written: unicodedata.normalize("NFC", letter) for written, letter in both.items()}


@cache
def _pattern(encoding: str) -> re.Pattern:
    longest_first = sorted(_written(encoding), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


def _legacy(text: str, encoding: str) -> str:
    """Convert a text that was read as latin-1 to its real letters."""
    letters = _written(encoding)
    if encoding == "tcvn3":
        table = "".join(letters.get(chr(byte), chr(byte)) for byte in range(256))
        # A character outside latin-1 was never TCVN3, so it stays.
        known = text.encode("latin-1", "ignore")
        return (
            codecs.charmap_decode(known, "strict", table)[0]
            if len(known) == len(text)
            else text.translate(str.maketrans(letters))
        )
    return _pattern(encoding).sub(lambda found: letters[found[0]], text)


def _inner(text: str, encoding: str) -> str:
    """The text that was read with a wrong encoding before it was saved."""
    return _DOUBLED.sub(_undoubled, text) if encoding == "utf-8" else _legacy(text, encoding)


def _undoubled(found: re.Match) -> str:
    """The letters of a run of characters that are the bytes of UTF-8; the run itself if they are not."""
    try:
        return bytes(_SHOWN_AGAIN[letter] for letter in found[0]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _sixteen(data: bytes) -> str:
    """UTF-16 without a byte order mark, recognised by its zero bytes."""
    sample = data[: min(len(data), _SAMPLE) & ~1]
    if len(sample) < 4:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.5 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.5 and odd < half * 0.05 else ""


def _telling(data: bytes) -> bytes:
    """The parts of the bytes that contain letters beyond ASCII."""
    parts, size, place = [], 0, 0
    # Search from one such letter to the next: a search for whole lines would rescan a long ASCII line from each byte.
    while size <= _SAMPLE and (found := _HIGH.search(data, place)):
        start = max(data.rfind(b"\n", place, found.start()) + 1, place, found.start() - _SPAN // 2)
        end = data.find(b"\n", found.start(), start + _SPAN)
        place = start + _SPAN if end < 0 else end + 1
        parts.append(data[start:place])
        size += len(parts[-1])
    return b"\n".join(parts)


def _guess(sample: bytes) -> Detected | None:
    """The encoding of a text that is not strict UTF-8; None if none gives Vietnamese words."""
    strict = sample.decode("utf-8", "ignore")
    lost = len(sample) - len(strict.encode())
    # A few broken characters do not make it another encoding: letters of the others hardly ever form UTF-8, and never
    # words whose letters have three bytes.
    certain = {word for word in _words(strict) if _THREE_BYTES.search(word) and _is_syllable(word)}
    if sum(letter > "\x7f" for letter in strict) >= lost or len(certain) >= _STRONG:
        return Detected("utf-8", "scored")
    # Western programs write “Xã” in windows-1252 and lose every letter that it does not have; nothing brings them back.
    western = sample.decode("cp1252", "replace")
    best = charset_normalizer.from_bytes(sample[: _SPAN * 8]).best()
    named = best.encoding.replace("_", "-") if best else ""
    if named in ("utf-16-le", "utf-16-be") and vietnamese(_trial(sample, named)) > 0.95:
        return Detected(named, "detector")
    trials = {name: _trial(sample, name) for name in ("tcvn3", "vni", "cp1258")}
    # TCVN3 has no capitals with tones: a word of capitals contains small letters.
    trials["tcvn3"] = _CAPITALS.sub(lambda found: found[0].upper(), trials["tcvn3"])
    scores = {name: vietnamese(text) for name, text in trials.items()}
    best = "cp1258" if named == "cp1258" and scores["cp1258"] > 0.95 else max(scores, key=scores.get)
    if trials[best] != western and vietnamese(western) >= scores[best]:
        return None
    how = "detector" if best == named else "scored"
    return Detected(best, how) if scores[best] >= _SURE and _evidence(trials[best]) >= _ENOUGH else None


def _beyond_ascii(data: bytes, encoding: str) -> str:
    """The parts of a Unicode text with letters beyond ASCII."""
    same = data if encoding == "utf-8" else data.decode(encoding, "ignore").encode()
    return _telling(same).decode("utf-8", "ignore")


def _mistaken(text: str, encoding: str) -> str:
    """The encoding, or the one with which the text was misread before it was saved, if the evidence is strong."""
    if encoding == "utf-16-be":
        return encoding
    plain = vietnamese(text)
    # Characters that together are the bytes of UTF-8 do not come by chance.
    again = _inner(text, "utf-8")
    if again != text and _evidence(again) - _evidence(text) >= _STRONG and vietnamese(again) > plain:
        return f"{encoding}+utf-8"
    if plain >= _GOOD:
        return encoding
    trials = {name: _legacy(text, name) for name in ("tcvn3", "vni")}
    scores = {name: vietnamese(trial) for name, trial in trials.items()}
    best = max(scores, key=scores.get)
    strong = _evidence(trials[best]) - _evidence(text) >= _STRONG
    return f"{encoding}+{best}" if strong and scores[best] >= _GOOD and scores[best] > plain + 0.2 else encoding


def line_of_other_letters(text: str) -> int:
    """The line of the first word in letters of TCVN3 or VNI within a Unicode text; 0 if there are hardly any."""
    if text.isascii():
        return 0
    place, words = len(text), set()
    for word in set(_words(_telling(text[:_MIXED].encode("utf-8", "ignore")).decode("utf-8", "ignore"))):
        if (
            len(word) > 1
            and not _is_syllable(word)
            and any((read := _legacy(word, name)) != word and _is_syllable(read) for name in ("tcvn3", "vni"))
        ):
            words.add(word)
            place = min(place, text.find(word))
    return len(re.findall("\r\n|\r|\n", text[:place])) + 1 if len(words) >= _STRONG else 0


def _trial(sample: bytes, encoding: str) -> str:
    try:
        return decode(sample, encoding)
    except Undecodable:
        return unicodedata.normalize("NFC", sample.decode(encoding, "replace"))


_ONSET = "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?"
_RHYME = "(?:[iuo]?[aăâeêioôơuưy]|uyê|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uơ|uy|ưa|ia|ya|ua|uya)(?:ch|ng|nh|[cmnptiouy])?"
_SYLLABLE = re.compile(f"{_ONSET}{_RHYME}")
_WORD = re.compile(r"[^\W\d_]+")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


def vietnamese(text: str) -> float:
    """The share of non-ASCII words that can be Vietnamese syllables, 0 to 1."""
    # “QSDĐ” says nothing about the encoding.
    words = [word for word in _words(text) if not _ABBREVIATION.fullmatch(word)]
    return sum(map(_is_syllable, words)) / len(words) if words else 0.0


def _evidence(text: str) -> int:
    """The number of different non-ASCII words of two or more letters that can be Vietnamese syllables."""
    return sum(len(word) > 1 and _is_syllable(word) for word in set(_words(text)))


def _words(text: str) -> list[str]:
    # A single character such as "µ" or "¸" between words is a misread letter, so it is joined to its neighbours.
    words = re.findall(r"[^\s\d,;|\t\"'()/:.\-–_]+", text[:_SAMPLE])
    return [word for word in words if not word.isascii()]


@cache
def _is_syllable(word: str) -> bool:
    if not _WORD.fullmatch(word) or (word != word.lower() and word != word.upper() and word != word.capitalize()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    if len(_TONES.findall(parts)) > 1:
        return False
    bare = unicodedata.normalize("NFC", _TONES.sub("", parts))
    return len(bare) <= 7 and _SYLLABLE.fullmatch(bare) is not None
