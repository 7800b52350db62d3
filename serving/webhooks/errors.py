"""What can be wrong with what is asked of webhooks.

LeadscoreError
├── EndpointError      an endpoint cannot be as it was asked for
├── EndpointConflict   it cannot be done now, as the endpoint stands
└── NoSuchEndpoint     there is none of that id
    └── NoSuchDelivery     the endpoint was never sent such a message
"""

from features.errors import LeadscoreError


class EndpointError(LeadscoreError):
    """An endpoint cannot be as it was asked for."""


class EndpointConflict(LeadscoreError):
    """It cannot be done now, as the endpoint stands."""


class NoSuchEndpoint(LeadscoreError):
    """There is no endpoint of that id."""


class NoSuchDelivery(NoSuchEndpoint):
    """The endpoint was never sent such a message."""
