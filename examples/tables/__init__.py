"""Tables instead of reads: the same frame, another domain."""
