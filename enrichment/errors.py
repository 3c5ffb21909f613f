"""What can go wrong when looking companies up."""

from foundation.errors import SwitchyardError


class EnrichmentError(SwitchyardError):
    code = "enrichment_error"


class RetryableProviderError(EnrichmentError):
    """The provider didn't answer; asking again may help."""

    code = "provider_unavailable"


class PermanentProviderError(EnrichmentError):
    """The provider refused; asking again won't help until somebody changes something."""

    code = "provider_refused"


class DatasetInvalid(EnrichmentError):
    """The file can't be read as a dataset."""

    code = "dataset_invalid"
    status = 422
