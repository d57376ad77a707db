"""Families of models over checkpoints and sizes: who belongs to one, how far its measuring is, what it shows."""
