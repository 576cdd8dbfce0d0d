"""What the `headrace` command does, one module per topic; each adds its own arguments."""
