"""Readers of vocabularies, one module for each format."""
