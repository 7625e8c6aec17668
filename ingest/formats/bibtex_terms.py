"""The words of BibTeX and BibLaTeX in the words of records."""

from __future__ import annotations

from typing import Final, Literal

from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "article": "article", "book": "book", "mvbook": "book", "booklet": "book", "collection": "book",
    "mvcollection": "book", "reference": "book", "mvreference": "book",
    "inbook": "chapter", "incollection": "chapter", "bookinbook": "chapter", "suppbook": "chapter",
    "suppcollection": "chapter", "inreference": "chapter", "inproceedings": "conference-paper",
    "conference": "conference-paper", "suppperiodical": "article",
    "proceedings": "proceedings", "mvproceedings": "proceedings", "mastersthesis": "thesis", "phdthesis": "thesis",
    "thesis": "thesis", "techreport": "report", "report": "report", "manual": "report", "unpublished": "preprint",
    "dataset": "dataset", "software": "software", "periodical": "journal-issue", "image": "image", "audio": "audio",
    "music": "audio", "artwork": "image", "video": "video", "movie": "video", "standard": "standard",
    "review": "review", "letter": "letter",
}  # fmt: skip
"""Types of entries; for any other the archive decides."""

TYPES: Final[dict[str, WorkKind]] = {
    "phdthesis": "thesis", "mathesis": "thesis", "mastersthesis": "thesis", "bathesis": "thesis",
    "techreport": "report", "resreport": "report", "software": "software", "dataset": "dataset", "preprint": "preprint",
    "poster": "poster", "presentation": "presentation",
}  # fmt: skip
"""What the field `type` says of entries of no particular type."""

VENUES: Final[dict[WorkKind, Literal["journal", "conference", "book", "repository", "other"]]] = {
    "conference-paper": "conference", "chapter": "book",
}  # fmt: skip

NOT_LENT: Final = frozenset({
    "crossref", "xdata", "xref", "title", "subtitle", "titleaddon", "shorttitle", "author", "doi", "url", "eprint",
    "pages", "eid", "isbn", "abstract", "keywords", "pagetotal", "ids",
})  # fmt: skip
"""Fields of an entry that say nothing of those whose `crossref` names it."""

JOURNALS: Final = {
    "aap": "Astronomy and Astrophysics", "aapr": "Astronomy and Astrophysics Reviews",
    "aaps": "Astronomy and Astrophysics Supplement Series", "actaa": "Acta Astronomica",
    "aj": "The Astronomical Journal",
    "apj": "The Astrophysical Journal", "apjl": "The Astrophysical Journal Letters",
    "apjlett": "The Astrophysical Journal Letters", "apjs": "The Astrophysical Journal Supplement Series",
    "apjsupp": "The Astrophysical Journal Supplement Series", "apss": "Astrophysics and Space Science",
    "araa": "Annual Review of Astronomy and Astrophysics", "baas": "Bulletin of the American Astronomical Society",
    "bain": "Bulletin of the Astronomical Institutes of the Netherlands", "fcp": "Fundamentals of Cosmic Physics",
    "gca": "Geochimica et Cosmochimica Acta", "grl": "Geophysical Research Letters", "iaucirc": "IAU Circulars",
    "icarus": "Icarus", "jcap": "Journal of Cosmology and Astroparticle Physics",
    "jcp": "The Journal of Chemical Physics", "jgr": "Journal of Geophysical Research",
    "jqsrt": "Journal of Quantitative Spectroscopy and Radiative Transfer",
    "jrasc": "Journal of the Royal Astronomical Society of Canada",
    "memras": "Memoirs of the Royal Astronomical Society", "memsai": "Memorie della Società Astronomica Italiana",
    "mnras": "Monthly Notices of the Royal Astronomical Society", "na": "New Astronomy",
    "nar": "New Astronomy Reviews", "nat": "Nature", "nphysa": "Nuclear Physics A",
    "pasa": "Publications of the Astronomical Society of Australia",
    "pasj": "Publications of the Astronomical Society of Japan",
    "pasp": "Publications of the Astronomical Society of the Pacific", "physrep": "Physics Reports",
    "physscr": "Physica Scripta", "planss": "Planetary and Space Science", "pra": "Physical Review A",
    "prb": "Physical Review B", "prc": "Physical Review C", "prd": "Physical Review D", "pre": "Physical Review E",
    "prl": "Physical Review Letters", "procspie": "Proceedings of SPIE",
    "psj": "The Planetary Science Journal", "qjras": "Quarterly Journal of the Royal Astronomical Society",
    "rmxaa": "Revista Mexicana de Astronomía y Astrofísica", "skytel": "Sky and Telescope",
    "solphys": "Solar Physics", "sovast": "Soviet Astronomy", "ssr": "Space Science Reviews",
    "zap": "Zeitschrift für Astrophysik",
}  # fmt: skip
r"""Journals by the macros of the American Astronomical Society, which ADS writes ("journal = {\apj}")."""
