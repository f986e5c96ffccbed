//! The rules of Traefik's HTTP routers (rule syntax v3), and the OAuth router's rule that follows from a protected
//! router's.
//!
//! ```text
//! any     = all { "||" all }            blanks, line breaks and Go's comments between tokens; a line may end after
//! all     = one { "&&" one }            an operator, a comma or an opening parenthesis only
//! one     = { "!" } ( "(" any ")" | matcher )
//! matcher = name "(" text { "," text } [ "..." ] [ "," ] ")"
//! text    = a Go string: `raw`, or "with escapes"
//! ```
//!
//! Traefik reads a rule with Go's expression parser and refuses every expression that is not a rule. [`Rule::parse`]
//! refuses these too. Names are accepted as Traefik accepts them: `PathPrefix`, `pathprefix`, `PATHPREFIX` and
//! `Pathprefix`. `Rule::parse` refuses a little more than Traefik: rules longer than [`MAX_LENGTH`] or nested deeper
//! than [`MAX_DEPTH`], texts that are not UTF-8, and the `{name:regex}` of rule syntax v2, which v3 reads as plain text
//! that no request matches. `Rule::parse` does not compile regular expressions; Traefik shows a router with an invalid
//! one as disabled.

mod error;
mod evaluate;
mod hosts;
mod matcher;
mod network;
mod oauth;
mod parse;
mod prefix;
mod quote;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod tree;

pub use error::{Problem, RuleError};
pub use evaluate::RequestView;
pub use hosts::{HostPattern, Hosts};
pub use parse::{MAX_DEPTH, MAX_LENGTH};
pub use prefix::{PathPrefix, PrefixError};
pub use tree::Rule;
