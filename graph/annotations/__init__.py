"""What was read in works, as others exchange it: Web Annotations, BioC documents, nanopublications."""
