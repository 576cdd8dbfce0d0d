"""JSON of the two APIs to and from the internal job, strictly checked."""
