"""Finding works: words, vectors, concepts, fused."""
