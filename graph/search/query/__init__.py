"""The query language: one grammar, its fields, the tree it yields, and filters as parameters."""
