"""Concepts that may be the same, held against cross-references made by hand: the Human Phenotype Ontology's to MeSH.

    python -m bench.alignments [--vocabularies ../shared/data/vocab]

Prints, for pairs whose concept of the ontology has a cross-reference to a loaded descriptor, how many are that one, by
confidence; the share of all cross-references that is found; and processor seconds. A pair that is not the
cross-reference need not be wrong (fever, hyperthermia), so precision is a lower bound.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from nlp.aligning import Labels, alignments
from ontology.namespaces import Base
from ontology.vocabularies.base import load_vocabulary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabularies", type=Path, default=Path("../shared/data/vocab"))
    folder = parser.parse_args().vocabularies
    phenotypes = load_vocabulary(folder / "hp" / "hp.json", Base())
    mesh = load_vocabulary(folder / "mesh" / "mesh_id_label_mappings.tsv", Base())
    gold = {c.iri: {m.iri for m in c.matches if m.iri in mesh.concepts} for c in phenotypes}
    started = time.process_time()
    found = alignments(Labels(phenotypes), Labels(mesh))
    spent = time.process_time() - started
    for least, most in ((0.95, 1.0), (0.9, 0.95), (0.8, 0.9), (0.5, 0.8), (0.0, 0.5)):
        judged = [one for one in found if gold[one.subject] and least <= one.confidence < most + (most == 1.0)]
        right = sum(one.object in gold[one.subject] for one in judged)
        mean = sum(one.confidence for one in judged) / len(judged) if judged else 0.0
        share = right / max(1, len(judged))
        print(f"confidence {least:.2f} to {most:.2f} (mean {mean:.3f}): {right} of {len(judged)} right ({share:.3f})")
    pairs = {(one.subject, one.object) for one in found}
    wanted = [(iri, other) for iri, others in gold.items() for other in others]
    hit = sum(pair in pairs for pair in wanted)
    print(f"{hit} of {len(wanted)} cross-references are found ({hit / len(wanted):.3f}); {spent:.1f} CPU s,"
          f" {len(phenotypes):,} and {len(mesh):,} concepts")  # fmt: skip


if __name__ == "__main__":
    main()
