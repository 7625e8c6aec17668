"""MARC 21 and UNIMARC as they are transmitted, and what is nearly so (golden records: marc, marc-*)."""

from __future__ import annotations

import re

import pymarc
import pytest

from ingest.formats import iso5426
from ingest.formats.base import Rejected
from ingest.formats.detect import detect
from ontology.agents import AnyRecord
from ontology.records import Payload, Record

LEADER = "00000cam0 2200000   450 "
FIELDS: dict[str, list[tuple[str, str]]] = {
    "100": [("a", "20230214d2021    m  y0frey50      ba")],
    "101": [("a", "fre")],
    "200": [("a", "\x98L'\x9cété à Noël"), ("e", "œuvres")],
    "700": [("a", "Côté"), ("b", "Zoë"), ("4", "070")],
}
OLD = {
    "é": b"\xc2e", "à": b"\xc1a", "ë": b"\xc8e", "ô": b"\xc3o", "œ": b"\xfa", "\x98": b"\x88", "\x9c": b"\x89",
    "ç": b"\xd0c",
}  # fmt: skip


def transmitted(fields: dict[str, list[tuple[str, str]]], old: bool = False) -> bytes:
    """One record as ISO 2709, in UTF-8 or in ISO 5426."""
    directory, data = b"", b""
    for tag, parts in fields.items():
        text = "  " + "".join(f"\x1f{code}{value}" for code, value in parts) + "\x1e"
        body = text.encode()
        for new, instead in OLD.items() if old else ():
            body = body.replace(new.encode(), instead)
        directory += f"{tag}{len(body):04}{len(data):05}".encode()
        data += body
    base = 24 + len(directory) + 1
    leader = LEADER[:12].replace("00000", f"{base + len(data) + 1:05}", 1) + f"{base:05}" + LEADER[17:]
    return leader.encode() + directory + b"\x1e" + data + b"\x1d"


def read(body: bytes) -> list[AnyRecord | Rejected]:
    payload = Payload(source="test", locator="a.mrc", body=body)
    reader = detect(payload)
    assert reader.name == "marc"
    return list(reader.parse(payload))


@pytest.mark.parametrize("old", [False, True])
def test_as_it_is_transmitted(old: bool) -> None:
    first, second = read(transmitted(FIELDS, old) * 2)
    for record in (first, second):
        assert isinstance(record, Record)
        assert (record.title, record.language, record.issued) == ("L'été à Noël: œuvres", "fr", "2021")
        assert [(one.name, one.role) for one in record.contributors] == [("Zoë Côté", "author")]
        assert record.kind == "book"


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"\xc8u\xc2e", "u\u0308e\u0301"), (b"\xd0C\xfa\xe9\xfb", "C\u0327œØß"), (b"\xcfs\xd3s", "s\u030cs\u0323"),
     (b"e\xc2", "e"), (b"\xff\xa4", "\ufffd$"), (b"\xc2\xd0c", "c\u0301\u0327")],
)  # fmt: skip
def test_iso_5426(body: bytes, text: str) -> None:
    assert iso5426.decode(body) == text


def test_a_cut_file_keeps_what_came_before() -> None:
    whole = transmitted(FIELDS)
    first, fault = read(whole + whole[:-9])
    assert isinstance(first, Record) and isinstance(fault, Rejected)
    assert (fault.key, fault.error) == ("#2", "MalformedPayload")


@pytest.mark.parametrize("byte", range(0, 110, 3))
def test_a_spoilt_byte_ends_in_a_record_or_a_typed_error(byte: int) -> None:
    whole = bytearray(transmitted(FIELDS))
    whole[byte] = 0xC3
    for entry in detect(marc := Payload(source="t", locator="a", body=bytes(whole), media="marc")).parse(marc):
        assert isinstance(entry, Record | Rejected)


def marc21(text: bytes, flag: bytes = b" ") -> bytes:
    """A record of one title, 24 bytes of leader, a directory of one entry, the field."""
    field = b"10\x1fa" + text + b"\x1e"
    head = b"%05dcam " % (24 + 13 + len(field) + 1) + flag + b"2200037 a 4500" + b"245%04d00000\x1e" % len(field)
    return head + field + b"\x1d"


@pytest.mark.parametrize(
    ("text", "flag", "title"),
    [
        ("Été à Noël".encode(), b"a", "Été à Noël"), ("Été à Noël".encode(), b" ", "Été à Noël"),
        (b"\xe2Et\xe2e \xe1a No\xe8el", b" ", "Été à Noël"), (b"plain", b" ", "plain"),
    ],
)  # fmt: skip
def test_text_is_read_as_it_is_written_not_as_it_is_declared(text: bytes, flag: bytes, title: str) -> None:
    (record,) = read(marc21(text, flag))
    assert isinstance(record, Record) and record.title == title


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (marc21("Полдень".encode("cp1251")), "neither in UTF-8 nor in MARC-8"),
        (marc21("Été".encode("latin-1"), b"a"), "the leader says Unicode"),
        (transmitted(FIELDS).replace("Côté".encode(), "Путь"[:3].encode("cp1251") * 2), "nor in ISO 5426"),
    ],
)
def test_text_in_an_encoding_nobody_named_is_refused(body: bytes, said: str) -> None:
    (fault,) = read(body)
    assert isinstance(fault, Rejected) and fault.error == "EncodingError" and said in fault.message
    assert re.fullmatch(r"record 1, byte \d+", fault.place)


def test_lengths_are_often_wrong_and_lines_between_records() -> None:
    whole = marc21(b"Noon")
    body = whole + b"\r\n" + b"00031" + whole[5:] + b"\n\n" + whole[:-3] + b"\x1d" + b"99999" + whole[5:] + b"\x1a"
    found = read(body)
    assert [getattr(one, "title", "") for one in found] == ["Noon", "Noon", "Noo", "Noon"]
    (_, fault) = read(whole + b"\n" + whole[:-4])
    assert isinstance(fault, Rejected) and fault.place == f"record 2, byte {len(whole) + 1}"


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Lutz, Mark.", "Mark Lutz"), ("Thomas, John P.", "John P. Thomas"), ("Jones, M. Tim.", "M. Tim Jones"),
        ("Nomon, A.-B.", "A.-B. Nomon"), ("Ada", "Ada"), ("Nomon, Jr.", "Jr. Nomon"),
    ],
)  # fmt: skip
def test_the_full_stop_of_a_field_is_none_of_the_name(printed: str, name: str) -> None:
    record = one(("245", "10", {"a": "Noon"}), ("100", "1 ", {"a": printed}))
    assert [person.name for person in record.contributors] == [name]
    group = one(
        ("245", "10", {"a": "Noon"}), ("110", "2 ", {"a": "Dial Press Inc."}), ("710", "2 ", {"a": "House Hall."})
    )
    assert [person.name for person in group.contributors] == ["Dial Press Inc.", "House Hall"]


@pytest.mark.parametrize("printed", ["Her Waste ; pt. 1", "Her Waste ; v. 12.", "Her Waste ;  641", "Her Waste"])
def test_a_series_without_the_number_of_its_volume(printed: str) -> None:
    record = one(("245", "10", {"a": "Noon"}), ("490", "0 ", {"a": printed}))
    assert record.venue is not None and record.venue.name == "Her Waste"


def test_what_links_embeds_the_fields_of_the_other_record() -> None:
    link = '<datafield tag="410" ind1=" " ind2="0"><subfield code="1">001IT99</subfield>'
    link += '<subfield code="1">2001 </subfield>'
    link += '<subfield code="a">All noons</subfield><subfield code="v">641</subfield></datafield></record>'
    (record,) = read(xml(LEADER, NOON).replace(b"</record>", link.encode()))
    assert isinstance(record, Record) and record.venue is not None and record.venue.name == "All noons"


def xml(leader: str, *fields: tuple[str, str, dict[str, str]]) -> bytes:
    made = "".join(
        f'<datafield tag="{tag}" ind1="{marks[0]}" ind2="{marks[1]}">'
        + "".join(f'<subfield code="{code}">{value}</subfield>' for code, value in parts.items())
        + "</datafield>"
        for tag, marks, parts in fields
    )
    return f"<record><leader>{leader}</leader>{made}</record>".encode()


def one(*fields: tuple[str, str, dict[str, str]], leader: str = LEADER) -> Record:
    (record,) = read(xml(leader, *fields))
    assert isinstance(record, Record), record
    return record


NOON = ("200", "1 ", {"a": "Noon"})


def test_a_field_200_beside_a_245_is_no_unimarc() -> None:
    assert one(("245", "10", {"a": "Dials"}), NOON).title == "Dials"
    (nothing,) = read(xml(LEADER, ("200", "1 ", {"e": "Noon"})))
    assert isinstance(nothing, Rejected)


@pytest.mark.parametrize(
    ("form", "coded", "kind"),
    [
        ("cam0", "", "book"), ("cas0", "", "other"), ("caa2", "", "article"), ("cgm0", "", "video"),
        ("cam0", "a   p   000yy", "report"), ("cam0", "a   z   100yy", "proceedings"),
        ("cam0", "    v   000yy", "thesis"), ("cam0", "a", "book"), ("cim0", "", "audio"), ("ccm0", "", "other"),
    ],
)  # fmt: skip
def test_kinds(form: str, coded: str, kind: str) -> None:
    fields = [("105", "  ", {"a": coded})] if coded else []
    assert one(NOON, *fields, leader=f"     {form} 22        450 ").kind == kind


def test_electronic_resources_and_genres() -> None:
    electronic = "     clm0 22        450 "
    assert one(NOON, ("135", "  ", {"a": "vrcn"}), leader=electronic).kind == "book"
    assert one(NOON, ("135", "  ", {"a": "b"}), leader=electronic).kind == "software"
    assert one(NOON, ("608", "  ", {"a": "Actes de congrès", "2": "rameau"})).kind == "proceedings"


def test_a_chapter_of_a_book_and_a_volume_of_a_set() -> None:
    chapter = one(
        NOON, ("463", "  ", {"t": "Dials", "y": "9780201134476", "p": "p. 12-30"}), leader="     caa2 22 450 "
    )
    assert (chapter.kind, chapter.pages) == ("chapter", "12-30")
    assert chapter.venue is not None and chapter.venue.kind == "book"
    volume = one(NOON, ("461", "  ", {"t": "All dials", "v": "2"}))
    assert (volume.kind, volume.volume, volume.venue and volume.venue.kind) == ("book", "2", "book")


@pytest.mark.parametrize(
    ("tag", "parts", "said"),
    [
        ("700", {"a": "Nomon", "b": "Ada"}, ("Ada Nomon", "author")),
        ("702", {"a": "Nomon", "b": "Ada"}, ("Ada Nomon", "contributor")),
        ("702", {"a": "Nomon", "b": "Ada", "4": "651"}, ("Ada Nomon", "editor")),
        ("701", {"a": "Nomon", "b": "Ada", "4": "aut"}, ("Ada Nomon", "author")),
        (
            "700",
            {"a": "Nomon", "b": "Ada", "4": "http://id.loc.gov/relators/trl"},
            ("Ada Nomon", "translator"),
        ),
        ("710", {"a": "House", "b": "Hall"}, ("House. Hall", "author")),
    ],
)
def test_people_and_their_parts(tag: str, parts: dict[str, str], said: tuple[str, str]) -> None:
    record = one(NOON, (tag, " 1", parts))
    assert [(person.name, person.role) for person in record.contributors] == [said]


def test_another_script_is_a_variant() -> None:
    record = one(
        ("200", "1 ", {"6": "a01", "7": "ba", "a": "Ri gui"}), ("200", "1 ", {"6": "a01", "7": "ja", "a": "日晷"}),
        ("700", " 1", {"6": "a02", "7": "ba", "a": "Zhang", "b": "Wei"}),
        ("700", " 1", {"6": "a02", "7": "ja", "a": "张", "b": "伟"}), ("700", " 1", {"a": "Nomon", "b": "Ada"}),
        ("701", " 1", {"a": "Nomon", "b": "Ida"}),
    )  # fmt: skip
    assert [title.text for title in record.titles] == ["Ri gui", "日晷"]
    assert [(person.name, person.variants) for person in record.contributors] == [
        ("Wei Zhang", ("张伟",)), ("Ada Nomon", ()), ("Ida Nomon", ()),
    ]  # fmt: skip


def test_pymarc_reads_what_we_transmit() -> None:
    """The records of these tests are what the library takes for ISO 2709."""
    (record,) = pymarc.MARCReader(transmitted({"001": [("a", "x")], **FIELDS}), force_utf8=True)
    assert record is not None and record["200"]["e"] == "œuvres"
