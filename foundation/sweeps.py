"""Periodic work that rooms register and one sweeper runs: the safety net under every wake-up call.

A sweep must be safe to run at any time, from several processes at once, and must end by itself.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass
class _Sweep:
    run: Callable[[], object]
    every_s: float
    last_run_s: float = field(default=float("-inf"))


_sweeps: dict[str, _Sweep] = {}


def register_sweep(name: str, run: Callable[[], object], *, every_s: float) -> None:
    """Called by rooms at start-up. Registering a name again replaces it."""
    _sweeps[name] = _Sweep(run=run, every_s=every_s)


def run_due_sweeps(*, now_s: float) -> list[str]:
    """Run every sweep whose interval has passed; one that fails is logged and doesn't stop the others."""
    ran = []
    for name, sweep in _sweeps.items():
        if now_s - sweep.last_run_s < sweep.every_s:
            continue
        sweep.last_run_s = now_s
        try:
            sweep.run()
        except Exception:
            logger.exception("sweep %s failed", name)
        else:
            ran.append(name)
    return ran
