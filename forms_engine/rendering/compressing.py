"""Pages compressed ahead of time, so that a request costs next to nothing. Pure.

A page is static text around a few texts of its own (the token, the session). The static pieces are deflated once; the
texts between them are stored blocks (RFC 1951, section 3.2.4), put in as they are. Together they are one ordinary gzip
member (RFC 1952) that every browser and proxy reads.

Nothing that differs per visitor is ever compressed together with anything else: the length of the page tells nothing
about a token, whatever somebody puts into the address (the BREACH attack needs just that).
"""

import struct
import zlib

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_LONGEST_BLOCK = 0xFFFF
AHEAD, AT_ONCE = 9, 5


class Compressed:
    """Static pieces, deflated. `level` is zlib's: AHEAD for pages that are kept, AT_ONCE for those made once."""

    def __init__(self, *pieces: bytes, level: int = AHEAD) -> None:
        self._pieces = pieces
        self._crc = zlib.crc32(pieces[0])
        *starts, end = pieces
        self._deflated = [
            *(_deflate(piece, level, zlib.Z_FULL_FLUSH) for piece in starts),
            _deflate(end, level, zlib.Z_FINISH),
        ]

    def plain(self, *texts: bytes) -> bytes:
        """The page with these texts between its pieces: one less than there are pieces."""
        return b"".join(_woven(self._pieces, texts))

    def gzip(self, *texts: bytes) -> bytes:
        crc, length = self._crc, len(self._pieces[0])
        for part in _woven((b"", *self._pieces[1:]), texts):
            crc = zlib.crc32(part, crc)
            length += len(part)
        body = _woven(self._deflated, [_stored(text) for text in texts])
        return b"".join((_HEADER, *body, struct.pack("<II", crc, length & 0xFFFFFFFF)))


def _deflate(piece: bytes, level: int, flush: int) -> bytes:
    """Raw blocks that end at a byte and refer to nothing before them."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(piece) + compressor.flush(flush)


def _stored(text: bytes) -> bytes:
    blocks: list[bytes] = []
    for start in range(0, len(text), _LONGEST_BLOCK):
        block = text[start : start + _LONGEST_BLOCK]
        blocks += (struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF), block)
    return b"".join(blocks)


def _woven(pieces: "tuple[bytes, ...] | list[bytes]", texts: "tuple[bytes, ...] | list[bytes]") -> list[bytes]:
    """First piece, first text, second piece, … Raises ValueError where the numbers don't fit."""
    woven = [pieces[0]]
    for text, piece in zip(texts, pieces[1:], strict=True):
        woven += (text, piece)
    return woven
