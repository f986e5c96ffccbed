"""An MCP server with the tools that the conformance suite requires, built with PyPI `mcp`: python server.py

Prints one JSON line with its port. It has no authentication of its own.
"""

import asyncio
import base64
import json
import socket
from typing import Annotated

import uvicorn
from mcp import types
from mcp.server.mcpserver import Audio, Context, Image, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
WAV = base64.b64decode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=")

server = MCPServer("conformance", version="1.0.0")


def text_resource(uri: str, text: str, mime: str = "text/plain") -> types.EmbeddedResource:
    contents = types.TextResourceContents(uri=uri, mime_type=mime, text=text)
    return types.EmbeddedResource(type="resource", resource=contents)


@server.tool()
def test_simple_text() -> str:
    """Says something."""
    return "This is a simple text response for testing."


@server.tool()
def test_image_content() -> Image:
    """A picture of one point."""
    return Image(data=PNG, format="png")


@server.tool()
def test_audio_content() -> Audio:
    """A moment of silence."""
    return Audio(data=WAV, format="wav")


@server.tool()
def test_embedded_resource() -> list[types.EmbeddedResource]:
    """A text with an address."""
    return [text_resource("test://embedded-resource", "This is an embedded resource content.")]


@server.tool()
def test_multiple_content_types() -> list[types.ContentBlock]:
    """Text, picture and resource."""
    return [
        types.TextContent(type="text", text="Multiple content types test:"),
        types.ImageContent(type="image", data=base64.b64encode(PNG).decode(), mime_type="image/png"),
        text_resource("test://mixed-content-resource", json.dumps({"test": "data", "value": 123}), "application/json"),
    ]


@server.tool()
def test_error_handling() -> str:
    """Fails."""
    raise ValueError("This tool intentionally returns an error for testing")


@server.tool()
async def test_tool_with_progress(ctx: Context) -> str:
    """Tells how far it is."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await asyncio.sleep(0.01)
    return "Done"


@server.tool()
def test_custom_headers(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "") -> str:
    """Takes an argument that is repeated in a header."""
    return region


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    """A picture."""
    return PNG


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:
    """Data by number."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@server.prompt()
def test_simple_prompt() -> str:
    """One line."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Two arguments in one line."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    """A resource and a request."""
    resource = text_resource(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(content=resource), UserMessage(content="Please process the embedded resource above.")]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    """A picture and a request."""
    image = types.ImageContent(type="image", data=base64.b64encode(PNG).decode(), mime_type="image/png")
    return [UserMessage(content=image), UserMessage(content="Please analyze the image above.")]


@server.completion()
async def complete(ref, argument, context) -> types.Completion:
    return types.Completion(values=["paris", "park", "party"], total=3, has_more=False)


def main() -> None:
    # As on a developer's machine; the proxy in front of it passes the host on.
    names = ["127.0.0.1:*", "localhost:*"]
    security = TransportSecuritySettings(allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names])
    app = server.streamable_http_app(transport_security=security)
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


main()
