//! The content of the page.

use maud::{Markup, html};
use protocol::limits::page::{PASSWORD, USERNAME};

use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;

/// The form for name and password, with the error of the previous attempt.
pub(super) fn login(
    ctx: &Ctx,
    client_name: &str,
    flow: &FlowId,
    csrf: &str,
    problem: Option<&str>,
    hint: Option<&str>,
) -> Markup {
    html! {
        h1 { "Sign in to " (ctx.settings.name_at(&ctx.base)) }
        p class="soft" { (client_name) " asks for access. You can allow or deny it on the next page." }
        @if let Some(problem) = problem {
            p class="note bad" id="problem" role="alert" { (problem) }
        }
        form method="post" action={ (ctx.base.path()) "/oauth/login" } {
            input type="hidden" name="flow" value=(flow.text());
            input type="hidden" name="csrf" value=(csrf);
            label for="username" { "User name" }
            input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus maxlength=(USERNAME.most) value=[hint];
            label for="password" { "Password" }
            input id="password" name="password" type="password" autocomplete="current-password" required maxlength=(PASSWORD.most);
            div class="row" { button class="main" type="submit" { "Sign in" } }
        }
    }
}
