"""What is wrong with a vocabulary, by kind of fault: counts, and the first of each to look at."""

from __future__ import annotations

import time
from itertools import islice
from typing import Final

import msgspec

from ontology.checks import CHECKS, Finding
from ontology.scheme import Scheme

SHOWN: Final = 50
"""Findings of one kind that are listed."""


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check: what it looks for, how often it found it, the first findings. `severity` is error, warning, note, or
    "" where it found nothing."""

    check: str
    meaning: str
    severity: str
    count: int
    findings: tuple[Finding, ...]


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every check of a vocabulary; those that found the most grave things first."""

    scheme: str
    version: int
    concepts: int
    errors: int
    warnings: int
    notes: int
    seconds: float
    checks: tuple[CheckResult, ...]


def report(scheme: Scheme, version: int) -> QualityReport:
    began = time.perf_counter()
    results = []
    for name, check in CHECKS.items():
        findings = check(scheme)
        shown = tuple(islice(findings, SHOWN))
        count = len(shown) + sum(1 for _ in findings)
        meaning = " ".join((check.__doc__ or "").split())
        severity = shown[0].severity if shown else ""
        results.append(CheckResult(check=name, meaning=meaning, severity=severity, count=count, findings=shown))
    order = {"error": 0, "warning": 1, "note": 2, "": 3}
    results.sort(key=lambda one: (order[one.severity], -one.count, one.check))

    def total(severity: str) -> int:
        return sum(one.count for one in results if one.severity == severity)

    return QualityReport(
        scheme=scheme.name, version=version, concepts=len(scheme), errors=total("error"), warnings=total("warning"),
        notes=total("note"), seconds=round(time.perf_counter() - began, 3), checks=tuple(results),
    )  # fmt: skip
