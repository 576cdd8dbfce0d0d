"""Wait for steps that run at once, each in the background of the others.

Neither service waits for a background action nor fails for one, and one end of a pipe hangs for
ever once the other has failed. So an action of ours stands between them and what follows.
"""

import time
from collections.abc import Callable, Collection

from headrace.staging.layout import WorkDisk
from headrace.staging.step_records import exit_code

LOOK_SECONDS = 0.2


def join(
    disk: WorkDisk, numbers: Collection[int], sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Return True once all these steps have ended well, False as soon as one has not.

    The time limit is that of the action which calls this.
    """
    while None in (codes := [exit_code(disk.step(number)) for number in numbers]):
        if any(codes):
            break
        sleep(LOOK_SECONDS)
    return all(code == 0 for code in codes)
