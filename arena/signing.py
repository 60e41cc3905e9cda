"""Ed25519 signatures of snapshots, and keys that the key before them vouches for."""

import base64
import binascii
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from arena.errors import Misconfigured

VOUCH = b"agon: the next key of this arena's snapshots is "


class Signer:
    """Signs with the present key; the former ones only vouch for those that came after them.

    Keys are 32 bytes in base64; `former` ones come newest first.
    """

    def __init__(self, key: str, former: Sequence[str] = ()) -> None:
        self._key = private_key(key)
        self._former = {public(old): old for old in map(private_key, former)}
        self.public = public(self._key)

    @property
    def former(self) -> tuple[str, ...]:
        """The public keys that were used before, newest first."""
        return tuple(self._former)

    def sign(self, content: str) -> str:
        """The signature of a snapshot's content, in base64."""
        return _text(self._key.sign(content.encode()))

    def vouched(self, before: str | None) -> str | None:
        """The key `before` saying that ours is the next; None where it is ours, or not known."""
        if before is None or before == self.public or before not in self._former:
            return None
        return _text(self._former[before].sign(VOUCH + self.public.encode()))


def fresh_key() -> str:
    """A new private key, in base64."""
    return _text(Ed25519PrivateKey.generate().private_bytes_raw())


def private_key(text: str) -> Ed25519PrivateKey:
    """The key of this text.

    Raises:
        Misconfigured: it is not 32 bytes in base64.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Misconfigured("a signing key is 32 random bytes in base64") from error


def public(key: Ed25519PrivateKey) -> str:
    """The public key that goes with a private one, in base64."""
    return _text(key.public_key().public_bytes_raw())


def signed(content: str, signature: str | None, key: str) -> bool:
    """Did this public key sign this content?"""
    return _holds(content.encode(), signature, key)


def vouched(key: str, vouch: str | None, before: str) -> bool:
    """Did the key before say that `key` is the next?"""
    return _holds(VOUCH + key.encode(), vouch, before)


def _holds(said: bytes, signature: str | None, key: str) -> bool:
    try:
        known = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        known.verify(base64.b64decode(signature or "", validate=True), said)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
