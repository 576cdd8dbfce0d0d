"""From an uploaded object to a submitted run: events, rules, complete sets, claims.

`handler` is the whole path in one screen: `triggers` finds the rule of a name, the rule's `kinds`
decides by what the `inbox` holds, and `launching` takes a set that is ready past `history`, `gate`
and pause to its claim in `claims`. What decides is pure; what acts is handed in.
"""
