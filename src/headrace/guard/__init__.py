"""The budget guard: budget messages become warnings and, at the limit, a pause.

`messages` and `decisions` are pure; `pause` is the object that everybody who submits looks at;
`stopping` cancels what runs; `handler` puts them in order; `function` is the deployed entry.
"""
