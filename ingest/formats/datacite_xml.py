"""DataCite XML, kernel 2.2 to 4.7: one `resource`, or many inside whatever wraps them (an OAI answer)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats import datacite_model as model
from ingest.formats.base import Rejected
from ingest.formats.datacite_works import record_of
from ingest.formats.many import one_by_one
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload, Record

_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?resource[\s>]")
_SCHEMA: Final = re.compile(rb"(?:datacite\.org|dx\.doi\.org)/[\w./]*schema/(?:namespace/)?kernel-|identifierType=")


class DataciteXmlFormat(msgspec.Struct, frozen=True):
    """One record per resource."""

    name: str = "datacite_xml"

    def recognises(self, head: bytes, media: str) -> bool:
        """A `resource` with the address of a DataCite schema or a typed identifier."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SCHEMA.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or holds no resource."""
        root = parse_xml(payload.body)
        resources = [root] if root.tag == "resource" else list(root.iter("resource"))
        if not resources:
            raise MalformedPayload("there is no resource in this XML", place=place_of(root))
        yield from one_by_one(resources, _read)


FORMAT: Final = DataciteXmlFormat()


def _read(element: Element, number: str) -> Record:
    try:
        return record_of(_resource(element), number, FORMAT.name)
    except FormatError as error:
        raise type(error)(error.message, place=place_of(element), hint=error.hint) from None


def _resource(root: Element) -> model.Resource:
    own = root.find("identifier")
    is_doi = attribute(own, "identifierType").upper() in ("DOI", "")
    kind = root.find("resourceType")
    others = [
        model.Identified(text_of(each), attribute(each, "alternateIdentifierType"))
        for each in root.findall("alternateIdentifiers/alternateIdentifier")
    ]
    if not is_doi:
        others.insert(0, model.Identified(text_of(own), attribute(own, "identifierType")))
    return model.Resource(
        doi=text_of(own) if is_doi else None,
        creators=[agent for each in root.findall("creators/creator") for agent in _agents(each, "creatorName")],
        contributors=[
            agent for each in root.findall("contributors/contributor") for agent in _agents(each, "contributorName")
        ],
        titles=[_title(each) for each in root.findall("titles/title")],
        publisher=text_of(root.find("publisher")),
        publication_year=text_of(root.find("publicationYear")),
        language=text_of(root.find("language")),
        types=model.Types(attribute(kind, "resourceTypeGeneral"), text_of(kind)),
        subjects=[_subject(each) for each in root.findall("subjects/subject")],
        dates=[model.Date(text_of(each), attribute(each, "dateType")) for each in root.findall("dates/date")],
        identifiers=others,
        related_identifiers=[_related(each) for each in root.findall("relatedIdentifiers/relatedIdentifier")],
        related_items=[_item(each) for each in root.findall("relatedItems/relatedItem")],
        rights_list=[_rights(each) for each in (*root.findall("rightsList/rights"), *root.findall("rights"))],
        descriptions=[_description(each) for each in root.findall("descriptions/description")],
        funding_references=[_funder(each) for each in root.findall("fundingReferences/fundingReference")],
    )


def _agents(element: Element, name_tag: str) -> Iterator[model.Agent]:
    """The people of one element: a second name in it begins another one, as some sources write."""
    parts: list[list[Element]] = []
    for child in element:
        if child.tag == name_tag or not parts:
            parts.append([])
        parts[-1].append(child)
    for part in parts:
        name = next((each for each in part if each.tag == name_tag), None)
        yield model.Agent(
            name=text_of(name),
            name_type=attribute(name, "nameType"),
            given_name=next((text_of(each) for each in part if each.tag == "givenName"), None),
            family_name=next((text_of(each) for each in part if each.tag == "familyName"), None),
            contributor_type=attribute(element, "contributorType"),
            name_identifiers=[
                model.NameIdentifier(text_of(each), attribute(each, "nameIdentifierScheme"))
                for each in part
                if each.tag == "nameIdentifier"
            ],
            affiliation=[
                model.Affiliation(
                    text_of(each),
                    attribute(each, "affiliationIdentifier"),
                    attribute(each, "affiliationIdentifierScheme"),
                )
                for each in part
                if each.tag == "affiliation"
            ],
        )


def _title(element: Element) -> model.Title:
    return model.Title(text_of(element), attribute(element, "titleType"), attribute(element, "lang"))


def _subject(element: Element) -> model.Subject:
    return model.Subject(
        text_of(element), attribute(element, "subjectScheme"), attribute(element, "valueURI"),
        attribute(element, "classificationCode"),
    )  # fmt: skip


def _related(element: Element) -> model.Related:
    return model.Related(
        text_of(element), attribute(element, "relatedIdentifierType"), attribute(element, "relationType")
    )


def _item(element: Element) -> model.Item:
    own = element.find("relatedItemIdentifier")
    return model.Item(
        relation_type=attribute(element, "relationType"),
        related_item_type=attribute(element, "relatedItemType"),
        related_item_identifier=model.ItemIdentifier(text_of(own), attribute(own, "relatedItemIdentifierType")),
        titles=[_title(each) for each in element.findall("titles/title")],
        creators=[agent for each in element.findall("creators/creator") for agent in _agents(each, "creatorName")],
        publication_year=text_of(element.find("publicationYear")),
        volume=text_of(element.find("volume")),
        issue=text_of(element.find("issue")),
        number=text_of(element.find("number")),
        number_type=attribute(element.find("number"), "numberType"),
        first_page=text_of(element.find("firstPage")),
        last_page=text_of(element.find("lastPage")),
        publisher=text_of(element.find("publisher")),
    )


def _rights(element: Element) -> model.Rights:
    return model.Rights(text_of(element), attribute(element, "rightsURI"), attribute(element, "rightsIdentifier"))


def _description(element: Element) -> model.Description:
    """The text with its line breaks: `<br/>` parts paragraphs."""
    parts = [element.text or ""]
    for child in element:
        parts += ["<br/>" if child.tag == "br" else text_of(child), child.tail or ""]
    return model.Description("".join(parts), attribute(element, "descriptionType"), attribute(element, "lang"))


def _funder(element: Element) -> model.Funder:
    own = element.find("funderIdentifier")
    return model.Funder(
        text_of(element.find("funderName")), text_of(own), attribute(own, "funderIdentifierType"),
        text_of(element.find("awardNumber")),
    )  # fmt: skip
