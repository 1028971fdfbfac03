"""Old encodings: known bytes, round trip of every letter, detection by Vietnamese syllables."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading.encoding import ENCODINGS, Binary, Undecodable, decode, detect, encode, vietnamese

LETTERS = "".join(
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
)
SNIPPET = (
    "STT;Mã hồ sơ;Tên thủ tục;Ngày tiếp nhận;Trạng thái\n"
    "1;H11-240304-0001;Đăng ký khai sinh;04/03/2024;Đã trả kết quả\n"
    "2;H11-240304-0002;Chứng thực bản sao từ bản chính;05/03/2024;Đang xử lý\n"
    "3;H11-240305-0001;Đăng ký biến động quyền sử dụng đất;05/03/2024;Yêu cầu bổ sung giấy tờ\n"
)
SINGLE = [name for name in ENCODINGS if "+" not in name]
# Written by hand from the tables of the fonts.
BYTES = {
    ("tcvn3", "tiếng việt"): b"ti\xd5ng vi\xd6t",
    ("tcvn3", "hồ sơ"): b"h\xe5 s\xac",
    ("vni", "tiếng việt"): b"ti\x65\xe1ng vi\x65\xe4t",
    ("vni", "đường"): b"\xf1\xf6\xf4\xf8ng",
    ("cp1258", "tiếng việt"): b"ti\xea\xecng vi\xea\xf2t",
    ("utf-8+tcvn3", "tiếng việt"): "tiÕng viÖt".encode(),
}


@pytest.mark.parametrize(("known", "data"), BYTES.items(), ids=str)
def test_known_bytes(known, data):
    """Decoding gives what the fonts show."""
    assert decode(data, known[0]) == known[1]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_letter(encoding):
    """Each lower-case letter with each tone, and đ, survives a round trip."""
    assert decode(encode(LETTERS + "đ", encoding), encoding) == LETTERS + "đ"


def test_tcvn3_is_the_standard():
    """The lower-case letters equal those of TCVN 5712 in glibc."""
    converted = subprocess.run(
        ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=encode(LETTERS, "tcvn3"), capture_output=True
    )
    if converted.returncode:
        pytest.skip("iconv does not know TCVN5712-1")
    assert unicodedata.normalize("NFC", converted.stdout.decode()) == LETTERS


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("far", [0, 1_000_000])
def test_detected(encoding, far):
    """An export is recognised, also if its first non-ASCII letters come late."""
    small = SNIPPET.lower() if "tcvn3" in encoding else SNIPPET
    text = "1;a;b\n" * (far // 6) + small
    assert detect(encode(text, encoding)).encoding == encoding
    assert decode(encode(text, encoding), encoding) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_marked(encoding):
    """A byte order mark decides, and is not part of the text."""
    data = "\ufeffMã hồ sơ".encode(encoding)
    assert (detect(data).encoding, detect(data).how) == (encoding, "bom")
    assert decode(data, encoding) == "Mã hồ sơ"


@pytest.mark.parametrize("encoding", [name for name in SINGLE if not name.startswith("utf-16")])
@pytest.mark.parametrize("text", ["mã hồ sơ,ngày\n1,2\n", "code,xã\n1,hàm đức\n", "thị trấn ma lâm\n"])
def test_short(encoding, text):
    """A few words are enough for detection."""
    assert detect(encode(text, encoding)).encoding == encoding


def test_not_text():
    """Images and archives are not text."""
    for data in (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, bytes(range(256)) * 40, b"PK\x03\x04\0\0\0\x08"):
        with pytest.raises(Binary):
            detect(data)


def test_broken_utf8():
    """One broken character does not make a file windows-1258: its line is reported."""
    data = SNIPPET.encode() * 20 + "Hồ s".encode() + b"\xc6\n"
    assert detect(data).encoding == "utf-8"
    with pytest.raises(Undecodable) as error:
        decode(data, "utf-8")
    assert error.value.line == 81


@pytest.mark.parametrize("broken", [b"\xed\xa0\xbd\xed\xb8\x80", b"\xe1\xba", b"\xff\xfe"])
def test_mostly_utf8(broken):
    """A surrogate pair, a letter cut off or bytes of nothing do not turn the other words into another encoding."""
    data = "Mã;Tên hồ sơ\n1;đã có tên\n2;".encode() + broken + b"\n"
    assert detect(data).encoding == "utf-8"
    with pytest.raises(Undecodable) as error:
        decode(data, "utf-8")
    assert error.value.line == 3


def test_lines_of_two_encodings():
    """Few lines of UTF-8 among many of TCVN3 are not read as TCVN3."""
    assert detect(SNIPPET.encode() + encode(SNIPPET.lower(), "tcvn3") * 20).encoding == "utf-8"


@pytest.mark.parametrize("data", [b"a\n3\xd74\n", b"a\nm\xb2\n", "代码,中华人民共和国".encode("gb18030")])
def test_no_encoding_is_guessed_from_hardly_a_word(data):
    """Symbols and other languages are not guessed."""
    with pytest.raises(Undecodable) as error:
        detect(data)
    assert error.value.encoding == ""


@pytest.mark.parametrize("text", ["3×4", "5 m² ± ø20 «x» 40 °C ½ ÷ µ © ®", "Müller, café, Schröder, naïve", "à, ổ, ý"])
def test_valid_utf8_stays(text):
    """Symbols and foreign names are no Vietnamese in old letters."""
    assert detect(f"ma,ten\n1,{text}\n".encode() * 3).encoding == "utf-8"


def test_half_decomposed():
    """Decomposed letters are composed, and eth is replaced by Đ."""
    assert decode(unicodedata.normalize("NFD", "Hàm Đức").encode(), "utf-8") == "Hàm Đức"
    assert decode("Ðông Tiến".encode(), "utf-8") == "Đông Tiến"


def test_plain():
    """ASCII is read as UTF-8."""
    assert detect(b"a,b\n1,2\n").encoding == "utf-8"


def test_score():
    """Vietnamese text gets a high score, its misreadings a low one."""
    assert vietnamese(SNIPPET) == 1
    assert vietnamese("TiÕng ViÖt hå s¬") < 0.5


@given(st.text(st.sampled_from(LETTERS + "đ abc,;\n0123"), max_size=60), st.sampled_from(SINGLE))
def test_round_trip(text, encoding):
    """Any text of lower-case Vietnamese letters survives a round trip.

    VNI cannot distinguish “o” + “ù” from “ó”, so such pairs are separated.
    """
    if encoding == "vni":
        text = " ".join(text)
    assert decode(encode(text, encoding), encoding) == text
