"""Results: views that fit a screen, and downloads."""
