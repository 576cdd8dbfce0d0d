"""The HTTP face: routes, handlers and controls."""
