"""Training jobs as they are watched: the curve of a running or ended one, and removing what it left."""
