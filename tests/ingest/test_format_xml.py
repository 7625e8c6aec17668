"""The doors for XML, JSON and text: what they let in and what they refuse."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import xml
from ingest.formats.json import read_json
from ingest.formats.text import decode
from ingest.formats.xml import attribute, parse_xml, stream_xml, text_of
from ontology.errors import EmptyPayload, EncodingError, FormatError, MalformedPayload

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (i, (b"&l%d;" % (i - 1) if i else b"&l;") * 10) for i in range(10))
    + b"]>"
)


@pytest.mark.parametrize("body", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b"\xff\xfe"])
def test_nothing_is_an_empty_payload(body: bytes) -> None:
    with pytest.raises(EmptyPayload):
        parse_xml(body)


def test_a_truncated_document_names_line_and_column() -> None:
    with pytest.raises(MalformedPayload) as caught:
        parse_xml(b"<a>\n<b>x</b")
    assert caught.value.place == "line 2, column 8"


@pytest.mark.parametrize("body", [LAUGHS + b"<a>&l9;</a>", LAUGHS + b'<a x="&l9;">1</a>', LAUGHS + b"<a>&l;</a>"])
def test_entities_never_grow(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        parse_xml(body)


def test_files_stay_closed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("treasure")
    body = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'.encode()
    with pytest.raises(MalformedPayload, match="“x”"):
        parse_xml(body)
    assert (
        text_of(parse_xml(f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;]><a>free</a>'.encode())) == "free"
    )


@pytest.mark.server
def test_the_network_stays_closed() -> None:
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        body = f'<!DOCTYPE a SYSTEM "{base}/a.dtd" [<!ENTITY % p SYSTEM "{base}/p"> %p;]><a>quiet&nbsp;here</a>'
        assert text_of(parse_xml(body.encode())) == "quiet here"
        server.shutdown()
    assert asked == []


def test_named_characters_are_read_without_their_dtd() -> None:
    root = parse_xml(b'<!DOCTYPE a SYSTEM "jats.dtd"><a>&alpha;<b>1</b>&beta;&nbsp;x</a>')
    assert text_of(root) == "α1β x"
    with pytest.raises(MalformedPayload, match="“nonesuch”"):
        parse_xml(b'<!DOCTYPE a SYSTEM "jats.dtd"><a>&nonesuch;</a>')


@pytest.mark.parametrize(
    "body",
    [
        b"<a>caf\xe9</a>",
        b"<?xml version='1.0' encoding='klingon'?><a/>",
        b"<?xml version='1.0' encoding='us-ascii'?><a>\xc3\xa9</a>",
    ],
)
def test_bytes_that_belie_their_encoding(body: bytes) -> None:
    with pytest.raises(EncodingError) as caught:
        parse_xml(body)
    assert caught.value.place.startswith("line 1, column")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_honoured(encoding: str) -> None:
    assert text_of(parse_xml(f"<?xml version='1.0' encoding='{encoding}'?><a>né</a>".encode(encoding))) == "né"


def test_depth_text_and_size_are_bounded() -> None:
    deepest = xml.MAX_DEPTH - 1
    assert parse_xml(b"<a>" * deepest + b"</a>" * deepest).tag == "a"
    for body in (b"<a>" * 3000 + b"</a>" * 3000, b"<a>" + b"x" * (xml.MAX_TEXT_BYTES + 1000) + b"</a>"):
        with pytest.raises(MalformedPayload):
            parse_xml(body)
    with pytest.raises(MalformedPayload, match="limit is 5"):
        parse_xml(b"<abc/>", max_bytes=5)


def test_namespaces_comments_and_instructions_are_gone() -> None:
    root = parse_xml(b'<x:a xmlns:x="u:x" xmlns:l="u:l"><x:b l:href=" there "> y<!-- c --><?p i?>z </x:b></x:a>')
    assert root.tag == "a"
    assert text_of(root.find("b")) == "yz"
    assert attribute(root.find("b"), "href") == "there"
    assert attribute(root.find("b"), "src") == ""


def test_a_stream_yields_what_stands_before_the_fault() -> None:
    body = b'<s xmlns="u"><r>1</r><q/><r>2</r><r>3</s>'
    seen = []
    with pytest.raises(MalformedPayload) as caught:
        for element in stream_xml(body, "r"):
            seen.append(text_of(element))  # noqa: PERF401 (the list must survive the fault)
    assert seen == ["1", "2"]
    assert caught.value.place.startswith("line 1")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_typed_error(body: bytes) -> None:
    for candidate in (body, b"<a>" + body + b"</a>"):
        try:
            parse_xml(candidate)
        except FormatError as error:
            assert error.message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert decode("né\r\nna".encode(encoding), declared="ascii") == "né\nna"


def test_text_is_never_guessed() -> None:
    assert decode(b"caf\xe9", declared="latin-1") == "café"
    with pytest.raises(EncodingError) as caught:
        decode(b"one\ncaf\xe9")
    assert caught.value.place == "line 2, byte 7"
    with pytest.raises(EncodingError):
        decode(b"x", declared="klingon")
    with pytest.raises(MalformedPayload) as refused:
        decode(b"a\nb\0")
    assert refused.value.place == "line 2, column 2"


class Pair(msgspec.Struct):
    a: list[dict[str, int]]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a":[{"x":"1"}]}', "$.a[0][...]"),
        (b'{"a":[{"x":1}', "end of payload (byte 13)"),
        (b'{"a":[{"x":\n 1}] x', "line 2, column 6"),
        (b"[" * 100_000, "end of payload (byte 100000)"),
    ],
)
def test_faulty_json_names_its_place(body: bytes, place: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        read_json(body, Pair)
    assert caught.value.place == place


def test_json_is_utf8_and_not_bottomless() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": [{"x": 1}], "more": 2}', Pair).a == [{"x": 1}]
    with pytest.raises(EncodingError):
        read_json(b'{"a":"\xff"}', dict)
    with pytest.raises(EmptyPayload):
        read_json(b"  ", dict)
    with pytest.raises(MalformedPayload, match="deep"):
        read_json(b"[" * 100_000, list)
    with pytest.raises(MalformedPayload):
        read_json(b'"\\ud800 half a pair"', str)


@given(st.binary(max_size=100))
def test_any_bytes_are_json_or_a_typed_error(body: bytes) -> None:
    try:
        read_json(body, dict)
    except FormatError as error:
        assert error.message
