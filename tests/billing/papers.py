"""Reading what a paper of ours says: the words as they are drawn, each found by its font's own table of letters."""

import re
import zlib
from collections.abc import Iterator

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
DRAWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_of(paper: bytes) -> str:
    """All words of a paper, in the order in which they are drawn, with single spaces between them."""
    parts = list(_parts(paper))
    fonts = [_letters(part) for part in parts if b"begincmap" in part]
    drawn = (piece for part in parts if b" Tj" in part for piece in _drawn(part, fonts))
    return " ".join(" ".join(drawn).split())


def _parts(paper: bytes) -> Iterator[bytes]:
    for found in STREAM.finditer(paper):
        try:
            yield zlib.decompress(found.group(1))
        except zlib.error:
            yield found.group(1)


def _letters(table: bytes) -> dict[int, str]:
    return {
        int(sign, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for sign, text in LETTER.findall(table)
    }


def _drawn(page: bytes, fonts: list[dict[int, str]]) -> Iterator[str]:
    letters = fonts[0]
    for found in DRAWN.finditer(page):
        if found.group(1):
            letters = fonts[int(found.group(1)) - 1]
        else:
            signs = ESCAPED.sub(lambda escaped: NAMED.get(escaped.group(1), escaped.group(1)), found.group(2))
            yield "".join(letters[int.from_bytes(signs[at : at + 2])] for at in range(0, len(signs), 2))
