//! The lists in one JSON-RPC message, or in a batch of them.

use super::edit::Edits;
use super::error::NotCut;
use crate::resource::policy::{ListKind, Lists, RuleSet, Rules};
use inner_loops::json::{Raw, Scanner, Token};

/// What an entry has to satisfy to stay.
#[derive(Clone, Copy)]
pub(super) struct Entitlement<'a> {
    pub(super) rules: &'a Rules,
    pub(super) satisfied: RuleSet,
    pub(super) lists: Lists,
}

/// The members of a result that are lists: their names, their kinds, and the member of an entry by which it is used.
const LISTS: [(&[u8], ListKind, &[u8]); 4] = [
    (b"tools", ListKind::Tools, b"name"),
    (b"prompts", ListKind::Prompts, b"name"),
    (b"resources", ListKind::Resources, b"uri"),
    (b"resourceTemplates", ListKind::Templates, b"uriTemplate"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Batch,
    Message,
    Result,
    List,
    Entry,
}

/// What the value that comes next is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Other,
    Result,
    List(ListKind, &'static [u8]),
    CacheScope,
    /// The text by which the entry is used.
    Key,
}

/// Finds the entries to leave out while it reads the text in pieces.
pub(super) struct MessageFilter<'a> {
    entitlement: Entitlement<'a>,
    scanner: Scanner,
    place: Place,
    is_batch: bool,
    next: Next,
    list: Option<(ListKind, &'static [u8])>,
    /// In a list: where the element that was read last ends.
    last_end: usize,
    /// In a list: whether an element stays.
    has_kept: bool,
    /// In a list: where an element begins that is left out, with everything up to the next one.
    left_out_from: Option<usize>,
    entry_start: usize,
    /// Whether the entry may be used: known once its text is read.
    may_use: Option<bool>,
}

impl<'a> MessageFilter<'a> {
    pub(super) fn new(entitlement: Entitlement<'a>) -> Self {
        Self {
            entitlement,
            scanner: Scanner::new(),
            place: Place::Outside,
            is_batch: false,
            next: Next::Other,
            list: None,
            last_end: 0,
            has_kept: false,
            left_out_from: None,
            entry_start: 0,
            may_use: None,
        }
    }

    /// Reads a piece, which begins at this position of the response.
    pub(super) fn read(&mut self, at: usize, mut piece: &[u8], edits: &mut Edits) -> Result<(), NotCut> {
        self.scanner.move_to(at);
        loop {
            let (token, raw) = self.scanner.next(&mut piece);
            match token {
                Token::More => return Ok(()),
                Token::Invalid => return Err(NotCut::NotJson),
                Token::Object | Token::Array => self.begin(edits)?,
                Token::End => self.end(edits)?,
                Token::Name => self.name(raw),
                _ => self.value(token, raw, edits)?,
            }
        }
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.scanner.is_complete()
    }

    /// Begins an object or array that is looked into.
    fn begin(&mut self, edits: &mut Edits) -> Result<(), NotCut> {
        let depth = self.scanner.depth();
        self.place = match (self.place, self.next) {
            // A batch, whose messages are objects.
            (Place::Outside, _) if self.scanner.is_in_array() => {
                self.is_batch = true;
                self.scanner.look_to(depth + 1);
                Place::Batch
            }
            (Place::Outside | Place::Batch, _) => Place::Message,
            (Place::Message, _) => Place::Result,
            (Place::Result, Next::List(kind, key)) if self.scanner.is_in_array() => {
                self.list = Some((kind, key));
                (self.has_kept, self.left_out_from, self.may_use) = (false, None, None);
                self.scanner.look_to(depth + 1);
                Place::List
            }
            (Place::List, _) => {
                self.begin_element(edits)?;
                Place::Entry
            }
            // An object in the place of a list.
            (Place::Result | Place::Entry, _) => return Err(NotCut::NotJson),
        };
        self.next = Next::Other;
        Ok(())
    }

    fn end(&mut self, edits: &mut Edits) -> Result<(), NotCut> {
        let depth = self.scanner.depth();
        self.place = match self.place {
            Place::Entry => {
                self.end_element(edits)?;
                Place::List
            }
            Place::List => {
                if let Some(from) = self.left_out_from.take() {
                    edits.remove(from, self.last_end)?;
                }
                self.scanner.look_to(depth);
                Place::Result
            }
            Place::Result => Place::Message,
            Place::Message if self.is_batch => Place::Batch,
            Place::Message | Place::Batch | Place::Outside => Place::Outside,
        };
        Ok(())
    }

    /// Notes what the value of a member is.
    fn name(&mut self, raw: Raw<'_>) {
        let name = self.scanner.text(raw).unwrap_or_default();
        let depth = self.scanner.depth();
        let lists = self.entitlement.lists;
        self.next = match self.place {
            Place::Message if name == b"result" => Next::Result,
            Place::Result if name == b"cacheScope" => Next::CacheScope,
            Place::Result => {
                let mut asked = LISTS.iter().filter(|(_, kind, _)| lists.contains(*kind));
                let found = asked.find(|(list, ..)| *list == name);
                found.map_or(Next::Other, |(_, kind, key)| Next::List(*kind, key))
            }
            Place::Entry if self.list.is_some_and(|(_, key)| key == name) => Next::Key,
            _ => Next::Other,
        };
        let is_looked_into = matches!(self.next, Next::Result | Next::List(..));
        self.scanner.look_to(if is_looked_into { depth + 1 } else { depth });
        self.scanner.keep(matches!(self.next, Next::Key | Next::CacheScope));
    }

    /// Reads a value that is not looked into.
    fn value(&mut self, token: Token, raw: Raw<'_>, edits: &mut Edits) -> Result<(), NotCut> {
        let next = core::mem::replace(&mut self.next, Next::Other);
        let text = if token == Token::Text { self.scanner.text(raw).ok() } else { None };
        match (self.place, next) {
            // An element that is no object cannot be used.
            (Place::List, _) => {
                self.begin_element(edits)?;
                self.end_element(edits)?;
            }
            (Place::Entry, Next::Key) => {
                // A member that comes twice has no one meaning.
                self.may_use = Some(self.may_use.is_none() && self.is_usable(text));
            }
            // What is left of the list is for this caller alone.
            (Place::Result, Next::CacheScope) if text != Some(b"private") => {
                edits.replace(self.scanner.start(), self.scanner.position(), "\"private\"")?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the caller may use the entry with this text.
    fn is_usable(&self, text: Option<&[u8]>) -> bool {
        let (Some(text), Some((kind, _))) = (text, self.list) else { return false };
        let Entitlement { rules, satisfied, .. } = self.entitlement;
        satisfied.contains_all(rules.matching(kind.used_by(), text))
    }

    fn begin_element(&mut self, edits: &mut Edits) -> Result<(), NotCut> {
        let start = self.scanner.start();
        if let Some(from) = self.left_out_from.take() {
            edits.remove(from, start)?;
        }
        (self.entry_start, self.may_use) = (start, None);
        Ok(())
    }

    fn end_element(&mut self, edits: &mut Edits) -> Result<(), NotCut> {
        let end = self.scanner.position();
        if self.may_use == Some(true) {
            self.has_kept = true;
        } else if self.has_kept {
            // With the comma before it.
            edits.remove(self.last_end, end)?;
        } else {
            // With the comma after it, if there is one.
            self.left_out_from = Some(self.entry_start);
        }
        self.last_end = end;
        Ok(())
    }
}
