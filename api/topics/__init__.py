"""Topics of works beyond what the text names: what curators said, and what the catalogue teaches."""
