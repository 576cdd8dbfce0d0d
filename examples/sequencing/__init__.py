"""A small synthetic sequencing run whose true variants and faults are known."""
