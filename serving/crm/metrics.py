"""What Prometheus reads of the CRMs: one set in a process, shown by every registry that they are registered with."""

from prometheus_client import CollectorRegistry, Counter

RECORDS = Counter(
    "leadscore_crm_records",
    "Records sent to a CRM, by what became of them",
    ("connector", "outcome"),
    registry=None,
)
FAULTS = Counter(
    "leadscore_crm_faults",
    "Times that nothing more could be sent to a CRM for a while",
    ("connector", "fault"),
    registry=None,
)


def register(registry: CollectorRegistry) -> None:
    """Have a registry show them."""
    for metric in (RECORDS, FAULTS):
        registry.register(metric)
