//! The list of checks: one table with code, severity, meaning and remedy. `docs/doctor.md` is generated from it.

/// Declares the checks. Each entry: name, code, severity, the checks that it needs; then title, meaning, remedy.
macro_rules! checks {
    ($($place:ident { $(
        $name:ident $code:literal $severity:ident [$($need:ident)*]
        $title:literal
        $meaning:literal
        $remedy:literal
    )+ })+) => {
        /// A check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check {
            $($(#[doc = $title] $name,)+)+
        }

        impl Check {
            /// Every check, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)+)+];

            /// The row of the table about this check.
            pub const fn row(self) -> Row {
                match self {
                    $($(Self::$name => {
                        let (place, severity) = (Place::$place, Severity::$severity);
                        Row { code: $code, place, severity, title: $title, meaning: $meaning, remedy: $remedy }
                    },)+)+
                }
            }

            /// The checks that must have found nothing before this one is done.
            pub const fn needs(self) -> &'static [Self] {
                match self {
                    $($(Self::$name => &[$(Self::$need),*],)+)+
                }
            }
        }
    };
}

mod table;

pub use table::Check;
