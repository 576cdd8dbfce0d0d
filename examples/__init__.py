"""Programs for people: sample data and second uses of the machinery."""
