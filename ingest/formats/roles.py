"""What a section or statement is for, from its declared type or else its heading.

Roles follow the rhetorical elements of DEO (Discourse Elements Ontology) where one fits.
Headings are matched from their beginning, without numbering and case, in English, Spanish,
Portuguese, German, French and Chinese; a heading that fits nothing has no role.
"""

from __future__ import annotations

import re
from typing import Final

STATEMENTS: Final = frozenset({
    "acknowledgements", "author-contributions", "competing-interests", "data-availability", "ethics", "funding",
})  # fmt: skip
"""Roles that make a part of the back matter a statement rather than a section."""

_MAX_HEADING: Final = 120
_NUMBERING: Final = re.compile(
    r"^\W*(?:(?:section|chapter|box)\s+)?(?:\d+(?:\.\d+)*|[ivx]+|[a-h])[.):\s]\s*", re.IGNORECASE
)

_CUES: Final = (
    ("acknowledgements", r"""
        acknowledge?ment | agradecimento | agradecimiento | danksagung | remerciements | 致谢"""),
    ("author-contributions", r"""
        author(?:s?['’]s?|s)? contribution | contributions? of (?:the )?authors? | contributor(?:s|ship)\b
        author statement | credit author | contribuci[oó]n(?:es)? de los autores | contribuição dos autores"""),
    ("competing-interests", r"""
        (?:(?:declaration|statement|disclosure)s? of )?(?:potential )?conflicts? of (?:financial )?interest
        (?:(?:declaration|statement|disclosure)s? of )?(?:competing|conflicting) (?:financial )?interest
        coi statement | conflict$ | disclosures?\b | conflictos? de inter | conflitos? de interesse
        interessenkonflikt"""),
    ("data-availability", r"""
        (?:data|code|software|materials?)(?:,? (?:and|&) (?:data|code|materials?|software))? availability
        data (?:accessibility|access|sharing|deposition) | (?:supporting )?data statement
        availability of (?:supporting )?(?:data|code|material) | accession (?:codes?|numbers?)
        open (?:data|research|practices)"""),
    ("ethics", r"""
        ethic(?:s|al)\b | (?:human|animal) (?:subjects|rights|ethics) | consent (?:for|to)\b | informed consent
        institutional review board"""),
    ("funding", r"""
        fund(?:ing|ers?)\b | financial (?:support|disclosure) | sources? of (?:funding|support) | grant support
        supported by | financiamento | financiación"""),
    ("supplementary-material", r"""
        (?:electronic )?supplement(?:ary|al)\b | supporting (?:information|material) | additional files?
        online (?:resource|supplement)"""),
    ("abbreviations", r"""
        (?:list of )?abbreviations?\b | glossary | nomenclature | notations?$ | abreviaturas"""),
    ("appendix", r"""
        append(?:ix|ices)\b | anhang | ap[eé]ndice | 附录"""),
    ("objective", r"""
        (?:aims?|objectives?|purpose|goals?)\b | objetivos?\b | ziel | objectifs?\b | 目的"""),
    ("related-work", r"""
        related (?:work|research|literature|studies) | (?:previous|prior|existing) (?:work|research|approaches|studies)
        literature (?:review|survey) | state[- ]of[- ]the[- ]art | 相关工作"""),
    ("introduction", r"""
        intro\b | introdu(?:c|ç) | einleitung | einführung | 引言 | 绪论 | 前言"""),
    ("background", r"""
        background | preliminar | motivation | context\b | antecedentes | hintergrund | 背景"""),
    ("results", r"""
        (?:experimental |main |our )?(?:results?|findings)\b | experiments?\b | evaluations?\b | outcomes?\b
        resultados?\b | ergebnisse | résultats | 结果 | 实验"""),
    ("methods", r"""
        (?:materials?|subjects|patients|participants|data)\s*(?:and|&|\||,)\s*methods?\b | methods?\b | methodolog
        experimental (?:procedures?|section|set-?up|settings?|design|methods?)
        (?:(?:our|the|proposed) )*(?:models?|approach(?:es)?|architecture|framework|algorithms?)\b | study design
        statistical analys[ie]s | implementation details | (?:materia(?:l|is|les) [ye] )?m[eé]todos?\b
        methodik | méthodes | metodolog | 方法 | 模型"""),
    ("materials", r"""
        materials?\b | datasets?\b | data(?: sets?| sources?| collection| description)?$ | corp(?:us|ora)\b | 数据"""),
    ("discussion", r"""
        (?:general )?discuss | discusi[oó]n | diskussion | (?:error |further )analys[ie]s\b | analysis$
        limitations?\b | 讨论 | 分析"""),
    ("conclusion", r"""
        (?:summary,? and )?conclu | concluding | considerações fina | schluss | fazit | future work
        结论 | 结语 | 总结"""),
    ("summary", r"""
        (?:executive )?summary\b | highlights\b | resumo | resumen"""),
)  # fmt: skip
_PATTERNS: Final = tuple(
    (role, re.compile("|".join(re.split(r"\s*\n\s*|\s\|\s", cues.strip())), re.IGNORECASE)) for role, cues in _CUES
)


def role_of(heading: str, declared: str = "") -> str:
    """The role for a section's declared type (`sec-type`) or heading; empty where neither tells."""
    return _match(declared.replace("-", " ").replace("_", " ")) or _match(heading)


def _match(text: str) -> str:
    text = text.strip()
    if not text or len(text) > _MAX_HEADING:
        return ""
    text = _NUMBERING.sub("", text, count=1)
    return next((role for role, pattern in _PATTERNS if pattern.match(text)), "")
