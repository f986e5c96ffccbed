//! Changes to a text.

use super::error::NotCut;
use crate::limits::policy::LIST_EDITS;

/// A piece of a text that is replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// Where the piece begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What takes its place.
    pub by: &'static str,
}

/// Changes in the order of the text, none of which overlap.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edits(Vec<Edit>);

impl Edits {
    pub(super) fn remove(&mut self, from: usize, to: usize) -> Result<(), NotCut> {
        match self.0.last_mut() {
            // Entries that are left out one after the other.
            Some(last) if last.to == from && last.by.is_empty() => {
                last.to = to;
                Ok(())
            }
            _ => self.replace(from, to, ""),
        }
    }

    pub(super) fn replace(&mut self, from: usize, to: usize, by: &'static str) -> Result<(), NotCut> {
        if self.0.len() >= LIST_EDITS.most {
            return Err(NotCut::TooMany);
        }
        // An entry goes over several lines of a stream, with a field between them that was removed.
        if self.0.last().is_some_and(|last| last.to > from) {
            return Err(NotCut::NotJson);
        }
        self.0.push(Edit { from, to, by });
        Ok(())
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls `each` with the pieces of the changed text, in order, until it fails.
    pub fn write<E>(&self, text: &[u8], each: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        for edit in &self.0 {
            each(text.get(from..edit.from).unwrap_or_default())?;
            if !edit.by.is_empty() {
                each(edit.by.as_bytes())?;
            }
            from = edit.to;
        }
        each(text.get(from..).unwrap_or_default())
    }

    /// The length of the changed text.
    pub fn length(&self, text: &[u8]) -> usize {
        self.0
            .iter()
            .fold(text.len(), |length, edit| (length + edit.by.len()).saturating_sub(edit.to - edit.from))
    }
}
