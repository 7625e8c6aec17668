"""Hypotheses: pairs of things that no work speaks of together yet, and how likely one soon will (link prediction)."""
