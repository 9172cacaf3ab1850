"""What is wrong with a key, a token, or the files and servers that vouch for them."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, InvalidInput, Kind, NotFound


class NotAuthenticated(CasecoreError):
    """Nobody is known by what was shown; the message never says more than its bearer may know."""

    kind = Kind.UNAUTHENTICATED
    code = "not_authenticated"


class SystemIsNotGiven(InvalidInput):
    """An identity cannot be of the role system."""

    def __init__(self) -> None:
        super().__init__(
            "the role system belongs to the installation's own runs and imports, and is given to nobody: "
            "name a customer, seller, partner or vendor"
        )


class InvalidKeyFile(InvalidInput):
    """The file of keys cannot be used; the message says why, and what would be right."""


class KeyNotFound(NotFound):
    """There is no such key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no key {key}.")
        self.key = key


class InvalidIssuerFile(InvalidInput):
    """The file about the issuer of tokens cannot be used; the message says where, and what would be right."""


class IssuerUnavailable(CasecoreError):
    """The issuer of tokens gave no keys, and the one that was asked for is not known from before."""

    kind = Kind.UNAVAILABLE


class KeysUnavailable(CasecoreError):
    """The file of keys cannot be used: a fault of the installation, for its log and not for callers."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Keys cannot be checked now: try again later.")
