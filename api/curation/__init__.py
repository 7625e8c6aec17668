"""Curators' edits on their way into graph and index: previewed, applied, followed."""
