//! The content of the page that says how to connect a client.

use axum::http::StatusCode;
use serde_json::json;

use super::address::{Address, short_name};
use crate::edge::Ctx;
use crate::locale::Message;
use crate::pages::{Detail, Page, Part};

/// How a user enters the server's address in a client.
enum Way {
    /// In the client's menus. The text names them as the client does.
    Menu(&'static str),
    /// With these commands in a terminal.
    Command(Vec<String>),
    /// In a file with this name and this JSON content.
    File(&'static str, serde_json::Value),
}

/// Returns the page with the server's address and a section for each client.
pub(super) fn page(ctx: &Ctx, address: &Address) -> Page {
    let shown = ctx.settings.name_at(&ctx.base);
    let address_row = Detail::code(Message::ConnectAddress, address.as_str()).id("address");
    let page = Page::new(StatusCode::OK, Message::ConnectTitle)
        .heading(Message::ConnectTo { server: shown.into() })
        .with(Part::say(Message::ConnectWhat))
        .with(Part::Details(vec![address_row]))
        .with(Part::soft(Message::ConnectNext));
    let sections = ways(&short_name(shown), address).into_iter().map(section);
    sections
        .fold(page, Page::with)
        .with(Part::Section {
            heading: Message::ConnectOther,
            parts: vec![Part::say(Message::ConnectOtherWay)],
        })
        .with(Part::link("connections", ctx.base.join("/oauth/connections"), Message::ConnectSee))
}

/// Returns the clients in alphabetical order, with the way that their documentation describes (November 2026).
fn ways(name: &str, address: &Address) -> Vec<(&'static str, Way)> {
    let url = address.as_str();
    vec![
        ("ChatGPT", Way::Menu("Settings › Apps & Connectors › Create")),
        ("Claude", Way::Menu("Settings › Connectors › Add custom connector")),
        ("Claude Code", Way::Command(vec![format!("claude mcp add --transport http {name} {url}")])),
        (
            "Codex",
            Way::Command(vec![
                format!("codex mcp add {name} --url {url}"),
                format!("codex mcp login {name}"),
            ]),
        ),
        (
            "Cursor",
            Way::File("~/.cursor/mcp.json", json!({ "mcpServers": { name: { "url": address.as_str() } } })),
        ),
        ("Gemini CLI", Way::Command(vec![format!("gemini mcp add --transport http {name} {url}")])),
        ("VS Code", Way::Menu("MCP: Add Server… › HTTP")),
    ]
}

fn section((client, way): (&'static str, Way)) -> Part {
    let part = match way {
        Way::Menu(menu) => Part::say(Message::ConnectMenu { menu: menu.into() }),
        Way::Command(lines) => {
            let lines = lines.into_iter().map(|line| Detail::code(Message::ConnectCommand, line));
            Part::Details(lines.collect())
        }
        Way::File(file, content) => {
            Part::Details(vec![Detail::code(Message::ConnectFile { file: file.into() }, content.to_string())])
        }
    };
    Part::Section { heading: Message::ConnectIn { client: client.into() }, parts: vec![part] }
}
