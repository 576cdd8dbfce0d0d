"""What the rules need to know before the first job: checked configuration and sample sheet."""
