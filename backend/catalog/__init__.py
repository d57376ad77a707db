"""Catalogue: models, corpora, analyses, capabilities."""
