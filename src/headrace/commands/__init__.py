"""What the `headrace` command does, one module per topic; `headrace.cli` reads its arguments."""
