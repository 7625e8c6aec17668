"""Text to knowledge: one document in, everything found in it out.

The order is: language, sentences, labels (one automaton pass over the whole text), the document's own
abbreviations, linking, topics, citation contexts, and last, only for sentences that can hold one, claims.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from hashlib import blake2b
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Final

import msgspec

from nlp import model
from nlp.abbreviations import definitions
from nlp.citations import citation_contexts
from nlp.claims import ClaimSettings, claims
from nlp.composition import composed
from nlp.coordination import coordinated
from nlp.entities import EntitySettings, entities, joined
from nlp.extracted import NOTHING, extracted
from nlp.highlights import HighlightSettings, highlights
from nlp.institutions import Institutions
from nlp.keyphrases.base import keyphrases
from nlp.kinds import Judge
from nlp.language import detect
from nlp.lexicon import tables_hash
from nlp.linking import Found, Link, Linker, LinkingSettings
from nlp.matcher import Hit, Matcher
from nlp.sentences import model_note, sentences
from nlp.short_forms import with_short_forms
from nlp.subjects.lesson import TopicModel
from nlp.subjects.lesson import joined as joined_topics
from nlp.terms import terms
from nlp.topics import Placed, TopicSettings, topics
from ontology.reading import Maker, Mention, Reading, TopicAssignment, text_version
from ontology.records import Document, Fragment

if TYPE_CHECKING:
    from nlp.joint.extractor import Extractor

NAME: Final = "gnomon-reader"
VERSION: Final = "10"
"""Raised whenever the rules in this package change what is found."""
MAX_TEXT: Final = 5_000_000
"""Characters; a longer document is read up to the last sentence within."""

_LEAD: Final = 100
"""Characters that count as the title of a text without one."""
_PLACES: Final = {"title": "title", "abs": "abstract", "fig": "caption", "tab": "caption"}
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w+")
_GENUS: Final = re.compile(r"(?<![\w.])[A-Z]\.\s$")
_PREFIX: Final = re.compile(r"(?<![\w-])(?:anti|non|not|pseudo|quasi|semi)[-‐‑]$", re.I)
_JOINED: Final = re.compile(r"\w[-‐‑]\Z")
_LIKE: Final = re.compile(r"[-‐‑]like\b", re.I)
_SILENT: Final = frozenset({"acknowledgements", "funding", "competing-interests", "author-contributions", "ethics"})
"""Roles of sections that name no subject of the work."""


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds and weights of reading; part of the maker's configuration."""

    linking: LinkingSettings = LinkingSettings()
    topics: TopicSettings = TopicSettings()
    claims: ClaimSettings = ClaimSettings()
    highlights: HighlightSettings = HighlightSettings()
    covered: int = 3
    """Works with fewer topics get keyphrases."""
    entities: EntitySettings | None = EntitySettings()
    """None: only what vocabularies name is found."""


class Reader:
    """Reads documents with one matcher. Build one per process; the first claim loads spaCy's model."""

    def __init__(
        self, matcher: Matcher, settings: ReaderSettings | None = None, extractor: Extractor | None = None,
        learned: TopicModel | None = None,
    ) -> None:  # fmt: skip
        """`extractor` is the one whose key the settings name; `learned` what the catalogue's own subjects taught."""
        self.matcher = matcher
        self._extractor = extractor
        self.settings = settings or ReaderSettings()
        self.maker = Maker(NAME, VERSION, _configuration(matcher, self.settings, learned.version if learned else ""))
        self._learned = learned
        self._linker = Linker(matcher, self.settings.linking)
        self._judge = Judge(matcher)

    def read(self, documents: Iterable[Document]) -> Iterator[Reading]:
        """One reading per document, in order; the same document always gives the same reading."""
        return map(self.read_one, documents)

    def read_one(self, document: Document) -> Reading:
        """Each block in its own language: what only English can be asked for is asked of English sentences."""
        language = detect(sample(document), document.language)
        parts = sentences(document, language)
        english = [part for part in parts if (part.language or language) == "en"]
        own = [part for part in parts if not part.language]
        links, inside = self._linked(document, language, parts)
        mentions = [_mention(document, link, sentence, self.matcher) for link, sentence in inside]
        told = NOTHING
        if english and self.settings.entities:
            short = definitions(document.text[:MAX_TEXT])
            told = extracted(self._extractor, document, english)
            mentions = joined(mentions, entities(document, english, short, self.settings.entities, told))
        found_topics = self._topics(document, language, links, inside)
        said = claims(document, english, mentions, self.settings.claims, self._judge, told) if english else ()
        covered = len(found_topics) >= self.settings.covered
        return Reading(
            maker=self.maker,
            text_version=text_version(document.text),
            language=language,
            sentences=parts,
            mentions=tuple(mentions),
            claims=said,
            topics=found_topics,
            citations=citation_contexts(document, parts, language),
            highlights=highlights(document, english, self.settings.highlights) if english else (),
            keyphrases=() if covered else keyphrases(document, own, language),
            terms=terms(document, own, language, lambda text: self._is_label(text, language)),
            notes=tuple(_notes(document, [language, *sorted({p.language for p in parts if p.language})])),
        )

    def topics_of(self, document: Document) -> tuple[TopicAssignment, ...]:
        """The topics alone, at a multiple of the speed: the same as those of the whole reading."""
        language = detect(sample(document), document.language)
        links, inside = self._linked(document, language, sentences(document, language))
        return self._topics(document, language, links, inside)

    def _linked(
        self, document: Document, language: str, parts: Sequence[Fragment]
    ) -> tuple[list[Link], list[tuple[Link, Fragment]]]:
        """Places that name a concept, and those of them that lie in a sentence, with it."""
        begins = [part.begin for part in parts]
        links = self.links(document, language, parts)
        inside = [(link, s) for link in links if (s := _inside(parts, begins, link.begin, link.end)) is not None]
        return links, inside

    def _topics(
        self, document: Document, language: str, links: Sequence[Link], inside: Sequence[tuple[Link, Fragment]]
    ) -> tuple[TopicAssignment, ...]:
        silent = {f.path for f in document.fragments if f.role in _SILENT}
        lead = 0 if any(f.kind == "title" for f in document.fragments) else _LEAD
        placed = [*self._headings(document, language, links)]
        for link, sentence in inside:
            if place := _place(sentence.path, silent):
                placed.append(Placed(link, "title" if link.begin < lead else place))
        named = topics(placed, self.matcher, self.settings.topics)
        if self._learned is None or language != self._learned.language:
            return named
        taught = [one for one in self._learned.assignments(document) if one.concept in self.matcher.number_of]
        return joined_topics(named, taught, self.settings.topics.most, self.settings.topics.least_score)

    def links(self, document: Document, language: str, parts: Sequence[Fragment] = ()) -> list[Link]:
        """Every place of the text that names a concept, in text order; `parts` are its sentences, where some of them
        may be in another language."""
        return self._linker.link(document.text, self.found(document, language, parts))

    def found(self, document: Document, language: str, parts: Sequence[Fragment] = ()) -> list[Found]:
        """Labels and the document's own abbreviations, undecided, outside citation markers and addresses."""
        text = document.text[:MAX_TEXT]

        def find(short: str) -> list[Hit]:
            return self.matcher.find(short, language)

        hits = self._hits(text, language, [part for part in parts if part.language])
        hits = composed(text, sorted([*hits, *coordinated(text, hits, find)]), self.matcher, find)
        found = with_short_forms(text, hits, definitions(text), find)
        marks = sorted((f.begin, f.end) for f in document.fragments if f.kind == "citation")
        if addresses := [found.span() for found in _ADDRESS.finditer(text)]:
            marks = sorted([*marks, *addresses])
        bodies = Institutions(text)
        return [
            f for f in found
            if not _touches(marks, f.hit.begin, f.hit.end) and not _is_half(text, f.hit)
            and not bodies.hold(f.hit.begin, f.hit.end)
        ]  # fmt: skip

    def _hits(self, text: str, language: str, others: Sequence[Fragment]) -> list[Hit]:
        """Labels in the text's language, and in sentences in another one those of theirs."""
        hits = self.matcher.find(text, language)
        if not others:
            return hits
        spans = [(part.begin, part.end) for part in others]
        hits = [hit for hit in hits if not _touches(spans, hit.begin, hit.end)]
        for part in others:
            for hit in self.matcher.find(text[part.begin : part.end], part.language):
                hits.append(hit._replace(begin=hit.begin + part.begin, end=hit.end + part.begin))
        return sorted(hits)

    def _is_label(self, text: str, language: str) -> bool:
        return any(hit.begin == 0 and hit.end == len(text) for hit in self.matcher.find(text, language))

    def _headings(self, document: Document, language: str, links: Sequence[Link]) -> Iterator[Placed]:
        """Section headings count for topics with what the text itself has decided."""
        known = {link.label: link for link in links}
        for fragment in document.fragments:
            if fragment.kind == "section" and fragment.title:
                for hit in self.matcher.find(fragment.title, language):
                    for label in {candidate.label for candidate in hit.candidates} & known.keys():
                        yield Placed(known[label], "heading")


def sample(document: Document) -> str:
    """Running text to tell the language by: the blocks after the title, where there are any."""
    return document.text if len(document.text) < 200 else document.text[document.text.find("\n") + 1 :]


def _notes(document: Document, languages: Sequence[str]) -> Iterator[str]:
    for language in languages:
        if note := model_note(language):
            yield note
    if len(document.text) > MAX_TEXT:
        yield f"only the first {MAX_TEXT:,} of {len(document.text):,} characters were searched for concepts"


def _mention(document: Document, link: Link, sentence: Fragment, matcher: Matcher) -> Mention:
    text = document.text[link.begin : link.end]
    inflected = link.method == "label" and text.casefold() != link.label.casefold()
    return Mention(
        begin=link.begin,
        end=link.end,
        text=text,
        concept=matcher.concepts[link.concept],
        label=link.label,
        confidence=round(link.confidence, 4),
        sentence=sentence.path,
        method="inflection" if inflected else link.method,
    )


def _is_half(text: str, hit: Hit) -> bool:
    """Whether a hit is the second half of a species' name ("K. pneumoniae" is no pneumonia) or of a word that means the
    contrary or something like it ("semi-automatic", "anti-nutrients", "hash-like"), or several words whose first is the
    end of another one ("cross-sentence extraction" extracts no sentences)."""
    if _PREFIX.search(text, max(0, hit.begin - 8), hit.begin) or _LIKE.match(text, hit.end):
        return True
    if " " in text[hit.begin : hit.end] and _JOINED.search(text, max(0, hit.begin - 2), hit.begin):
        return True
    return text[hit.begin].islower() and _GENUS.search(text, max(0, hit.begin - 4), hit.begin) is not None


def _touches(spans: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether begin–end overlaps one of the sorted, disjoint spans."""
    number = bisect_right(spans, (begin, MAX_TEXT)) - 1
    return any(b < end and begin < e for b, e in spans[max(0, number) : number + 2])


def _inside(spans: Sequence[Fragment], begins: Sequence[int], begin: int, end: int) -> Fragment | None:
    """The one of the disjoint, sorted spans that holds begin–end whole."""
    number = bisect_right(begins, begin) - 1
    return spans[number] if number >= 0 and end <= spans[number].end else None


def _place(path: str, silent: Set[str]) -> str:
    """The kind of place (see nlp.topics.PLACES) of a sentence; "" where it says nothing on the subject."""
    above = path.rpartition("/")[0] if silent else ""
    while above:
        if above in silent:
            return ""
        above = above.rpartition("/")[0]
    return _PLACES.get(path.split("/", 1)[0], "body")


def _configuration(matcher: Matcher, settings: ReaderSettings, learned: str) -> str:
    """16 hex digits that change with anything that could change a reading."""
    libraries = [f"{name}-{version_of(name)}" for name in ("py3langid", "syntok", "opencc")]
    shape = msgspec.json.encode(
        [VERSION, model.version(), *libraries, tables_hash(), matcher.configuration, settings, learned]
    )
    return blake2b(shape, digest_size=8).hexdigest()
