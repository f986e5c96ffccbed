//! What the log is told of somebody whom the rules refuse: the rule, and what the provider said that it was judged by.
//! Everything that came is cleaned and bounded; the page and the client learn none of it.

use std::fmt::Write as _;

use protocol::settings::{Identity, Refusal};

use crate::upstream::Notes;

/// How many groups are shown, and how much of each text, in characters.
const GROUPS: usize = 20;
const TEXT: usize = 80;

/// One line. `notes` are there where a provider has just been asked.
pub fn refused(refusal: Refusal, identity: &Identity, notes: Option<&Notes>) -> String {
    let mut line = format!("subject {}: {refusal}", shown(&identity.sub));
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {}
        Refusal::Directory => {
            let directory = identity.sub.split_once('.').map_or("", |(directory, _)| directory);
            let _ = write!(line, "; of directory {}", shown(directory));
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
        line.push_str("; no address came");
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
        line.push_str("; no groups came");
        if notes.is_some_and(|notes| !notes.has_groups && !notes.groups_left_out) {
            line.push_str(": let the provider send them, or name their claim in groupsClaim");
        }
        came(line, notes);
        return;
    }
    let names: Vec<String> = groups.iter().take(GROUPS).map(shown).collect();
    let _ = write!(line, "; groups that came: {}", names.join(", "));
    if groups.len() > GROUPS {
        let _ = write!(line, " and {} more", groups.len() - GROUPS);
    }
}

/// The names of the claims, from which the operator sees what is missing.
fn came(line: &mut String, notes: Option<&Notes>) {
    let Some(notes) = notes.filter(|notes| !notes.came.is_empty()) else { return };
    let names: Vec<String> = notes.came.iter().map(|name| shown(name)).collect();
    let _ = write!(line, " (claims: {})", names.join(", "));
    if !notes.odd.is_empty() {
        let odd: Vec<String> = notes.odd.iter().map(|name| shown(name)).collect();
        let _ = write!(line, "; of an unexpected type, so absent: {}", odd.join(", "));
    }
}

/// Without what could break a line or turn text around, and not at any length.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(TEXT)
        .flat_map(|c| {
            // Controls, separators and directions are escaped; `escape_debug` leaves letters of all scripts alone.
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
