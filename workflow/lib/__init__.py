"""Plain Python of the workflow outside its jobs: checked inputs, metrics, the rule graph."""
