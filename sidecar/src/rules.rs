//! Builds the log text for a user whom the tenant's rules do not allow: it says which rule failed, and which claims
//! were checked against it. Values from the provider are escaped and shortened. Neither the error page nor the client
//! receives the text.

use std::fmt::Write as _;

use protocol::settings::{Identity, Refusal};

use crate::upstream::Notes;

/// The maximum number of groups in the text, and the maximum length of each value, in characters.
const GROUPS: usize = 20;
const TEXT: usize = 80;

/// Returns the log text for one refused user. `notes` are present if the claims have just been fetched from the
/// provider.
pub fn refused(refusal: Refusal, identity: &Identity, notes: Option<&Notes>) -> String {
    let mut line = format!("subject {}: {refusal}", shown(&identity.sub));
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {}
        Refusal::Directory => {
            let directory = identity.sub.split_once('.').map_or("", |(directory, _)| directory);
            let _ = write!(line, "; directory {}", shown(directory));
        }
        Refusal::User | Refusal::EmailNotVerified | Refusal::EmailDomain | Refusal::HostedDomain => {
            address(&mut line, identity, notes);
        }
        Refusal::Group => groups(&mut line, identity, notes),
    }
    if let Some(why) = notes.and_then(|notes| notes.userinfo.as_ref()) {
        let _ = write!(line, "; userinfo: {why}");
    }
    line
}

fn address(line: &mut String, identity: &Identity, notes: Option<&Notes>) {
    let claims = &identity.claims;
    if let Some(email) = &claims.email {
        let verified = if claims.email_verified == Some(true) { "verified" } else { "not verified" };
        let _ = write!(line, "; address {}, {verified}", shown(email));
    } else {
        line.push_str("; the provider sent no email address");
        came(line, notes);
    }
    if let Some(hd) = &claims.hd {
        let _ = write!(line, ", hd {}", shown(hd));
    }
}

fn groups(line: &mut String, identity: &Identity, notes: Option<&Notes>) {
    let groups = &identity.claims.groups;
    if notes.is_some_and(|notes| notes.groups_left_out) {
        line.push_str(
            "; the provider left the groups out because the user is in too many (Entra ID: in more than 200): set the \
             groups claim to \"groups assigned to the application\", or assign app roles and name them in allowedGroups",
        );
    }
    if groups.is_empty() {
        line.push_str("; the provider sent no groups");
        if notes.is_some_and(|notes| !notes.has_groups && !notes.groups_left_out) {
            line.push_str(": configure it to send them, or name their claim in groupsClaim");
        }
        came(line, notes);
        return;
    }
    let names: Vec<String> = groups.iter().take(GROUPS).map(shown).collect();
    let _ = write!(line, "; groups: {}", names.join(", "));
    if groups.len() > GROUPS {
        let _ = write!(line, " and {} more", groups.len() - GROUPS);
    }
}

/// Appends the names of the claims that the provider sent, so that the operator sees which claim is missing.
fn came(line: &mut String, notes: Option<&Notes>) {
    let Some(notes) = notes.filter(|notes| !notes.came.is_empty()) else { return };
    let names: Vec<String> = notes.came.iter().map(|name| shown(name)).collect();
    let _ = write!(line, " (claims: {})", names.join(", "));
    if !notes.odd.is_empty() {
        let odd: Vec<String> = notes.odd.iter().map(|name| shown(name)).collect();
        let _ = write!(line, "; ignored because of an unexpected type: {}", odd.join(", "));
    }
}

/// Escapes characters that could end the line or change its direction, and cuts the text after [`TEXT`] characters.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(TEXT)
        .flat_map(|c| {
            // `escape_debug` escapes controls, separators and text-direction characters, and keeps letters of all
            // scripts.
            let quote = matches!(c, '"' | '\'' | '\\');
            let escaped = if quote { None } else { Some(c.escape_debug()) };
            escaped.into_iter().flatten().chain(quote.then_some(c))
        })
        .collect();
    if text.chars().nth(TEXT).is_some() {
        shown.push('\u{2026}');
    }
    shown
}
