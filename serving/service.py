"""What the routes work with: made once per process."""

from collections.abc import Callable
from dataclasses import dataclass, field

from features.moments import now
from serving.observe.metrics import Metrics
from serving.programs.programs import Programs
from serving.settings import Settings
from serving.store.database import Store


@dataclass(frozen=True)
class Service:
    """The store, what is in service, and the time; ``clock``: the present moment, microseconds."""

    settings: Settings
    store: Store
    programs: Programs
    clock: Callable[[], int] = now
    metrics: Metrics = field(default_factory=Metrics)
    wake: Callable[[], None] = lambda: None  # says that webhooks are due, so that they go out at once
