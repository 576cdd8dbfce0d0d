"""Ordered faults: what is to go wrong, where, and how often."""
