"""Crossref JSON: works as the REST API answers them, alone, in lists or as lines of a dump; and what it says of
journals, funders and members.

Fields and types are those of the Crossref REST API's documentation (api.crossref.org, "Works").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.crossref_agents import AGENTS
from ingest.formats.crossref_grants import granted
from ingest.formats.crossref_model import Answer, Date, Failure, Funder, Items, Person, Related
from ingest.formats.crossref_model import Reference as Cited
from ingest.formats.crossref_model import Work as Item
from ingest.formats.crossref_terms import KINDS, NOTICE_KINDS, NOTICES, RELATIONS, VENUES
from ingest.formats.csl import is_csl
from ingest.formats.dates import iso_date
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, line, says_retracted
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ontology.agents import AnyRecord
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Reference,
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_API: Final = re.compile(rb'\A\s*\{\s*"status"\s*:\s*"[a-z]+"\s*,\s*"message-type"')
_DOI_KEY: Final = re.compile(rb'"DOI"\s*:\s*"10\.')
_ITEM_KEYS: Final = re.compile(
    rb'"(?:container-title|reference-count|is-referenced-by-count|date-parts|issn-type|prefix|publisher|title)"\s*:'
)


class CrossrefFormat(msgspec.Struct, frozen=True):
    """One record per work, journal, funder or member."""

    name: str = "crossref"

    def recognises(self, head: bytes, media: str) -> bool:
        """An API answer, or an object (or list) with Crossref's `DOI` and another of its keys."""
        if media == self.name or _API.match(head):
            return True
        keys = head.lstrip()[:1] in (b"{", b"[") and _DOI_KEY.search(head) and _ITEM_KEYS.search(head)
        return bool(keys) and b'"externalIds"' not in head and not is_csl(head)

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """Raises FormatError for what is not JSON and for an API answer that holds nothing of these."""
        kind, items = _items(payload.body)
        yield from one_by_one(items, AGENTS.get(kind, _read))


FORMAT: Final = CrossrefFormat()


def _items(body: bytes) -> tuple[str, list[msgspec.Raw]]:
    """What is described, as Crossref calls it, and each of them."""
    answer = read_json(body, list[msgspec.Raw] | Answer)  # type: ignore[arg-type]
    if isinstance(answer, list):
        return "work", answer
    if not answer.message_type:
        return "work", [msgspec.Raw(body)]
    kind = answer.message_type.removesuffix("-list")
    if kind != "work" and kind not in AGENTS:
        raise _refused(answer)
    listed = answer.message_type.endswith("-list")
    return kind, read_json(bytes(answer.message), Items).items if listed else [answer.message]


def _refused(answer: Answer) -> MalformedPayload:
    if answer.message_type.endswith("-failure"):
        faults = read_json(bytes(answer.message), list[Failure] | Failure)  # type: ignore[arg-type]
        said = [line(one.message) for one in (faults if isinstance(faults, list) else [faults]) if one.message]
        return MalformedPayload(f"Crossref answered with an error: {'; '.join(said)[:200] or answer.message_type}",
                                place="$.message")  # fmt: skip
    return MalformedPayload(
        f"this Crossref answer is a {line(answer.message_type)[:60]} and describes no work",
        place="$.message-type",
        hint="Harvest from the API's routes /works, /journals, /funders or /members.",
    )


def _read(raw: msgspec.Raw, number: str) -> Record:
    item = read_json(bytes(raw), Item)
    item = granted(item) if item.type == "grant" else item
    title = _titles(item)
    books = tuple(identified(("isbn", value) for value in item.isbn or ()))
    known = identified([("doi", item.doi)])
    if not known and not title:
        raise MalformedPayload("the work has neither DOI nor title")
    kind = _kind(item)
    relations, retracted = _updates(item)
    license_url, is_open = _license(item)
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=kind,
        identifiers=(*known, *books) if kind in ("book", "proceedings") else known,
        titles=title,
        abstract=paragraphs(item.abstract or ""),
        language=language_code(item.language or ""),
        issued=_issued(item),
        venue=_venue(item, kind, books),
        volume=line(item.volume),
        issue=line(item.issue) or (line(item.journal_issue.issue) if item.journal_issue else ""),
        pages=line(item.page) or line(item.article_number),
        publisher=plain(item.publisher or ""),
        license=license_url,
        open_access=True if is_open else None,
        retracted=retracted or says_retracted(title[0].text if title else ""),
        citation_count=item.is_referenced_by_count,
        contributors=tuple(_contributors(item)),
        references=tuple(_references(item.reference or ())),
        subjects=tuple(Subject(label=label) for each in item.subject or () if (label := plain(each))),
        funding=tuple(_funding(item.funder or ())),
        relations=relations,
        links=tuple(dict.fromkeys(_links(item))),
    )


def _texts(value: str | list[str | None] | None) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value or () if each]


def _titles(item: Item) -> tuple[Title, ...]:
    main = [text for each in _texts(item.title) if (text := plain(each))]
    sub = [text for each in _texts(item.subtitle) if (text := plain(each))]
    original = [text for each in _texts(item.original_title) if (text := plain(each))]
    language = language_code(item.language or "")
    found = [Title(text, language) for text in main]
    if main and sub and sub[0].casefold() not in main[0].casefold():
        found[0] = Title(f"{main[0].rstrip(':')}: {sub[0]}", language)
    found += [Title(text) for text in original if text.casefold() not in found[0].text.casefold()] if found else []
    return tuple(dict.fromkeys(found))


def _kind(item: Item) -> WorkKind:
    kind = KINDS.get(item.type or "", "other" if item.type else "article")
    if item.type == "posted-content":
        kind = "preprint" if (item.subtype or "preprint") == "preprint" else "other"
    for update in item.update_to or ():
        kind = NOTICE_KINDS.get(_notice(update), kind)
    return kind


def _issued(item: Item) -> str:
    """The earliest date of publication, as precisely as any other date of that month or year says it."""
    dates = (
        item.issued, item.published, item.published_print, item.published_online, item.posted, item.published_other,
        item.approved,
    )  # fmt: skip
    stated = [date for each in dates if (date := _date(each))]
    return max((date for date in stated if date.startswith(stated[0])), key=len, default="")


def _date(value: Date | None) -> str:
    parts = value.date_parts[0] if value and value.date_parts else None
    return iso_date(*parts[:3]) if parts else ""


def _venue(item: Item, kind: WorkKind, books: tuple[Identifier, ...]) -> Venue | None:
    names = [text for each in _texts(item.container_title) if (text := plain(each))]
    places = [plain(each.name or "") for each in item.institution or ()]
    if not names and kind == "preprint":
        names = [*filter(None, places), *filter(None, [plain(item.group_title or ""), plain(item.publisher or "")])]
    if not names and kind == "conference-paper" and item.event:
        names = [plain(item.event.name or "")]
    if not names or not names[-1]:
        return None
    serial = identified(("issn", value) for value in _texts(item.issn))
    if kind == "chapter" and len(names) > 1:  # the series, then the book, which has an ISBN of its own
        names, serial = names[-1:], () if books else serial
    kept = serial if kind in ("book", "proceedings") else (*serial, *books)
    return Venue(name=names[0], kind=VENUES.get(kind, "other"), identifiers=kept, publisher=plain(item.publisher or ""))


def _contributors(item: Item) -> Iterator[Contributor]:
    groups: tuple[tuple[list[Person] | None, Role], ...] = (
        (item.author, "author"), (item.editor, "editor"), (item.translator, "translator"), (item.chair, "contributor"),
    )  # fmt: skip
    for people, role in groups:
        for person in people or ():
            group = plain(person.name or person.literal or "")
            found = contributor(
                group,
                given=plain(person.given or ""),
                family=plain(person.family or ""),
                suffix=person.suffix or "",
                role=role,
                organisation=bool(group) and not person.family,
                identifiers=identified([("orcid", person.orcid)]),
                affiliations=tuple(_affiliations(person)),
            )
            if found:
                yield found


def _affiliations(person: Person) -> Iterator[Affiliation]:
    for each in person.affiliation or ():
        department = [plain(part) for part in each.department or ()]
        name = ", ".join(filter(None, [*department, plain(each.name or ""), *map(plain, each.place or ())]))
        known = identified(((one.id_type or "").lower(), one.id) for one in each.id or () if one.id_type)
        if name or known:
            yield Affiliation(name=name, identifiers=tuple(one for one in known if one.scheme in ("ror", "isni")))


def _references(cited: Iterable[Cited]) -> Iterator[Reference]:
    used: set[str] = set()
    for number, each in enumerate(cited, 1):
        key = line(each.key) or str(number)
        key = key if key not in used else f"{key}#{number}"
        used.add(key)
        year = line(each.year)[:4]
        yield Reference(
            key=key,
            raw=plain(each.unstructured or ""),
            identifiers=identified([("doi", each.doi), ("isbn", each.isbn)]),
            title=plain(each.article_title or each.volume_title or each.series_title or ""),
            author=plain(each.author or ""),
            year=int(year) if year.isascii() and year.isdigit() else 0,
            venue=plain(each.journal_title or (each.volume_title if each.article_title else "") or ""),
            volume=line(each.volume),
            page=line(each.first_page),
        )


def _funding(funders: Iterable[Funder]) -> Iterator[Funding]:
    """Funders, each once with all its awards."""
    found: dict[tuple[str, tuple[Identifier, ...]], list[str]] = {}
    for each in funders:
        known = identified([("doi", each.doi), *(((one.id_type or "").lower(), one.id) for one in each.id or ())])
        if each.name or known:
            kept = tuple(one for one in known if one.scheme in ("doi", "ror"))
            found.setdefault((plain(each.name or ""), kept), []).extend(map(line, each.award or ()))
    for (funder, known), awards in found.items():
        yield Funding(funder=funder, identifiers=known, awards=tuple(dict.fromkeys(filter(None, awards))))


def _notice(update: Related) -> str:
    return (update.type or "").replace("-", "_")


def _updates(item: Item) -> tuple[tuple[Relation, ...], bool]:
    """Typed links to other works, and whether a notice says that this one is retracted."""
    found: list[Relation] = []
    retracted = False
    for update in item.update_to or ():
        forward, _ = NOTICES.get(_notice(update), ("References", ""))
        found += [Relation(kind=forward, target=one) for one in identified([("doi", update.doi)])]
    for update in item.updated_by or ():
        _, back = NOTICES.get(_notice(update), ("", "IsReferencedBy"))
        retracted = retracted or back == "IsRetractedBy"
        found += [Relation(kind=back, target=one) for one in identified([("doi", update.doi)])]
    for name, targets in (item.relation or {}).items():
        kind = RELATIONS.get(name)
        for target in targets if kind and isinstance(targets, list) else ():
            scheme = (target.id_type or "").lower()
            one = in_web(target.id or "") if scheme == "uri" else identifier(scheme, target.id) if scheme else None
            if kind and one and one.scheme not in ("issn", "other"):
                found.append(Relation(kind=kind, target=one))
    own = identifier("doi", item.doi)
    return tuple(dict.fromkeys(one for one in found if one.target != own)), retracted


def _license(item: Item) -> tuple[str, bool]:
    """The licence's address, a Creative Commons one before those for text mining, and whether it is one."""
    stated = [(each.content_version or "", (each.url or "").strip()) for each in item.license or ()]
    common = [url for _, url in stated if "creativecommons.org/" in url.lower()]
    if common:
        return common[0], True
    readable = [url for version, url in stated if version != "tdm" and url]
    return (readable or [url for _, url in stated if url] or [""])[0], False


def _links(item: Item) -> Iterator[Link]:
    landing = item.resource.primary.url if item.resource and item.resource.primary else None
    for url in (landing, item.url):
        if url and url.startswith("http"):
            yield Link(url=url.strip())
            break
    for each in item.link or ():
        mime = each.content_type if each.content_type and "/" in each.content_type else ""
        if each.url and each.url.startswith("http"):
            yield Link(url=each.url.strip(), rel="pdf" if mime == "application/pdf" else "fulltext", mime=mime)
