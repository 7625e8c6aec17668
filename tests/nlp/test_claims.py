from __future__ import annotations

import pytest

from nlp.claims import ClaimSettings, claims, cues
from nlp.named import by_sentence
from nlp.sentences import sentences
from ontology.documents import DocumentBuilder
from ontology.namespaces import expand
from ontology.reading import Claim, Mention


def read(text: str) -> list[Claim]:
    """Claims of a sentence whose {bracketed} words are mentions of concepts named after themselves."""
    builder = DocumentBuilder("en")
    plain = text.replace("{", "").replace("}", "")
    builder.block("paragraph", "sec/1/p/1", plain)
    document = builder.build()
    parts = sentences(document, "en")
    mentions = []
    offset = 0
    for number, piece in enumerate(text.replace("}", "{").split("{")):
        if number % 2:
            sentence = next(p for p in parts if p.begin <= offset < p.end)
            mentions.append(
                Mention(
                    begin=offset, end=offset + len(piece), text=piece, concept=piece.lower(), label=piece,
                    confidence=0.9, sentence=sentence.path,
                )
            )  # fmt: skip
        offset += len(piece)
    return list(claims(document, parts, mentions, ClaimSettings()))


def triples(text: str) -> set[tuple[str, str, str]]:
    return {(c.subject, c.predicate.rpartition("#")[2], c.object) for c in read(text)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{Mutations} cause {cancer}.", 1),
        ("The V600E {mutation} causes {cancer}.", 0),
        ("This {infection} has been reported to trigger {arthritis}.", 0),
        ("{Infections} of the lung may trigger {asthma}.", 0),
        ("{Smoking} is associated with the {risk} of {cancer}.", 1),
        ("{Obesity} is associated with a low {incidence} of falls.", 0),
        ("The {capsid} contains two structural {proteins}.", 1),
        ("We saw a disease of {pregnancy} associated with {hypertension}.", 0),
        ("There were associations between {malaria}, {AIDS}, {worms} and {ulcers}.", 0),
        ("The {method} treats the {embeddings} as objects.", 0),
    ],
)
def test_a_noun_that_says_too_little_is_no_end_of_a_claim(text: str, said: int) -> None:
    found = triples(text)
    assert len(found) == said
    assert not any("risk" in one for one in found)


def test_what_there_is_no_evidence_for_is_denied() -> None:
    (claim,) = read("We found no evidence that {XMRV} is associated with {fatigue}.")
    assert claim.polarity == "disputes"


@pytest.mark.parametrize(
    ("text", "triple"),
    [
        ("{Aspirin} inhibits {cyclooxygenase}.", ("aspirin", "inhibits", "cyclooxygenase")),
        ("{Cyclooxygenase} is inhibited by {aspirin}.", ("aspirin", "inhibits", "cyclooxygenase")),
        ("{Metformin} is an inhibitor of {gluconeogenesis}.", ("metformin", "inhibits", "gluconeogenesis")),
        ("{Malaria} is treated with {quinine}.", ("quinine", "treats", "malaria")),
        ("{Smoking} causes {cancer}.", ("smoking", "causes", "cancer")),
        ("{Scurvy} was caused by {malnutrition}.", ("malnutrition", "causes", "scurvy")),
        ("{Obesity} is associated with {mortality}.", ("obesity", "associatedWith", "mortality")),
        ("The association between {obesity} and {mortality} is known.", ("obesity", "associatedWith", "mortality")),
        ("{Word2vec} outperforms {LSA} on all tasks.", ("word2vec", "improvesOn", "lsa")),
        ("We compare {transformers} with {LSTMs}.", ("transformers", "comparesWith", "lstms")),
        ("We use {dropout} for {regularization}.", ("regularization", "uses", "dropout")),
        ("{Parsers} use {treebanks}.", ("parsers", "uses", "treebanks")),
        ("{Parsers} are evaluated on {treebanks}.", ("parsers", "evaluatesOn", "treebanks")),
        ("The {encoder} consists of {convolutions}.", ("convolutions", "partOf", "encoder")),
        ("{Malaria} is a {disease}.", ("malaria", "isA", "disease")),
        ("We tried {classifiers} such as {SVMs}, {perceptrons} and {trees}.", ("trees", "isA", "classifiers")),
        ("{Malaria} and other {infections} are rare.", ("malaria", "isA", "infections")),
    ],
)
def test_a_claim_has_its_direction(text: str, triple: tuple[str, str, str]) -> None:
    assert triple in triples(text)
    subject, predicate, object_ = triple
    assert (object_, predicate, subject) not in triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "{Malaria} and {scurvy} were seen.",
        "We use {dropout} and {attention}.",
        "{Malaria} and other {health} problems are rare.",
        "{Aspirin} inhibits the authors of {malaria} papers.",
        "{Aspirin} inhibits {aspirin}.",
    ],
)
def test_where_nothing_is_claimed(text: str) -> None:
    assert triples(text) == set()


@pytest.mark.parametrize(
    ("text", "polarity", "hedged"),
    [
        ("{Aspirin} does not inhibit {gastrin}.", "disputes", False),
        ("{Aspirin} failed to inhibit {gastrin}.", "disputes", False),
        ("No {vaccine} causes {autism}.", "disputes", False),
        ("{Aspirin} may inhibit {gastrin}.", "supports", True),
        ("{Aspirin} inhibits {gastrin}.", "supports", False),
    ],
)
def test_negation_and_hedging(text: str, polarity: str, hedged: bool) -> None:
    (claim,) = read(text)
    assert (claim.polarity, claim.hedged) == (polarity, hedged)


def test_a_hedged_claim_is_less_sure() -> None:
    (sure,), (unsure,) = read("{Aspirin} inhibits {gastrin}."), read("{Aspirin} may inhibit {gastrin}.")
    assert unsure.confidence < sure.confidence <= 1


def test_the_longest_of_the_mentions_on_one_place_fills_a_role() -> None:
    builder = DocumentBuilder("en")
    builder.block("paragraph", "sec/1/p/1", "The dengue vaccine works.")
    document = builder.build()
    (part,) = sentences(document, "en")
    mentions = [
        Mention(
            begin=4,
            end=end,
            text=document.text[4:end],
            concept=f"c{end}",
            label="x",
            confidence=sure,
            sentence=part.path,
        )
        for end, sure in ((10, 0.9), (18, 0.7), (18, 0.8))
    ]
    (named,) = by_sentence([part], mentions, 0.5)[part.path]
    assert named.mention == mentions[2]


def test_a_claim_points_at_its_mentions() -> None:
    (claim,) = read("{Cyclooxygenase} is inhibited by {aspirin}.")
    assert (claim.subject_mention, claim.object_mention) == (1, 0)
    assert claim.predicate == expand("gn:inhibits")
    assert claim.cue == "inhibited"


def test_the_cue_table_is_sound() -> None:
    for found in cues().values():
        for cue in found:
            assert 0 < cue.confidence <= 1
            assert cue.kind in ("verb", "noun")
            assert all(r.partition(":")[0] in ("subj", "obj", "prep", "between", "purpose", "attached", "copula")
                       for r in (cue.subject, cue.object))  # fmt: skip


def test_who_uses_what_stands_before_the_verb() -> None:
    assert triples("Using {BERT}, {parsers} reach a good {score}.") <= {("parsers", "uses", "bert")}


@pytest.mark.parametrize(
    "text",
    [
        "The {geometry} of the manifold allows to employ a {gradient method}.",
        "Each {dialogue} model consists of a private {module}.",
    ],
)
def test_what_stands_near_is_not_always_meant(text: str) -> None:
    assert not triples(text)


def test_what_is_named_as_an_exception_is_no_member() -> None:
    assert triples("They use {sources} other than {transferrin} (e.g., {heme}).") == set()
    assert ("heme", "isA", "transferrin") in triples("They use {transferrin} (e.g., {heme}).")


def test_a_gain_on_a_task_improves_on_no_task() -> None:
    assert triples("Our {parser} improves accuracy on the {treebank}.") == set()
    assert ("parser", "improvesOn", "baseline") in triples("Our {parser} improves upon the {baseline}.")


def test_a_member_of_a_list_is_named_whole() -> None:
    assert not triples("There are {minerals} such as {iron} supplements.")
    assert ("iron", "isA", "minerals") in triples("There are {minerals} such as {iron} (Kim, 2010) or zinc.")


@pytest.mark.parametrize(
    ("text", "triple"),
    [
        ("We evaluated {parsers} using {scores}.", None),
        ("We trained {parsers} using {treebanks}.", ("parsers", "uses", "treebanks")),
        ("{Parsers} were trained using {treebanks}.", ("parsers", "uses", "treebanks")),
        ("{Intelligibility} was measured using {scores}.", None),
        ("Diversity was studied in {forests} using {birds}.", None),
        ("We use {projection} to visualize the {embeddings}.", None),
        ("We use {descent} to train the {embeddings}.", ("embeddings", "uses", "descent")),
    ],
)
def test_what_something_is_measured_with_it_does_not_use(text: str, triple: tuple[str, str, str] | None) -> None:
    assert triples(text) == ({triple} if triple else set())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{Embeddings} inhibit {noise}.", 1),
        ("{TB} 10.3 inhibits {noise}.", 0),
        ("{Noise} is inhibited by {IBM model} 1.", 0),
        ("{Noise} is inhibited by {IBM models} 1 and 2.", 1),
        ("MISP-{SQL} inhibits {noise}.", 0),
        ("{CBOW) model} inhibits {noise}.", 0),
        ("We apply {lists} to {learning} the {classifier}.", 0),
        ("We apply {lists} to {learning}.", 1),
        ("These {parsers} inhibit {noise}.", 0),
        ("{Parsers} inhibit {bias} rather than inhibiting {noise}.", 1),
    ],
)
def test_a_name_is_whole(text: str, said: int) -> None:
    assert len(triples(text)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Our {parser} is a {transducer}.", 0),
        ("The {parser} is a {transducer}.", 0),
        ("A {parser} is a {transducer}.", 1),
        ("{SMT} is a {SMT-based system}.", 0),
        ("{Ranking QE} outperforms {QE}.", 0),
        ("They use a {decoder} including a {block}.", 0),
        ("They use {decoders} including a {block}.", 1),
        ("There are {genes} such as {complex} (MHC) antigens.", 0),
        ("There are {antibodies} such as {mab}, and {inhibitors} (TKIs) such as {nib}.", 2),
    ],
)
def test_what_is_a_kind_of_what(text: str, said: int) -> None:
    found = triples(text)
    assert len(found) == said
    assert ("inhibitors", "isA", "antibodies") not in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There is storage of {treebanks} that uses {engines}.", 0),
        ("There is storage of {treebanks} that use {engines}.", 1),
        ("We use a {3-layer network} for the {Deep Q-network}, i.e., input, {hidden} and {output layers}.", 1),
    ],
)
def test_how_far_a_word_reaches(text: str, said: int) -> None:
    uses = {(one, other) for one, predicate, other in triples(text) if predicate == "uses"}
    assert len(uses) == said
