//! How other hosts are reached.

use std::path::PathBuf;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use crate::upstream::http::OutboundProxy;

const OUTBOUND_PROXY: Variable = Variable {
    name: "BOUNCER_OUTBOUND_PROXY",
    default: Default::Absent("–"),
    meaning: "HTTP proxy for calls to public addresses: [the way out](#the-way-out)",
};
const CA_FILE: Variable = Variable {
    name: "BOUNCER_CA_FILE",
    default: Default::Absent("–"),
    meaning: "PEM file of certificate authorities that are trusted in addition to the built-in ones, for providers and client documents",
};
pub(super) const VARIABLES: &[Variable] = &[OUTBOUND_PROXY, CA_FILE];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// The HTTP proxy for calls to public addresses.
    pub proxy: Option<OutboundProxy>,
    /// A PEM file of certificate authorities that are trusted in addition to the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Hosts that are called to find out whether the internet can be reached; no variable sets them.
    pub reference_hosts: Option<Vec<String>>,
}

impl Outbound {
    /// `https_proxy` is the proxy from the environment, used if the setting is `environment`.
    pub(super) fn read(source: &mut Source, https_proxy: Option<&str>) -> Self {
        Self {
            proxy: source.optional(&OUTBOUND_PROXY, |text| parse::proxy(text, https_proxy)),
            ca_file: source.optional(&CA_FILE, parse::path),
            reference_hosts: None,
        }
    }
}
