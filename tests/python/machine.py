"""PyPI `mcp` as a program without a user: python machine.py CONFIG_JSON

The configuration and the commands are those of tests/node/machine.mjs; the providers are those of the SDK.
"""

import asyncio
import json
import sys

import httpx2
from commands import Kept, carry_out
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider


async def exchanged(idp, audience, resource, scope):
    """Exchanges the user's id_token for an assertion about the user (RFC 8693)."""
    async with httpx2.AsyncClient(timeout=60) as http:
        place = idp["url"].rstrip("/") + "/.well-known/openid-configuration"
        endpoint = (await http.get(place)).json()["token_endpoint"]
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
            "audience": audience,
            "resource": resource,
            "subject_token": idp["idToken"],
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "client_id": idp["clientId"],
            "client_secret": idp["clientSecret"],
        }
        if scope:
            form["scope"] = scope
        answer = await http.post(endpoint, data=form)
        answer.raise_for_status()
        return answer.json()["access_token"]


def provider(config, kept):
    common = {
        "server_url": config["url"],
        "storage": kept,
        "client_id": config["clientId"],
        "scope": config.get("scope"),
        "issuer": config["issuer"],
    }
    if idp := config.get("idp"):

        async def assertion(audience, resource):
            return await exchanged(idp, audience, resource, config.get("scope"))

        return IdentityAssertionOAuthProvider(
            client_secret=config["clientSecret"], assertion_provider=assertion, **common
        )
    if key := config.get("privateKey"):
        signer = SignedJWTParameters(
            issuer=config["clientId"],
            subject=config["clientId"],
            signing_key=key,
            signing_algorithm=config["algorithm"],
        )
        return PrivateKeyJWTOAuthProvider(assertion_provider=signer.create_assertion_provider(), **common)
    return ClientCredentialsOAuthProvider(client_secret=config["clientSecret"], **common)


async def main():
    config, kept = json.loads(sys.argv[1]), Kept()
    await carry_out(config["url"], provider(config, kept), kept)


asyncio.run(main())
