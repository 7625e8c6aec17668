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

_APART: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
"""Blanks that set two characters of a Chinese heading apart."""
_CUES: Final = (
    ("acknowledgements", r"""
        acknowledge?ment | agradecimento | agradecimiento | danksagung | dank$ | remerciements | ringraziamenti
        致谢 | 鸣谢"""),
    ("author-contributions", r"""
        author(?:s?['’]s?|s)? contribution | contributions? of (?:the )?authors? | contributor(?:s|ship)\b
        author statement | credit author | contribuci[oó]n(?:es)? de (?:los )?autor | contribuição dos autores
        contributions? des auteurs | autorenbeitr | beiträge der autor | 作者贡献"""),
    ("competing-interests", r"""
        (?:(?:declaration|statement|disclosure)s? of )?(?:potential )?conflicts? of (?:financial )?interest
        (?:(?:declaration|statement|disclosure)s? of )?(?:competing|conflicting) (?:financial )?interest
        declarations? of (?:conflicting |competing )?interests? | coi statement | conflict$ | disclosures?\b
        (?:declaraci[oó]n de )?conflictos? de inter | conflitos? de interesse | interessenkonflikt
        (?:déclaration de )?(?:conflits?|liens) d[’']intérêts? | 利益冲突"""),
    ("data-availability", r"""
        (?:data|code|software|materials?)(?:,? (?:and|&) (?:data|code|materials?|software))? availability
        data (?:accessibility|access|sharing|deposition) | (?:supporting )?data statement
        availability of (?:supporting )?(?:data|code|material) | accession (?:codes?|numbers?)
        open (?:data|research|practices) | datenverfügbarkeit | verfügbarkeit (?:der|von) daten
        disponibilit(?:é|y) des données | disponibili(?:dad|dade) d[eo]s? (?:los )?da[td]os
        数据(?:可用性|共享|可获取性)"""),
    ("ethics", r"""
        ethic(?:s|al)\b | (?:human|animal) (?:subjects|rights|ethics) | consent (?:for|to)\b | informed consent
        institutional review board | ethikvotum | ethische | éthique
        consid[eé]ra(?:tions|ciones) (?:éthiques|éticas)
        (?:医学)?伦理"""),
    ("funding", r"""
        fund(?:ing|ers?)\b | financial (?:support|disclosure) | sources? of (?:funding|support) | grant support
        supported by | financiamento | financia(?:ción|miento) | financement | förderung$ | finanzierung
        基金(?:项目|资助) | 资助"""),
    ("supplementary-material", r"""
        (?:electronic )?supplement(?:ary|al)\b | supporting (?:information|material) | additional files?
        online (?:resource|supplement)"""),
    ("abbreviations", r"""
        (?:list of )?abbreviations?\b | abkürzung | abréviations | 缩略 | glossary | nomenclature | notations?$
        abreviaturas"""),
    ("appendix", r"""
        append(?:ix|ices)\b | anhang | ap[eé]ndice | annexes?\b | anexos?\b | 附录"""),
    ("objective", r"""
        (?:aims?|objectives?|purpose|goals?)\b | objetivos?\b | ziel | zielsetzung | objectifs?\b | 目的 | 研究目的"""),
    ("related-work", r"""
        related (?:work|research|literature|studies)
        (?:previous|prior|existing) (?:work|research|approaches|studies)
        literature (?:review|survey) | state[- ]of[- ]the[- ]art | review of (?:the )?(?:related )?literature
        estado d(?:el|a) arte | trabajos relacionados | trabalhos relacionados | travaux connexes
        [ée]tat de l[’']art
        verwandte arbeiten | stand der (?:technik|forschung) | forschungsstand | revisi[oó]n de (?:la )?literatura
        相关(?:工作|研究) | 国内外研究 | 研究现状 | 文献(?:综述|回顾)"""),
    ("introduction", r"""
        intro\b | introdu(?:c|ç) | (?:overview|background) and introduction | einleitung | einführung
        problemstellung
        引言 | 绪论 | 前言 | 导论 | 序言 | 问题的?提出"""),
    ("background", r"""
        background | preliminar | motivation | context(?:e|o)?\b | antecedentes | hintergrund
        (?:theoretical|conceptual) (?:background|framework|foundations?)
        theoretische[rn]? (?:hintergrund|grundlagen|rahmen)
        (?:cadre|fondements?) théoriques? | marco (?:te[oó]rico|conceptual) | fundamenta(?:ção|ción) te[oó]rica
        (?:研究|理论)?背景 | 理论基础"""),
    ("results", r"""
        (?:experimental |empirical |main |our |key )?(?:results?|findings)\b | experiments?\b | evaluations?\b
        outcomes?\b
        (?:principales )?resultados?\b | ergebnisse | resultate\b | résultats
        (?:研究|实验|实证|仿真)?结果 | 实验(?!方法|材料|设计)"""),
    ("methods", r"""
        (?:materials?|subjects|patients|participants|data|(?:study )?populations?)\s*(?:and|&|\||,)?\s*methods?\b
        (?:online |proposed |our |star\W*)?methods?\b | methodolog | (?:research|study) (?:design|method)
        experimental$ | (?:(?:material(?:ien)?|patienten|daten) und )?method(?:en|ik)\b
        (?:(?:matériels?|patients|données) et )?méthod(?:es?|ologie)\b
        experimental (?:procedures?|sections?|set-?up|settings?|design|methods?)
        (?:(?:our|the|proposed) )*(?:models?|approach(?:es)?|architecture|framework|algorithms?)\b
        statistical analys[ie]s | implementation details
        (?:(?:materia(?:l|is|les)|pacientes|datos|sujetos) [ye] )?m[eé]todos?\b
        metodolog | (?:材料|资料|对象|数据|样本)(?:与|和|及)方法 | (?:研究|实验|试验|分析)?方法
        研究设计 | 实验设计 | 模型"""),
    ("materials", r"""
        materials?\b | datasets?\b | data(?: sets?| sources?| collection| description)?$ | corp(?:us|ora)\b | 材料
        数据(?!可用|共享|可获)"""),
    ("discussion", r"""
        (?:general )?discuss | discusi[oó]n | diskussion | (?:error |further )analys[ie]s\b | analysis$
        (?:strengths and )?limitations?\b | (?:practical |theoretical )?implications?\b | comment$ | 讨论 | 分析"""),
    ("conclusion", r"""
        (?:summary,? and )?conclu | concluding | (?:final|closing) remarks | consider(?:ações|aciones) fina
        schluss | fazit | future (?:work|directions)
        zusammenfassung und | outlook\b | ausblick | (?:conclusion et )?perspectives$
        结论 | 结语 | 结束语 | 总结 | 小结 | 展望"""),
    ("summary", r"""
        (?:executive )?summary\b | highlights\b | resumo | resumen | zusammenfassung | résumé | 摘要"""),
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
    text = _NUMBERING.sub("", _APART.sub("", text), count=1)
    return next((role for role, pattern in _PATTERNS if pattern.match(text)), "")
