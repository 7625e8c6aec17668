"""Keyphrases: what works are about in their own words, where no vocabulary covers them."""
