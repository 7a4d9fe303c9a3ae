"""Reads how large a picture is, and whether it is all there, before anybody spends memory on decoding it.

JPEG (ITU-T T.81, annex B), PNG (W3C PNG, section 5) and WebP (RFC 9649) are known: what cameras, telephones
and school offices hand in. A file with another beginning is not a picture to us.
"""

from __future__ import annotations

import struct

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA
_END_OF_JPEG = b"\xff\xd9"
_END_OF_PNG = b"IEND\xaeB`\x82"


class BadHeader(ValueError):  # noqa: N818 - named for what it is
    """The bytes are no picture that we know, or only the first part of one."""


def picture_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels; raise `BadHeader` for what is no whole JPEG, PNG or WebP."""
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except (struct.error, IndexError) as error:
        raise BadHeader("the file ends before the picture does") from error
    raise BadHeader("the file is neither JPEG nor PNG nor WebP")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    size, place = None, 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _STANDALONE or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, place + 5)
            size = (width, height)
        place += 2 + struct.unpack_from(">H", data, place + 2)[0]
        if marker == _START_OF_SCAN:
            break
    # Within a scan every FF of the pixels is followed by 00, so this marker is the file's own end, and
    # not that of a thumbnail in its header.
    if size is None or data.find(_END_OF_JPEG, place) < 0:
        raise BadHeader("the JPEG is not complete")
    return size


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    if _END_OF_PNG not in data:
        raise BadHeader("the PNG is not complete")
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise BadHeader("the WebP is not complete")
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    raise BadHeader("the WebP holds no picture")
