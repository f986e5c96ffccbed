"""PyPI `mcp` as a user's MCP client: python client.py URL

Reads commands as lines from standard input, and writes results as JSON lines to standard output.
"""

import asyncio
import json
import sys
import time
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata


def say(**value):
    print(json.dumps(value), flush=True)


class Kept:
    """The client's stored data."""

    def __init__(self):
        self.tokens = None
        self.client = None
        self.issued = 0

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        self.issued += 1

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Callback:
    """The loopback server to which the user's browser is redirected."""

    async def start(self):
        self.arrived = asyncio.Queue()
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"

    async def answer(self, reader, writer):
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        target = urlsplit(request.split(" ")[1])
        found = target.path == "/callback"
        status = "200 OK" if found else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        if found:
            await self.arrived.put({name: values[0] for name, values in parse_qs(target.query).items()})

    async def result(self):
        given = await self.arrived.get()
        return AuthorizationCodeResult(code=given.get("code", ""), state=given.get("state"), iss=given.get("iss"))


async def main():
    url = sys.argv[1]
    kept, callback = Kept(), Callback()
    redirect = await callback.start()

    async def open_url(authorize):
        say(authorize=authorize)

    provider = OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            client_name="python",
            redirect_uris=[redirect],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",
        ),
        storage=kept,
        redirect_handler=open_url,
        callback_handler=callback.result,
    )

    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def with_session(use):
        """Opens one connection, in a separate task, so that a failure ends only this connection."""
        async with (
            httpx2.AsyncClient(auth=provider, timeout=60) as http,
            streamable_http_client(url, http_client=http) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            return await use(session)

    async def nothing(_session):
        pass

    async def echo(session):
        return await session.call_tool("echo", {"message": "hello"})

    async def tools(session):
        return await session.list_tools()

    while line := await reader.readline():
        command = line.decode().strip()
        try:
            if command == "connect":
                await asyncio.create_task(with_session(nothing))
                say(done=command, issued=kept.issued)
            elif command == "call":
                result = await asyncio.create_task(with_session(echo))
                say(done=command, text=result.content[0].text, issued=kept.issued)
            elif command == "list":
                result = await asyncio.create_task(with_session(tools))
                say(done=command, names=[tool.name for tool in result.tools])
            elif command == "expire":
                # The access token has expired, so the client has to use its refresh token.
                provider.context.token_expiry_time = time.time() - 1
                say(done=command)
            elif command == "tokens":
                say(done=command, tokens=kept.tokens and kept.tokens.model_dump())
            else:
                raise ValueError(f"unknown command '{command}'")
        except Exception:  # the test evaluates the error
            say(failed=command, error=traceback.format_exc())


asyncio.run(main())
