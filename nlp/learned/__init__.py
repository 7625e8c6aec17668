"""Small models trained on annotated texts, run with numpy alone: linear classifiers and a tagger.

Their weights are files of `nlp/data`, made by `python -m bench.training`; features are hashed
(Weinberger et al., ICML 2009), so a model is one table of small integers.
"""
