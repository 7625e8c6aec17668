"""Answers of queries made ready for a page: cells, charts, what came of asking."""
