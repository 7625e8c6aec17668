"""Payloads of many records, cut into a frame and parts that are read independently of one another.

Where such a payload has changed in places, only what differs need be read (`differing`): the frame with
the parts that are new on one side, the frame with the parts that are gone on the other. Both are payloads
of the same format. The cutting works on bytes and is far cheaper than reading; whatever it is not sure
of it does not cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

import msgspec

_Parts = list[tuple[int, bytes]]
_BORDERS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


_ENDS = frozenset((b" ", b"\t", b"\r", b"\n", b">"))
"""What may follow the name of an element."""


class Division(msgspec.Struct, frozen=True):
    """`frame` is what stands around the parts, without the white space between them; each of the `parts` is
    (place, bytes) and stands between `frame[place]` and `frame[place + 1]`, parted from others by `joint`. A part may
    itself be cut at the elements named `inner`, into a frame and parts of the same kind."""

    frame: tuple[bytes, ...]
    parts: tuple[tuple[int, bytes], ...]
    joint: bytes = b"\n"
    inner: tuple[str, ...] = ()

    def whole(self, parts: Iterable[tuple[int, bytes]]) -> bytes:
        """The payload with these parts only, in this order."""
        at: list[list[bytes]] = [[] for _ in self.frame]
        for place, part in parts:
            at[place].append(part)
        return b"".join(piece + self.joint.join(held) for piece, held in zip(self.frame, at, strict=True))


def elements(body: bytes, *names: str, inner: tuple[str, ...] = ()) -> Division | None:
    """XML cut at the elements with the first of these local names that is met; None where it cannot be told what is
    an element: where one does not end, or a comment, a CDATA section or an instruction reaches over its border."""
    first = _opening(names).search(body)
    if first is None:
        return None
    end = b"</" + first[1] + b">"
    *closed, rest = body.split(end)
    frame: list[bytes] = []
    parts: list[tuple[int, bytes]] = []
    begin = 0
    usual: bytes | None = None  # how most parts begin: as the one before, after white space alone
    for piece in closed:
        if usual is None or not piece.startswith(usual):
            begin = _begin(piece, first[0])
            if begin < 0:
                return None
            alone = begin == 0 or piece[:begin].isspace()
            if not frame or not alone:
                frame.append(piece[:begin])
            usual = piece[: begin + len(first[0]) + 1] if alone else None
        parts.append((len(frame) - 1, piece[begin:] + end))
    if not parts or _begin(rest, first[0]) >= 0:
        return None
    frame.append(rest)
    if not _balanced(body[: first.start()]):
        return None
    if _marked(body, first.start()) and not all(_balanced(part) for _, part in parts):
        return None
    return Division(tuple(frame), tuple(parts), inner=inner)


@cache
def _opening(names: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile(rb"<((?:[\w.-]+:)?(?:" + "|".join(names).encode() + rb"))(?=[\s>])")


def _begin(text: bytes, opening: bytes) -> int:
    """Where an element begins; -1 where none does."""
    at = text.find(opening)
    while at >= 0 and text[at + len(opening) : at + len(opening) + 1] not in _ENDS:
        at = text.find(opening, at + 1)
    return at


def _marked(text: bytes, at: int) -> bool:
    """Whether a comment, a CDATA section or an instruction begins from `at` on. One byte is found ten times as fast
    as two."""
    for mark in (b"!", b"?"):
        found = text.find(mark, at + 1)
        while found > 0:
            if text[found - 1 : found] == b"<":
                return True
            found = text.find(mark, found + 1)
    return False


def _balanced(text: bytes) -> bool:
    """Whether what begins here ends here, of all that may hold something that looks like an element and is none."""
    return all(text.count(begin) == text.count(end) for begin, end in _BORDERS)


def list_items(body: bytes) -> Division | None:
    """A JSON list cut at its items; None for any other JSON."""
    try:
        found = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Division((b"[", b"]"), tuple((0, bytes(one)) for one in found), b",")


def differing(before: Division, now: Division) -> tuple[bytes, bytes] | None:
    """The two payloads without the parts that stand in both at the same place; None where the frame differs,
    as parts may depend on it, or nothing stands in both."""
    if (before.frame, before.joint) != (now.frame, now.joint):
        return None
    both = Counter(before.parts) & Counter(now.parts)
    gone, new = _without(before.parts, both), _without(now.parts, both)
    less = _less(gone, new, before.inner) if before.inner else None
    if not both and less is None:
        return None
    gone, new = less or (gone, new)
    return before.whole(gone), now.whole(new)


def _less(gone: _Parts, new: _Parts, inner: tuple[str, ...]) -> tuple[_Parts, _Parts] | None:
    """Parts that have changed, cut themselves and without what stands in both; None where nothing does."""
    if len(gone) != len(new):
        return None
    less: list[tuple[tuple[int, bytes], tuple[int, bytes]]] = []
    found = False
    for (place, old), (other, young) in zip(gone, new, strict=True):
        cuts = (elements(old, *inner), elements(young, *inner)) if place == other else (None, None)
        bodies = differing(cuts[0], cuts[1]) if cuts[0] and cuts[1] else None
        found |= bodies is not None
        less.append(((place, bodies[0]), (place, bodies[1])) if bodies else ((place, old), (other, young)))
    return ([old for old, _ in less], [young for _, young in less]) if found else None


def _without(parts: Iterable[tuple[int, bytes]], left_out: Counter[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    left = Counter(left_out)
    kept = []
    for part in parts:
        if left[part] > 0:
            left[part] -= 1
        else:
            kept.append(part)
    return kept
