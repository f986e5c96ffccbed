//! The content of the page.

use maud::{Markup, html};
use protocol::server::redirect::RedirectUri;

use super::question::{Origin, Question};
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;

/// Where the user is sent afterwards, as shown on the page.
struct Destination {
    shown: String,
    warning: Option<&'static str>,
}

/// The question, with everything the user needs for a decision.
pub(super) fn consent(
    ctx: &Ctx,
    question: &Question,
    flow: &FlowId,
    csrf: &str,
    problem: Option<&str>,
) -> Markup {
    let destination = destination(&question.login.redirect_uri);
    html! {
        h1 { "Allow " (question.client_name) " to use " (ctx.settings.name_at(&ctx.base)) "?" }
        @if let Some(problem) = problem {
            p class="note bad" id="problem" role="alert" { (problem) }
        }
        (badge(&question.origin))
        dl {
            div {
                dt { "You will be sent to" }
                dd id="redirect-host" { strong { (destination.shown) } }
            }
            div {
                dt { "It asks to use" }
                dd id="resource" { (question.login.resource.as_str()) }
            }
            @if let Some(user) = &question.user {
                div {
                    dt { "Signed in as" }
                    dd id="user" { (user) }
                }
            }
            @if !question.scopes.is_empty() {
                div {
                    dt { "With these permissions" }
                    dd { ul id="scopes" {
                        @for scope in question.scopes.iter() {
                            li { code { (scope) } @if question.required.contains(scope) { " (always required)" } }
                        }
                    } }
                }
            }
        }
        @if let Some(warning) = destination.warning {
            p class="note" id="warning" { (warning) }
        }
        @if question.user.is_none() {
            p class="soft" { "If you allow access, you sign in at your organisation next." }
        }
        form method="post" action={ (ctx.base.path()) "/oauth/consent" } {
            input type="hidden" name="flow" value=(flow.text());
            input type="hidden" name="csrf" value=(csrf);
            div class="row" {
                button class="main" type="submit" name="decision" value="approve" { "Allow" }
                button type="submit" name="decision" value="deny" { "Deny" }
            }
        }
    }
}

/// How far the client's name can be trusted.
fn badge(origin: &Origin) -> Markup {
    html! {
        @match origin {
            Origin::Operator => p class="soft" id="badge" { "The operator of this server registered the application." },
            Origin::Verified(host) => p class="soft" id="badge" {
                "Verified: the application is published by " strong { (host) } ", and you are sent back there."
            },
            Origin::Described(host) => p class="soft" id="badge" {
                "Not verified: the application is described at " strong { (host) }
                ", but it sends you to another place. Check the address above."
            },
            Origin::Unverified => p class="soft" id="badge" {
                "Not verified: the application chose its own name. Check the address it sends you to."
            },
        }
    }
}

fn destination(redirect_uri: &str) -> Destination {
    let Ok(uri) = RedirectUri::parse(redirect_uri) else {
        return Destination { shown: redirect_uri.to_owned(), warning: None };
    };
    let host = uri.shown_host();
    if uri.is_local() {
        return Destination {
            shown: format!("an application on this device ({host})"),
            warning: Some(
                "This application runs on your own device, and nothing proves which one it is. Continue only if you have just started this connection yourself.",
            ),
        };
    }
    Destination { shown: host, warning: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_shown_and_local_ones_are_warned_about() {
        for (uri, shown, warned) in [
            ("https://claude.ai/api/mcp/auth_callback", "claude.ai", false),
            ("https://h.example:8443/x", "h.example:8443", false),
            ("http://127.0.0.1:3334/cb", "an application on this device (127.0.0.1:3334)", true),
            ("http://localhost/cb", "an application on this device (localhost)", true),
            ("http://[::1]:1/cb", "an application on this device ([::1]:1)", true),
            ("cursor://anysphere.cursor-mcp/oauth/callback", "an application on this device (cursor:)", true),
        ] {
            let found = destination(uri);
            assert_eq!((found.shown.as_str(), found.warning.is_some()), (shown, warned), "{uri}");
        }
    }
}
