"""PyPI `mcp` as a user's MCP client: python client.py URL

Reads commands as lines from standard input, and writes results as JSON lines to standard output.
"""

import asyncio
import sys
import time
from urllib.parse import parse_qs, urlsplit

from commands import Kept, carry_out, say
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.shared.auth import OAuthClientMetadata


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

    def more(in_session):
        async def names():
            result = await in_session(lambda session: session.list_tools())
            return {"names": [tool.name for tool in result.tools]}

        async def expire():
            # The access token has expired, so the client has to use its refresh token.
            provider.context.token_expiry_time = time.time() - 1
            return {}

        return {"list": names, "expire": expire}

    await carry_out(url, provider, kept, more)


asyncio.run(main())
