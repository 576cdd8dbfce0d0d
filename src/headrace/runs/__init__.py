"""A run's life in the results bucket: request, controller, status, end."""
