"""Who is asking: our own signed cookie for visitors, a token for operators."""

import hashlib
import hmac

from fastapi import Request, Response
from itsdangerous import BadSignature, Signer

COOKIE = "arena_visitor"
YEAR_S = 365 * 24 * 3600


class Identity:
    """Reads and writes the visitor cookie; knows the operator's token."""

    def __init__(self, secret: str, operator_token: str) -> None:
        self._signer = Signer(secret, salt="arena.visitor", digest_method=hashlib.sha256)
        self._operator = operator_token

    def visitor_id(self, request: Request) -> str | None:
        """The id in the cookie, if we signed it."""
        try:
            return self._signer.unsign(request.cookies.get(COOKIE, "")).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None

    def is_operator(self, request: Request) -> bool:
        """Does the request carry the operator's token (`Authorization: Bearer …`)?"""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "surrogateescape")
        known = self._operator.encode()
        return scheme.lower() == "bearer" and bool(known) and hmac.compare_digest(given, known)

    def remember(self, request: Request, response: Response, visitor_id: str) -> None:
        """Hand the visitor their cookie: signed, HttpOnly, same site, a year."""
        response.set_cookie(
            COOKIE,
            self._signer.sign(visitor_id).decode("ascii"),
            max_age=YEAR_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def forget(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
