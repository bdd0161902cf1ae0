"""Models in one file, for places that no network reaches."""
