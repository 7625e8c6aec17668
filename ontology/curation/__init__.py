"""Curators' work on vocabularies: edits, change sets, versions. Pure but for `book`, which keeps them.

An *edit* is what a curator asks for (`edits`); a `Draft` makes *changes* of it, each a concept before and after;
`conditions` says whether the vocabulary stays sound; `comparing` holds versions of a concept against each other;
`desk` is where everything meets, and the `book` keeps who changed what.
"""
