"""Models: the catalogue, installing, building the default one, and running it."""
