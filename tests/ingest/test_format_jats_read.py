"""What was wrong in articles that were read by eye beside their fragments (`python -m bench.fragments`)."""

from __future__ import annotations

from ingest.formats.detect import detect
from ontology.records import Document, Payload, Record


def document(body: str) -> Document:
    article = (
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
        f"</front><body>{body}</body></article>"
    )
    payload = Payload(source="test", locator="test", body=article.encode())
    record = next(iter(detect(payload).parse(payload)))
    assert isinstance(record, Record) and record.document is not None
    return record.document


def test_parts_of_a_taxons_name_are_words_of_their_own() -> None:
    name = "".join(f'<named-content content-type="{kind}">{word}</named-content>' for kind, word in NAME)
    found = document(f'<p>We saw <italic><named-content content-type="taxon-name">{name}</named-content></italic>.</p>')
    assert "We saw Coccinella septempunctata." in found.text


NAME = (("genus", "Coccinella"), ("species", "septempunctata"))


def test_who_made_a_table_or_figure_is_part_of_its_caption() -> None:
    found = document(
        "<p>x</p><table-wrap><label>Table 1</label><caption><p>Targets.</p></caption><table><tr><td>1</td></tr></table>"
        "<attrib>Source: A Programme.</attrib></table-wrap>"
        "<fig><caption><p>A map.</p></caption><attrib>By B.</attrib></fig>"
    )
    captions = {f.path: found.text[f.begin : f.end].partition("\n")[0] for f in found.fragments if f.path in CAPTIONED}
    assert captions == {"tab/1": "Targets. Source: A Programme.", "fig/1": "A map. By B."}


CAPTIONED = ("tab/1", "fig/1")
