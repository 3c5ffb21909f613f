"""What can go wrong with people and companies."""

from foundation.errors import SwitchyardError


class LeadsError(SwitchyardError):
    code = "leads_error"


class EmailInvalid(LeadsError):
    """Not an e-mail address that mail could reach. Trying again can't help; another address can."""

    code = "email_invalid"
    status = 422


class LeadRefused(LeadsError):
    """A lead can't be closed, opened again or merged as asked; the text says why, to the person who asked."""

    code = "lead_refused"
    status = 409
