"""What statements of an article name: data sets, code, grants; as links of the record and of the fragment.

Looks only into fragments of the kind "statement" (and sections on data or funding), and only for
what can be told by its form: DOIs, accession numbers of public archives, addresses, award numbers beside
a funder. Deposits become relations and links of the record; a funder named in words becomes funding only
where the metadata names none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ontology.identifiers import Identifier, identifier
from ontology.records import Document, Fragment, Funding, Link, Record, Relation

MAX_STATEMENT: Final = 20_000
"""Characters of a statement that are looked at."""

_LOOKED_INTO: Final = frozenset(
    {"data-availability", "funding", "acknowledgements", "supplementary-material", "ethics"}
)
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>,;]+[^\s\"<>,;.)\]]")
_URL: Final = re.compile(r"(?:https?|ftp)://[^\s\"<>]{1,400}[^\s\"<>.,;:)\]}'’”]")
_ACCESSIONS: Final = tuple(
    (scheme, re.compile(pattern))
    for scheme, pattern in {
        "geo": r"\bG(?:SE|DS|PL|SM)\d{2,8}\b",
        "bioproject": r"\bPRJ(?:NA|EB|DB|CA)\d{3,9}\b",
        "biosample": r"\bSAM(?:N|D|EA?)\d{6,12}\b",
        "insdc.sra": r"\b[SED]R[APRSXZ]\d{5,10}\b",
        "arrayexpress": r"\bE-[A-Z]{4}-\d{1,6}\b",
        "px": r"\bR?PXD\d{6}\b",
        "dbgap": r"\bphs\d{6}(?:\.v\d+\.p\d+)?\b",
        "ega.study": r"\bEGAS\d{11}\b",
        "ega.dataset": r"\bEGAD\d{11}\b",
        "emdb": r"\bEMD-\d{4,5}\b",
        "empiar": r"\bEMPIAR-\d{5}\b",
        "massive": r"\bMSV\d{9}\b",
        "clinicaltrials": r"\bNCT\d{8}\b",
        "isrctn": r"\bISRCTN\d{8}\b",
        "rrid": r"\bRRID:\s?[A-Z]+_[A-Za-z\d]+\b",
        "metabolights": r"\bMTBLS\d{1,6}\b",
        "biostudies": r"\bS-[A-Z]{4}\d{1,8}\b",
        "gca": r"\bGC[AF]_\d{9}(?:\.\d+)?\b",
    }.items()
)
"""Prefixes of identifiers.org (Compact Identifiers) with what their local part looks like in print."""
_SEQUENCES: Final = re.compile(r"\b(?:[A-Z]\d{5}|[A-Z]{2}\d{6}|[A-Z]{4}\d{8,10}|N[CMRTWZ]_\d{6,9})(?:\.\d{1,2})?\b")
_ARCHIVED: Final = re.compile(r"\b(?:GenBank|EMBL|DDBJ|ENA|INSDC|NCBI|RefSeq|nucleotide|accessions?)\b", re.I)
"""Words without which letters and figures are no accession number of the sequence archives."""
_PDB: Final = re.compile(
    r"\b(?:PDB|Protein Data Bank)\b[^.;]{0,60}?\b((?:[1-9][A-Z0-9]{3}(?:,? and |, ?| |/)){0,30}[1-9][A-Z0-9]{3})\b"
)
_PDB_CODE: Final = re.compile(r"\b[1-9](?=\w*[A-Z])[A-Z0-9]{3}\b")
_CODE: Final = re.compile(
    r"//(?:www\.)?(?:github\.com|gitlab\.|bitbucket\.org|codeocean\.com|sourceforge\.net|cran\.|pypi\.)"
)
_REPOSITORIES: Final = (
    "10.5061/", "10.5281/", "10.6084/", "10.17605/", "10.7910/", "10.17632/", "10.5524/", "10.15468/", "10.2210/",
    "10.25387/", "10.3886/", "10.5255/", "10.5285/", "10.1594/", "10.4121/", "10.5880/", "10.7303/", "10.57760/",
    "10.18112/", "10.60692/", "10.5441/", "10.5066/", "10.25392/", "10.4119/", "10.35097/",
)  # fmt: skip
"""DOI prefixes of archives for data and code (Dryad, Zenodo, figshare, OSF, Dataverse …)."""
_FUNDED: Final = re.compile(
    r"(?:support(?:ed)?|fund(?:ed|ing)?|financed|sponsored|grants?|awards?|fellowships?|acknowledges?)\b[^.;]{0,60}?"
    r"\b(?:by|from|of|through)\s+(?:an?\s+|the\s+|grants?\s+(?:from|of)\s+)*",
    re.IGNORECASE,
)
_NAMED: Final = r"[A-Z][\w&’'./-]*(?:,? (?:and |of |for )*[A-Z][\w&’'./-]*){0,6}"
_FUNDER: Final = re.compile(
    r"(?<![\w&’'.-])[^\W\d_][\w&’'./-]{0,60}(?: (?:&|[^\W\d_][\w&’'./-]{0,60})){0,12}?"
    r" ?(?:Foundation|Council|Institutes? of "
    + _NAMED
    + r"|Ministry of "
    + _NAMED
    + r"|Commission|Agency|Trust|Funds? for (?:the )?"
    + _NAMED
    + r"|Fund|Society"
    r"|Academy|Association|Charity|Programme|Program|Ministerium|Forschungsgemeinschaft|NIH|NSF|EPSRC|BBSRC|NERC|MRC|ESRC"
    r"|DFG|ANR|FWF|CNPq|CAPES|FAPESP|NSFC|Research UK|Service)\b(?: of [A-Z]\w+(?: [A-Z]\w+)?)?"
)
_AWARD: Final = re.compile(
    r"(?i:grants?|awards?|contracts?|projects?|fellowships?|numbers?|\bnos?\.?|#)[\s:.]*"
    r"(?i:numbers?|nos?\.?|agreement|#|IDs?)?(?:\s+are)?[\s:.#(]*"
    r"([A-Z0-9][A-Z0-9./#-][A-Z0-9./ -]{2,24}\d[A-Z0-9/-]*|\d{5,12}|\d{2}[a-z]{2,6}\d{2,4})"
)
_HOLDER: Final = r"(?>(?: to [A-Z][\w. -]{0,20}| \([A-Z]{2,4}(?:, ?[A-Z]{2,4})*\))?)"
"""Whose award it is: "to G.Z.", "(KAC)"."""
_NUMBER: Final = rf"(?>[A-Z0-9][A-Z0-9./-]{{3,24}}){_HOLDER}"
_IN_BRACKETS: Final = re.compile(rf"\(+({_NUMBER}(?:[,;]? (?:and )?{_NUMBER}){{0,11}})[,)]")
_BARE: Final = re.compile(r" (\d{6,12})\b(?! ?%)")
"""A number right behind the funder's name."""
_LISTED: Final = re.compile(
    rf"{_HOLDER}\s*(?:,|and|&|/|;)\s*(?:and )?(?:grants?\s*)?#?([A-Z0-9]{{1,6}}[A-Z0-9./-]*\d[A-Z0-9./-]*)"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_NEXT: Final = re.compile(r"\)\s*(?:,|;|and|, and)\s+(?:the |by |from |an? )?[A-Z][A-Za-z]")
"""Where another funder begins that is not known for one by its name."""
_SENTENCE: Final = re.compile(r"(?<=[a-z)\d])[.;]\s+(?=[A-Z])")
_SHORTEST_AWARD: Final = 3
_HYPHENS: Final = str.maketrans("\u2010\u2011\u2013\u2212", "----")


def linked(record: Record) -> Record:
    """The record with what its statements name as relations, links and funding, and with the statements' `refs`."""
    document = record.document
    if document is None:
        return record
    funding = record.funding or tuple(_funding(document))
    named = [(at, tuple(_named(document, f, funding))) for at, f in enumerate(document.fragments) if _is_looked_into(f)]
    named = [(at, refs) for at, refs in named if refs]
    fragments = list(document.fragments)
    for at, refs in named:
        if fragments[at].kind == "statement":
            fragments[at] = msgspec.structs.replace(fragments[at], refs=tuple(str(each) for each in refs))
    found = [(fragments[at].role, each) for at, refs in named for each in refs]
    if not found and funding == record.funding:
        return record
    return msgspec.structs.replace(
        record,
        document=msgspec.structs.replace(document, fragments=tuple(fragments)),
        relations=tuple(dict.fromkeys((*record.relations, *_relations(record, found)))),
        links=tuple(dict.fromkeys((*record.links, *_links(found)))),
        funding=funding,
    )


def _is_looked_into(fragment: Fragment) -> bool:
    if fragment.kind == "section":  # some publishers put these among the sections of the text
        return fragment.role in ("data-availability", "funding")
    return fragment.kind == "statement" and fragment.role in _LOOKED_INTO


def _text(document: Document, statement: Fragment) -> str:
    """What is looked at, with plain hyphens."""
    return document.text[statement.begin : statement.end][:MAX_STATEMENT].translate(_HYPHENS)


def _named(document: Document, statement: Fragment, funding: Sequence[Funding]) -> Iterator[Identifier]:
    """Identifiers in a statement, each once: DOIs, accessions, addresses, awards (as `funding` writes them)."""
    text = _text(document, statement)
    seen = dict.fromkeys(_deposits(text))
    if statement.role == "data-availability":
        seen.update(dict.fromkeys(_sequences(text)))
    for found in _URL.finditer(text):
        if "doi.org/" not in found.group():
            seen.setdefault(Identifier("url", found.group()))
    if statement.role in ("funding", "acknowledgements"):
        known = {_bare(one.value) for one in seen}
        seen.update((one, None) for one in _printed(text, funding) if _bare(one.value) not in known)
    return iter(seen)


def _deposits(text: str) -> Iterator[Identifier]:
    """DOIs and accession numbers that are none of anything else."""
    for found in _DOI.finditer(text):
        if (doi := identifier("doi", found.group())) is not None:
            yield doi
    for scheme, pattern in _ACCESSIONS:
        for found in pattern.finditer(text):
            yield Identifier(scheme, found.group().removeprefix("RRID:").strip())
    for found in _PDB.finditer(text):
        for code in _PDB_CODE.findall(found[1]):
            yield Identifier("pdb", code)


def _sequences(text: str) -> Iterator[Identifier]:
    """Accession numbers of the sequence archives, in sentences that speak of such."""
    for sentence in _SENTENCE.split(text):
        for found in _SEQUENCES.finditer(sentence) if _ARCHIVED.search(sentence) else ():
            yield Identifier("insdc", found.group())


def _printed(text: str, funding: Sequence[Funding]) -> Iterator[Identifier]:
    """Award numbers that a text prints, first those known of the work's funding, spelt as there."""
    stated = {_bare(number): number for funder in funding for number in funder.awards}
    here = _bare(text)
    telling = (one for one in stated.items() if len(one[0]) > _SHORTEST_AWARD and any(map(str.isdigit, one[0])))
    numbers = [number for bare, number in telling if bare in here]
    once = {_bare(number): number for number in (*numbers, *_awards(text))}
    return (Identifier("award", stated.get(bare, number)) for bare, number in once.items())


def _bare(number: str) -> str:
    return re.sub(r"[\s-]", "", number.translate(_HYPHENS))


def _awards(text: str) -> Iterator[str]:
    for found in _AWARD.finditer(text):
        if not _YEAR.fullmatch(found[1]):
            yield found[1].strip(" .-/")
        at = found.end()
        while more := _LISTED.match(text, at):
            if not _YEAR.fullmatch(more[1]):
                yield more[1].strip(" .-/")
            at = more.end()


def _relations(record: Record, found: list[tuple[str, Identifier]]) -> Iterator[Relation]:
    """A deposit supplements the work; any other DOI in a statement on data is referred to."""
    for role, one in found:
        if role in ("funding", "acknowledgements") or one.scheme in ("url", "award") or one in record.identifiers:
            continue
        deposit = one.scheme != "doi" or one.value.startswith(_REPOSITORIES)
        if one.scheme == "doi" and any(one in reference.identifiers for reference in record.references) and not deposit:
            continue
        yield Relation(kind="IsSupplementedBy" if deposit else "References", target=one)


def _links(found: list[tuple[str, Identifier]]) -> Iterator[Link]:
    for role, one in found:
        if one.scheme == "url" and _CODE.search(one.value):
            yield Link(url=one.value, rel="code")
        elif role == "data-availability" and one.scheme == "url":
            yield Link(url=one.value, rel="data")
        elif role == "data-availability" and one.scheme not in ("doi", "award", "clinicaltrials"):
            yield Link(url=f"https://identifiers.org/{one.scheme}:{one.value}", rel="data")


def _funding(document: Document) -> Iterator[Funding]:
    """Funders named in statements on funding, each with the award numbers printed behind it."""
    awards: dict[str, list[str]] = {}
    for statement in document.fragments:
        if statement.role in ("funding", "acknowledgements") and _is_looked_into(statement):
            text = _text(document, statement)
            for sentence in _SENTENCE.split(text):
                if start := _FUNDED.search(sentence):
                    _gather(sentence[start.end() :], awards)
    for funder, numbers in awards.items():
        yield Funding(funder=funder, awards=tuple(dict.fromkeys(numbers)))


def _gather(text: str, awards: dict[str, list[str]]) -> None:
    funders = [
        (found.end(), name, found.end() - len(name)) for found in _FUNDER.finditer(text) if (name := _name(found))
    ]
    for at, (end, name, _) in enumerate(funders):
        if short := re.match(r"([A-Z]{2,8}) and (?:the )?(?=[A-Z])", name):
            awards.setdefault(short[1], [])
            name = name[short.end() :]
        if name[:1].isupper() and len(name) > 2:
            behind = text[end : funders[at + 1][2] if at + 1 < len(funders) else len(text)]
            if other := _NEXT.search(behind):
                behind = behind[: other.start() + 1]
            bracketed = (part for hit in _IN_BRACKETS.finditer(behind) for part in re.split(r"[,;]? (?:and )?", hit[1]))
            numbers = [part for part in bracketed if sum(map(str.isdigit, part)) > 1 and not _YEAR.fullmatch(part)]
            bare = [hit[1]] if (hit := _BARE.match(behind)) else []
            awards.setdefault(name, []).extend([*bare, *_awards(behind), *numbers])


def _name(found: re.Match[str]) -> str:
    """A funder's name without what leads to it."""
    name = re.split(r"\b(?:from|by) (?:the )?|\band the (?=[A-Z])", found.group())[-1].partition(", Project")[0]
    return re.sub(r"^(?:(?:and|the|of|in part|a|an|grants?|\S*\d\S*)\s+)+", "", name).strip(" ,")
