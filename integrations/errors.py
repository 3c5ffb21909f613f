"""What can go wrong with other people's servers."""

from foundation.errors import SwitchyardError


class IntegrationError(SwitchyardError):
    code = "integration_error"
