"""What a controller does before the workflow starts and after it has ended, in this order.

To hang something in, add a line: `headrace.runs.scene` says what it is given and what it may do.
People are told last (`headrace.notices.runs`), so that a notice can hold what these leave behind.
"""

from headrace.money import settling
from headrace.page import export, overview, publish
from headrace.runs import dating, rerunning
from headrace.runs.scene import After, Before

BEFORE: tuple[Before, ...] = (
    publish.before_workflow,
    rerunning.bring_results,
    dating.date_files,
    settling.admit,
)
AFTER: tuple[After, ...] = (
    settling.write_cost,
    settling.settle,
    export.after_end,
    publish.after_end,
    overview.after_end,
)
