"""Plain Python of the workflow outside its jobs: checked inputs, and the queries that jobs run."""
