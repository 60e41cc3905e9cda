"""Secrets at rest: upstream keys sealed, provider keys as a keyed hash, from one secret.

The secret can be changed: with the older ones beside the new, what they sealed is opened still and
`resealed`, and what they hashed is known still.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from serving.errors import SealBroken

SHORTEST_SECRET = 16


class Sealer:
    """Seals and opens with keys derived from the site's secret; each purpose has its own key.

    `older` secrets, newest first, only open and recognise; nothing new is made with them.
    """

    def __init__(self, secret: str, older: Sequence[str] = ()) -> None:
        every = (secret, *older)
        if any(len(one) < SHORTEST_SECRET for one in every):
            raise SealBroken(f"the secret needs at least {SHORTEST_SECRET} characters")
        self._secret = secret
        self.has_older = bool(older)
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(derived(one, "upstream keys"))) for one in every]
        )
        self._hash_keys = [derived(one, "provider keys") for one in every]

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise sealed_otherwise() from error

    def resealed(self, sealed: str) -> str:
        """The same text under the present secret."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise sealed_otherwise() from error

    def digest(self, key: str) -> str:
        """The keyed hash of a provider key; keys are random, so a slow hash would add nothing."""
        return self.digests(key)[0]

    def digests(self, key: str) -> list[str]:
        """The keyed hashes under every secret that is known, the present one first."""
        said = key.encode()
        return [hmac.new(one, said, hashlib.sha256).hexdigest() for one in self._hash_keys]

    def derive(self, purpose: str) -> str:
        """A secret for one purpose that is the same after a restart, such as an engine's key."""
        return derived(self._secret, f"derived: {purpose}").hex()


def derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"agon {purpose}".encode()).derive(secret.encode())


def sealed_otherwise() -> SealBroken:
    why = "a stored key was sealed with another secret: give the secret it was sealed with"
    return SealBroken(why)


def new_provider_key() -> tuple[str, str]:
    """A fresh key and the prefix by which it is found; 256 random bits stand behind the prefix."""
    prefix = f"agon_{secrets.token_hex(4)}"
    return f"{prefix}_{secrets.token_urlsafe(32)}", prefix
