"""From an uploaded object to a submitted run: events, rules, complete sets, claims.

`handler` is the whole path in one screen. What decides is pure (`events`, `patterns`, `triggers`,
`checks`, `sets`, `sheets`, `requests`); what acts is handed in.
"""
