//! Makes the name, for the audit table, of the person who runs a command.

use super::terminal::pairs;
use crate::ops::{Actor, LONGEST_ACTOR};

/// Returns `user@host`. The user is the value of `USER` or `LOGNAME`, or else `uid N`, because a container often has
/// neither variable. The host is the node name of `uname`.
pub(super) fn of_this_process() -> Actor {
    let variable = |wanted: &str| pairs().find(|(name, value)| name == wanted && !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME")).map(|(_, value)| value);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    named(&user, &host)
}

fn named(user: &str, host: &str) -> Actor {
    let text: String = format!("{user}@{host}").chars().filter(|c| !c.is_control()).collect();
    let mut end = text.len().min(LONGEST_ACTOR);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    Actor::parse(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_to_fit() {
        assert_eq!(named("root", "server").as_str(), "root@server");
        assert_eq!(named("ro\not", "").as_str(), "root@");
        assert!(named(&"ü".repeat(200), "server").as_str().len() <= LONGEST_ACTOR);
        assert!(!of_this_process().as_str().is_empty());
    }
}
