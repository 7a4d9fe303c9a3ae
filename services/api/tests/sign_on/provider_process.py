"""A provider of single sign-on in a process of its own:

    python provider_process.py PORT [ADDRESS CERTIFICATE KEY]

By HTTP on this machine alone, or by HTTPS at that address.

`oidc-provider-mock` registers clients, asks who it is, and gives codes and signed ID tokens, and knows no
PKCE: the layer around it insists on that (RFC 7636, S256), and lies where a test wants it to (`PUT /lies`).
"""

from __future__ import annotations

import json
import os
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import oidc_provider_mock

Start = Callable[..., Any]


class InsistingOnPkce:
    """The WSGI application around the provider."""

    def __init__(self, provider: Callable[..., Iterable[bytes]]) -> None:
        self.provider = provider
        self.challenges: dict[str, str] = {}
        self.lies: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/lies":
            self.lies = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            return told(start, {})
        if path in self.lies:
            lie = self.lies[path]
            return told(start, KeySet([RSAKey.generate_key()]).as_dict() if lie == "other keys" else lie)
        if path == "/oauth2/authorize":
            return self.provider(environ, self._remembering(parse_qs(environ["QUERY_STRING"]), start))
        if path == "/oauth2/token" and not self._is_proved(environ):
            return told(start, {"error": "invalid_grant"}, "400 Bad Request")
        return self.provider(environ, start)

    def _remembering(self, asked: dict[str, list[str]], start: Start) -> Start:
        assert asked["code_challenge_method"] == ["S256"]

        def remembering(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code", [""])[0]
            self.challenges[code] = asked["code_challenge"][0]
            return start(status, headers, *more)

        return remembering

    def _is_proved(self, environ: dict[str, Any]) -> bool:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        hashed = urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        return len(sent["code_verifier"]) >= 43 and self.challenges.pop(sent["code"], "") == hashed


def told(start: Start, body: Any, status: str = "200 OK") -> Iterable[bytes]:
    start(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


if __name__ == "__main__":
    provider = oidc_provider_mock.app(require_client_registration=True, require_nonce=True)
    port, address = int(sys.argv[1]), (sys.argv[2:3] or ["127.0.0.1"])[0]
    certified = (sys.argv[3], sys.argv[4]) if sys.argv[3:] else None
    make_server(
        address, port, InsistingOnPkce(provider), threaded=True, ssl_context=certified
    ).serve_forever()
