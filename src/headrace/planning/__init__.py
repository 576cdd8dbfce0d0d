"""What a run needs and costs, decided before anything starts: pure, no I/O, no SDK."""
