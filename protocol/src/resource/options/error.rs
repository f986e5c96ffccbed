//! Why options are refused.

/// Why the options cannot be used. The text names the option and quotes no secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The options are not a JSON object.
    #[error("the options of this middleware are not an object")]
    NotAnObject,
    /// The options are longer than the plugin reads.
    #[error(
        "the options of this middleware are longer than 64 KiB: list groups (allowedGroups) or domains \
         (allowedEmailDomains) in place of users"
    )]
    TooLarge,
    /// There is no such option.
    #[error("option `{name}` is unknown; the nearest known one is `{nearest}`")]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The known option with the most similar name.
        nearest: &'static str,
    },
    /// The option is given twice, with different case.
    #[error("option `{0}` is given more than once")]
    Repeated(&'static str),
    /// The option is required.
    #[error("option `{0}` is missing")]
    Missing(&'static str),
    /// The option's value cannot be used.
    #[error("option `{name}`: {reason}")]
    Bad {
        /// The option or environment variable.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// `role=route` is given together with an option of a tenant, which would then not be protected.
    #[error("option `{0}` belongs to a tenant, not to a middleware with role=route")]
    NotForRoute(&'static str),
}

impl ConfigError {
    pub(super) fn bad(name: &'static str, reason: impl core::fmt::Display) -> Self {
        Self::Bad { name, reason: reason.to_string() }
    }
}
