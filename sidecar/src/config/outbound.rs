//! The way to other hosts.

use std::path::PathBuf;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use crate::upstream::http::OutboundProxy;

const OUTBOUND_PROXY: Variable = Variable {
    name: "BOUNCER_OUTBOUND_PROXY",
    default: Default::Absent("–"),
    meaning: "an HTTP proxy for calls to public addresses: [the way out](#the-way-out)",
};
const CA_FILE: Variable = Variable {
    name: "BOUNCER_CA_FILE",
    default: Default::Absent("–"),
    meaning: "PEM file of certificate authorities trusted in addition to the usual ones, for providers and client documents",
};
pub(super) const VARIABLES: &[Variable] = &[OUTBOUND_PROXY, CA_FILE];

/// The section.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Calls to public addresses go through it.
    pub proxy: Option<OutboundProxy>,
    /// Certificate authorities trusted in addition to the usual ones, PEM.
    pub ca_file: Option<PathBuf>,
    /// Hosts that are tried when it is in doubt whether there is a way out to the internet; no variable sets it.
    pub reference_hosts: Option<Vec<String>>,
}

impl Outbound {
    /// `https_proxy` is the proxy that the environment names.
    pub(super) fn read(source: &mut Source, https_proxy: Option<&str>) -> Self {
        Self {
            proxy: source.optional(&OUTBOUND_PROXY, |text| parse::proxy(text, https_proxy)),
            ca_file: source.optional(&CA_FILE, parse::path),
            reference_hosts: None,
        }
    }
}
