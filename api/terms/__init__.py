"""New terms: what texts use and no vocabulary has, ranked, and what curators make of it."""
