"""ISO 5426, in which UNIMARC was exchanged before Unicode: Latin letters whose accents stand before them."""

from __future__ import annotations

from typing import Final

_ACCENTS: Final = dict(
    zip(
        range(0xC0, 0xDF),
        "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030a\u0315\u0313\u030b\u031b\u030c"
        "\u0327\u031c\u0328\u0323\u0324\u0325\u0333\u0332\u0329\u032d\u0000\ufe20\ufe21\ufe22\ufe23",
        strict=True,
    )
)
_SIGNS: Final = dict(
    zip(range(0xA1, 0xB0), "¡„£$¥†§′‘“«♭©℗®", strict=True)
) | {
    0x88: "\x98", 0x89: "\x9c", 0xB0: "ʻ", 0xB1: "ʼ", 0xB2: "‚", 0xB6: "‡", 0xB7: "·", 0xB8: "″", 0xB9: "’", 0xBA: "”",
    0xBB: "»", 0xBC: "♯", 0xBD: "ʹ", 0xBE: "ʺ", 0xBF: "¿", 0xE1: "Æ", 0xE2: "Đ", 0xE6: "Ĳ", 0xE8: "Ł", 0xE9: "Ø",
    0xEA: "Œ", 0xEC: "Þ", 0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF5: "ı", 0xF6: "ĳ", 0xF8: "ł", 0xF9: "ø", 0xFA: "œ",
    0xFB: "ß", 0xFC: "þ",
}  # fmt: skip


def decode(text: bytes) -> str:
    """The text, each accent behind its letter; what the standard does not name becomes U+FFFD."""
    found: list[str] = []
    waiting = ""
    for byte in text:
        if accent := _ACCENTS.get(byte, ""):
            waiting += accent
            continue
        found.append((chr(byte) if byte < 0x80 else _SIGNS.get(byte, "\ufffd")) + waiting)
        waiting = ""
    return "".join(found)
