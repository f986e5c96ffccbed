"""PyPI `mcp` as a program without a user: python machine.py CONFIG_JSON

The configuration and the commands are those of tests/node/machine.mjs; the providers are those of the SDK.
"""

import asyncio
import json
import sys
import traceback

import httpx2
from mcp import ClientSession
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.streamable_http import streamable_http_client


def say(**value):
    print(json.dumps(value), flush=True)


class Kept:
    """The client's stored data."""

    def __init__(self):
        self.tokens = None
        self.issued = 0

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        self.issued += 1

    async def get_client_info(self):
        return None

    async def set_client_info(self, client):
        pass


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
    auth = provider(config, kept)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def with_session(use):
        """Opens one connection, in a separate task, so that a failure ends only this connection."""
        async with (
            httpx2.AsyncClient(auth=auth, timeout=60) as http,
            streamable_http_client(config["url"], http_client=http) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            return await use(session)

    async def nothing(_session):
        pass

    async def echo(session):
        return await session.call_tool("echo", {"message": "hello"})

    while line := await reader.readline():
        command = line.decode().strip()
        try:
            if command == "connect":
                await asyncio.create_task(with_session(nothing))
                say(done=command, issued=kept.issued)
            elif command == "call":
                result = await asyncio.create_task(with_session(echo))
                say(done=command, text=result.content[0].text, issued=kept.issued)
            elif command == "tokens":
                say(done=command, tokens=kept.tokens and kept.tokens.model_dump())
            else:
                raise ValueError(f"unknown command '{command}'")
        except Exception:  # the test evaluates the error
            say(failed=command, error=traceback.format_exc())


asyncio.run(main())
