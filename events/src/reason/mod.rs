//! Why something was refused or failed.

mod table;

pub use table::Reason;

/// What a reason says about the caller and about this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Happens in normal operation.
    Normal,
    /// May be an attack; look at it if there are many.
    Suspicious,
    /// This server, its settings, a provider or Traefik is at fault.
    Fault,
}

impl Severity {
    /// The name in the documentation and in the metrics' help.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Suspicious => "suspicious",
            Self::Fault => "fault",
        }
    }
}

macro_rules! reasons {
    (; $($reason:ident, $code:literal, $severity:ident, $meaning:literal, $action:literal;)+) => {
        /// Why something was refused or failed: a closed set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $meaning] $reason,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$reason,)+];

            /// The name in logs, metrics, audit rows and on error pages. It never changes.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$reason => $code,)+ }
            }

            /// What it says about the caller and about this server.
            pub const fn severity(self) -> $crate::Severity {
                match self { $(Self::$reason => $crate::Severity::$severity,)+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$reason => $meaning,)+ }
            }

            /// What an operator should do about it, in a sentence.
            pub const fn action(self) -> &'static str {
                match self { $(Self::$reason => $action,)+ }
            }
        }
    };
}
use reasons;

impl Reason {
    /// Whether this server, its settings, a provider or Traefik is at fault.
    pub const fn is_fault(self) -> bool {
        matches!(self.severity(), Severity::Fault)
    }

    /// The reason with this code.
    pub fn with_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn codes_are_unique_and_found() {
        for reason in Reason::ALL {
            assert_eq!(Reason::with_code(reason.code()), Some(*reason), "two reasons have {}", reason.code());
        }
    }

    #[test]
    fn texts_are_sentences() {
        for reason in Reason::ALL {
            for text in [reason.meaning(), reason.action()] {
                assert!(text.ends_with('.') && text.len() > 7, "{reason:?}: {text}");
            }
        }
    }
}
