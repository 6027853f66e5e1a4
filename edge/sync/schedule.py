"""When to talk to central: a pure schedule with back-off. Work never waits for it; it only decides when to try.

After a change it talks at once; while the link is down it tries again after 1, 2, 4 … seconds up to a bound, each wait
shortened by up to a quarter at random so that the nodes of a region do not come back all together; when nothing happens
it still asks now and then, for what others wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often has it failed in a row, within which bounds."""

    idle_s: float
    retry_max_s: float
    failures: int = 0

    def succeeded(self) -> Schedule:
        """After a conversation that came to its end."""
        return replace(self, failures=0)

    def failed(self) -> Schedule:
        """After one that did not."""
        return replace(self, failures=min(self.failures + 1, 30))

    def wait_s(self, jitter: float) -> float:
        """How long until the next try, with `jitter` in [0, 1)."""
        if not self.failures:
            return self.idle_s
        backoff_s: float = min(FIRST_RETRY_S * 2 ** (self.failures - 1), self.retry_max_s)
        return backoff_s * (1 - jitter / 4)

    @property
    def woken_by_change(self) -> bool:
        """Whether a new record starts a conversation at once; on a broken link it waits for its turn."""
        return not self.failures
