//! How much a client may send: one table of lengths and counts.
//!
//! A parser takes its limit from here, refuses what exceeds it, and names the limit. The documentation of each constant
//! gives the reason for its number. `docs/limits.md` shows the same table, and a test compares the two.

mod table;

pub use table::*;

/// What a limit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes of the decoded value.
    Bytes,
    /// Entries of a list, a set or a table.
    Values,
    /// Seconds.
    Seconds,
}

/// The largest accepted length or count of one parameter, member, header or other part of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// What the limit applies to: the name of a parameter, member or header on the wire, or a fixed phrase such as
    /// `the body`.
    pub name: &'static str,
    /// The largest length or count that is accepted.
    pub most: usize,
    /// What is counted.
    pub unit: Unit,
    /// The error text for a client that sends more: fixed, and safe to send (RFC 6749 §5.2).
    pub exceeded: &'static str,
    /// The reason for this number.
    pub reason: &'static str,
}

/// Limits that belong to one kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    /// The kind of message.
    pub title: &'static str,
    /// The text that applies to all limits of the group.
    pub intro: &'static str,
    /// The limits of the group.
    pub limits: &'static [&'static Limit],
}

/// A value exceeds its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", .0.exceeded)]
pub struct TooLong(pub &'static Limit);

/// A message with named parameters, such as a form.
pub trait Parameters {
    /// The length of the longest value of this parameter, in bytes; 0 if the parameter is not there.
    fn longest(&self, name: &str) -> usize;
}

impl Limit {
    /// Refuses a length or a count above the limit.
    pub const fn check(&'static self, size: usize) -> Result<(), TooLong> {
        if size <= self.most { Ok(()) } else { Err(TooLong(self)) }
    }
}

impl Group {
    /// Refuses a message in which a parameter of this group is longer than its limit.
    pub fn check(&self, message: &impl Parameters) -> Result<(), TooLong> {
        let mut lengths = self.limits.iter().filter(|limit| limit.unit == Unit::Bytes);
        lengths.try_for_each(|limit| limit.check(message.longest(limit.name)))
    }

    /// The limit on the length of this parameter or member. `None` if the group has no such limit.
    pub fn length_of(&self, name: &str) -> Option<&'static Limit> {
        self.limits.iter().find(|limit| limit.unit == Unit::Bytes && limit.name == name).copied()
    }
}

/// Expands the table to a module for each group, with a constant for each limit.
macro_rules! limits {
    ($(
        #[doc = $title:literal]
        $(#[doc = $intro:literal])*
        pub mod $group:ident {
            $(
                $(#[doc = $reason:literal])+
                $limit:ident: $name:literal = $most:literal $unit:ident;
            )+
        }
    )+) => {
        $(
            #[doc = $title]
            $(#[doc = $intro])*
            pub mod $group {
                use $crate::limits::{Group, Limit, Unit};

                $(
                    $(#[doc = $reason])+
                    pub const $limit: Limit = Limit {
                        name: $name,
                        most: $most,
                        unit: Unit::$unit,
                        exceeded: $crate::limits::exceeded!($name, $most, $unit),
                        reason: concat!($($reason),+),
                    };
                )+

                /// Every limit of the group.
                pub const ALL: Group = Group {
                    title: $title,
                    intro: concat!($($intro),*),
                    limits: &[$(&$limit),+],
                };
            }
        )+

        /// Every group.
        pub const TABLE: &[&Group] = &[$(&$group::ALL),+];
    };
}

/// Expands to the fixed error text about an exceeded limit.
macro_rules! exceeded {
    ($name:literal, $most:literal, Bytes) => {
        concat!($name, " is longer than ", $most, " bytes")
    };
    ($name:literal, $most:literal, Values) => {
        concat!($name, " holds more than ", $most, " values")
    };
    ($name:literal, $most:literal, Seconds) => {
        concat!($name, " is more than ", $most, " seconds")
    };
}

use {exceeded, limits};
