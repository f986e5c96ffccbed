"""The common part of both programs: keeps data, opens connections, and carries out the commands of the tests."""

import asyncio
import json
import sys
import traceback

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


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


async def carry_out(url, auth, kept, more=lambda in_session: {}):
    """Carries out the commands on standard input until it ends. `more` returns a program's own commands, by name."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def with_session(use):
        async with (
            httpx2.AsyncClient(auth=auth, timeout=60) as http,
            streamable_http_client(url, http_client=http) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            return await use(session)

    async def in_session(use):
        """Opens one connection, in a separate task, so that a failure ends only this connection."""
        return await asyncio.create_task(with_session(use))

    async def nothing(_session):
        pass

    async def echo(session):
        return await session.call_tool("echo", {"message": "hello"})

    async def connect():
        await in_session(nothing)
        return {"issued": kept.issued}

    async def call():
        result = await in_session(echo)
        return {"text": result.content[0].text, "issued": kept.issued}

    async def tokens():
        return {"tokens": kept.tokens and kept.tokens.model_dump()}

    commands = {"connect": connect, "call": call, "tokens": tokens, **more(in_session)}
    while line := await reader.readline():
        command = line.decode().strip()
        try:
            if command not in commands:
                raise ValueError(f"unknown command '{command}'")
            say(done=command, **await commands[command]())
        except Exception:  # the test evaluates the error
            say(failed=command, error=traceback.format_exc())
