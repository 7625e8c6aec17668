"""Trains the models that ship in `nlp/data`: `python -m bench.training --help`."""
