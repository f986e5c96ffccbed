//! Settings for the audit table: how much of it is kept.

use store::AuditLimits;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const DAYS: Variable = Variable {
    name: "BOUNCER_AUDIT_DAYS",
    default: Default::Number("90", "days"),
    meaning: "how long audit rows are kept",
};
const ROWS: Variable = Variable {
    name: "BOUNCER_AUDIT_ROWS",
    default: Default::Value("1000000"),
    meaning: "how many audit rows are kept at most; of events that anybody can cause, a fifth of this number in addition",
};
pub(super) const VARIABLES: &[Variable] = &[DAYS, ROWS];

/// The settings of this section.
#[derive(Debug, Clone, Copy)]
pub struct Audit {
    /// The limits of the audit table.
    pub limits: AuditLimits,
}

impl Audit {
    pub(super) fn read(source: &mut Source) -> Self {
        let rows = u64::from(source.or(&ROWS, parse::count));
        let limits = AuditLimits { kept_secs: source.or(&DAYS, parse::days), rows, unproven_rows: rows / 5 };
        Self { limits }
    }

    /// Appends a problem for each limit that would keep nothing.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if self.limits.rows < 1_000 {
            problems.push("BOUNCER_AUDIT_ROWS must be at least 1000".into());
        }
        if self.limits.kept_secs < 3_600 {
            problems.push("BOUNCER_AUDIT_DAYS must be at least one hour (write it as 1h)".into());
        }
    }
}
