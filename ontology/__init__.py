"""What exists: identifiers, records, vocabularies, the OWL ontology and its shapes."""
