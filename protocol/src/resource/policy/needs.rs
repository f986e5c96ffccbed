//! What the messages of one request need.

use super::lists::Lists;
use super::normal_uri::is_normal_uri;
use super::public::PublicMethods;
use super::rules::{RuleSet, Rules};
use crate::resource::message::{Message, MessageError, MessageReader, Name};
use crate::scope::ScopeSet;

/// Reads the body of a request, and collects what its messages need.
pub struct Operations<'a> {
    reader: MessageReader,
    has_body: bool,
    found: Found<'a>,
}

/// What was found in the messages that are read.
struct Found<'a> {
    rules: &'a Rules,
    public: &'a PublicMethods,
    satisfied: RuleSet,
    needs: Needs,
    are_public: bool,
    refused: Option<String>,
}

impl<'a> Operations<'a> {
    /// Nothing is read yet. `satisfied` are the rules that the caller satisfies.
    pub fn new(rules: &'a Rules, public: &'a PublicMethods, satisfied: RuleSet) -> Self {
        let needs = Needs { rules: RuleSet::NONE, lists: Lists::NONE };
        let found = Found { rules, public, satisfied, needs, are_public: true, refused: None };
        Self { reader: MessageReader::new(), has_body: false, found }
    }

    /// Reads the next piece of the body.
    pub fn read(&mut self, piece: &[u8]) -> Result<(), MessageError> {
        self.has_body |= !piece.is_empty();
        let found = &mut self.found;
        self.reader.read(piece, &mut |message| found.add(message))
    }

    /// Ends the body. An error if it is not complete. Without a body nothing is needed, except where the request must
    /// have a message.
    pub fn finish(&self, must_have_message: bool) -> Result<Needs, MessageError> {
        if self.has_body || must_have_message {
            self.reader.finish()?;
        }
        Ok(self.found.needs)
    }

    /// Proof that every message has a public method for which there is no rule. `None` if one has not, or is a
    /// response, or if the body is missing or not complete.
    pub fn finish_public(&self) -> Option<PublicNeeds> {
        let needs = self.finish(true).ok()?;
        let are_requests = self.reader.has_request() && !self.reader.has_response();
        let is_public = self.found.are_public && are_requests && needs.rules.is_empty();
        is_public.then_some(PublicNeeds(needs.lists))
    }

    /// What is known of the messages themselves.
    pub const fn messages(&self) -> &MessageReader {
        &self.reader
    }

    /// For the log: the first message for which the caller lacks a scope, with the rules for it.
    pub fn first_refused(&self) -> &str {
        self.found.refused.as_deref().unwrap_or_default()
    }
}

impl Found<'_> {
    fn add(&mut self, message: &Message<'_>) -> Result<(), MessageError> {
        let method = message.method;
        let mut chosen = RuleSet::NONE;
        // `flatten` takes more instructions.
        for name in &message.names {
            let Some(name) = name else { continue };
            chosen = chosen.union(self.of_name(method, name)?);
        }
        if matches!(message.names, [None, None]) {
            chosen = self.rules.matching(method, b"");
        }
        self.needs.lists.add(method);
        self.are_public = self.are_public && chosen.is_empty() && self.public.contains(method);
        if self.refused.is_none() && !self.satisfied.contains_all(chosen) {
            self.refused = Some(self.shown(message, chosen));
        }
        self.needs.rules = self.needs.rules.union(chosen);
        Ok(())
    }

    fn of_name(&self, method: &[u8], name: &Name<'_>) -> Result<RuleSet, MessageError> {
        Ok(match name {
            Name::Name(name) => self.rules.matching(method, name),
            Name::Uri(uri) => self.of_uri(method, uri, false)?,
            Name::OfPrompt(name) => {
                self.rules.matching(method, name).union(self.rules.matching(b"prompts/get", name))
            }
            Name::OfResource(uri) => {
                self.of_uri(method, uri, true)?.union(self.of_uri(b"resources/read", uri, true)?)
            }
        })
    }

    /// The rules for a URI, which has to be in its normal form if there are any for the method: a server may take
    /// another form for the same resource.
    fn of_uri(&self, method: &[u8], uri: &[u8], is_template: bool) -> Result<RuleSet, MessageError> {
        if self.rules.of_method(method).is_empty() || is_normal_uri(utf_8(uri), is_template) {
            Ok(self.rules.matching(method, uri))
        } else {
            Err(MessageError::UriForm)
        }
    }

    fn shown(&self, message: &Message<'_>, chosen: RuleSet) -> String {
        let name = message.names.iter().flatten().next().map_or(&b""[..], |name| match name {
            Name::Name(text) | Name::Uri(text) | Name::OfPrompt(text) | Name::OfResource(text) => text,
        });
        let patterns = self.rules.patterns_of(chosen);
        let (method, name) = (first(utf_8(message.method), 64), first(utf_8(name), 128));
        [method, " ", name, " needs the scopes of ", &patterns].concat()
    }
}

/// A text that the reader of messages found.
fn utf_8(text: &[u8]) -> &str {
    core::str::from_utf8(text).unwrap_or_default()
}

/// At most the first bytes of a text, cut between characters.
fn first(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The rules for all messages of a request, and the lists that it asks for. Only a body that was read to its end makes
/// one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Needs {
    rules: RuleSet,
    lists: Lists,
}

/// The caller lacks a scope that a rule needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused;

impl Needs {
    /// What every request needs where there is no rule: nothing. `None` if there is a rule.
    pub fn without_rules(rules: &Rules) -> Option<Self> {
        rules.is_empty().then_some(Self { rules: RuleSet::NONE, lists: Lists::NONE })
    }

    /// The scopes that the rules need.
    pub fn scopes(self, rules: &Rules) -> ScopeSet {
        rules.scopes_of(self.rules)
    }

    /// The lists that are asked for.
    pub const fn lists(self) -> Lists {
        self.lists
    }

    /// Requires that a caller satisfies every rule.
    pub const fn require(self, satisfied: RuleSet) -> Result<(), Refused> {
        if satisfied.contains_all(self.rules) { Ok(()) } else { Err(Refused) }
    }
}

/// Proof that a request has public methods alone, and the lists that it asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicNeeds(Lists);

impl PublicNeeds {
    /// The lists that are asked for.
    pub const fn lists(self) -> Lists {
        self.0
    }
}
