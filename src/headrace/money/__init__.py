"""What runs will cost, have cost and may cost.

`records` are the documents, `billing` prices what a journal tells, `ledger` keeps runs below their
caps. Estimates are made in `headrace.planning`.
"""
