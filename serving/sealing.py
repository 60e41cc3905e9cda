"""Secrets at rest: upstream keys sealed, provider keys as a keyed hash, from one secret."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from serving.errors import SealBroken

SHORTEST_SECRET = 16


class Sealer:
    """Seals and opens with keys derived from the site's secret; each purpose has its own key."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise SealBroken(f"the secret needs at least {SHORTEST_SECRET} characters")
        self._secret = secret.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._key("upstream keys")))
        self._hash_key = self._key("provider keys")

    def _key(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"agon {purpose}".encode()).derive(self._secret)

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            why = "a stored key was sealed with another secret: give the secret it was sealed with"
            raise SealBroken(why) from error

    def digest(self, key: str) -> str:
        """The keyed hash of a provider key; keys are random, so a slow hash would add nothing."""
        return hmac.new(self._hash_key, key.encode(), hashlib.sha256).hexdigest()

    def derive(self, purpose: str) -> str:
        """A secret for one purpose that is the same after a restart, such as an engine's key."""
        return self._key(f"derived: {purpose}").hex()


def new_provider_key() -> tuple[str, str]:
    """A fresh key and the prefix by which it is found; 256 random bits stand behind the prefix."""
    prefix = f"agon_{secrets.token_hex(4)}"
    return f"{prefix}_{secrets.token_urlsafe(32)}", prefix
