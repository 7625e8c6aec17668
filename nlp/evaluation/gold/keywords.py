"""Abstracts with keywords, as they are published: KDD's (zip of texts and keys), CSL's (JSON lines), Inspec's.

`keyphrase/kdd.zip`: `docsutf8/N.txt` (title and abstract in one line) and `keys/N.key` (a keyword a line).
CSL: `{"title", "abstract", "keywords"}` a line. Inspec: `N.abstr` with `.contr` (controlled terms) and
`.uncontr` (free terms), both separated by semicolons, in a folder for each part or in a tar archive of them.
"""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from nlp.evaluation.gold.parts import is_part
from ontology.documents import DocumentBuilder, clean
from ontology.errors import SettingsError
from ontology.records import Document


class Keyworded(NamedTuple):
    """A text with the keywords somebody gave it; `controlled` are terms of a vocabulary."""

    key: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    controlled: tuple[str, ...] = ()

    def document(self, language: str = "en") -> Document:
        """As the reader takes it; without a title where the source does not tell it from the abstract."""
        builder = DocumentBuilder(language)
        if title := clean(self.title):
            builder.block("title", "title", title)
        if abstract := clean(self.abstract):
            opened = builder.open("abstract", "abs")
            builder.block("paragraph", builder.number("abs/p"), abstract)
            builder.close(opened)
        return builder.build()


def read_kdd(place: Path) -> list[Keyworded]:
    """The zip archive, or the folder it unpacks to, in the order of names."""
    files = {name: text for name, text in _members(place).items() if name.endswith((".txt", ".key"))}
    keys = {Path(name).stem: text for name, text in files.items() if name.endswith(".key")}
    found = []
    for name, text in sorted(files.items()):
        if name.endswith(".txt") and (stem := Path(name).stem) in keys:
            keywords = tuple(line.strip() for line in keys[stem].splitlines() if line.strip())
            found.append(Keyworded(stem, "", text, keywords))
    return found


def read_csl(path: Path) -> Iterator[Keyworded]:
    """A file of JSON lines; keywords as a list, or joined by underscores as CSL publishes them."""
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        if line.strip():
            row = json.loads(line)
            words = row.get("keywords") or row.get("keyword") or ()
            words = re.split(r"[_;；]", words) if isinstance(words, str) else words
            yield Keyworded(str(number), row["title"], row["abstract"], tuple(w.strip() for w in words if w.strip()))


def read_inspec(place: Path, part: str) -> list[Keyworded]:
    """One part (train, dev, test) of a folder or tar archive; SettingsError where there is none."""
    texts = {name: text for name, text in _members(place).items() if is_part(name, part) or not _split(name)}
    found = []
    for name in sorted(texts):
        if name.endswith(".abstr"):
            stem = name.removesuffix(".abstr")
            title, abstract = _title(texts[name])
            free, controlled = (_terms(texts.get(f"{stem}{end}", "")) for end in (".uncontr", ".contr"))
            found.append(Keyworded(Path(stem).name, title, abstract, free, controlled))
    if not found:
        raise SettingsError(f"the gold standard has no {part} part", place=str(place), hint="choose another --part")
    return found


def _split(name: str) -> bool:
    return any(is_part(name, part) for part in ("train", "dev", "test"))


def _title(text: str) -> tuple[str, str]:
    """The title ends with the first line that is not followed by an indented one."""
    lines = text.replace("\r", "").strip("\n").split("\n")
    end = next((n for n in range(1, len(lines)) if not lines[n].startswith(("\t", " "))), len(lines))
    return " ".join(" ".join(lines[:end]).split()), " ".join(" ".join(lines[end:]).split())


def _terms(text: str) -> tuple[str, ...]:
    return tuple(term for part in " ".join(text.split()).split(";") if (term := part.strip()))


def _members(place: Path) -> Mapping[str, str]:
    """Name → text of the files of an archive or below a folder."""
    if place.is_dir():
        files = (p for p in place.rglob("*") if p.is_file() and p.suffix not in (".zip", ".gz"))
        return {str(p.relative_to(place)): p.read_text("utf-8", "replace") for p in files}
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            return {name: archive.read(name).decode("utf-8", "replace") for name in names}
    if tarfile.is_tarfile(place):
        with tarfile.open(place) as archive:
            return {
                member.name: file.read().decode("utf-8", "replace")
                for member in archive
                if member.isfile() and (file := archive.extractfile(member)) is not None
            }
    raise SettingsError("neither a folder nor an archive", place=str(place), hint="name the gold standard's own file")
