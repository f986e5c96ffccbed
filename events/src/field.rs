//! Further facts of an event, for its log line and the details of its audit row.

/// The value of a [`Field`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number.try_into().unwrap_or(u64::MAX))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

macro_rules! fields {
    ($($(#[doc = $meaning:literal])+ $field:ident = $name:literal,)+) => {
        /// A further fact of an event: a closed set, so that no log line gets a name that others do not have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $($(#[doc = $meaning])+ $field,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &[Self] = &[$(Self::$field,)+];

            /// The name in log lines and in the details of audit rows.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }
        }
    };
}

fields! {
    /// The method of the request.
    Method = "method",
    /// The path of the request.
    Path = "path",
    /// The status of the response.
    Status = "status",
    /// The `error` code that was sent.
    Code = "code",
    /// The OAuth grant type.
    GrantType = "grant_type",
    /// The name that a user typed, or a digest of it.
    User = "user",
    /// How the second factor was proven: `totp`, `recovery_code`, or `passkey`, which replaces the password as well.
    SecondFactor = "second_factor",
    /// Whether the user has signed in with this browser before.
    KnownBrowser = "known_browser",
    /// Seconds until the next attempt.
    WaitSecs = "wait_secs",
    /// Claims, by name.
    Claims = "claims",
    /// Whether the client is new.
    Created = "created",
    /// A number of grants.
    Grants = "grants",
    /// Seconds since the provider last confirmed the user.
    ConfirmedSecsAgo = "confirmed_secs_ago",
    /// Requests refused without a context since the start.
    RefusedSoFar = "refused_so_far",
    /// A step of the key ring.
    Step = "step",
    /// The address of a Traefik.
    Traefik = "traefik",
    /// A number of entries or connections, or of the recovery codes that a user has left.
    Count = "count",
    /// A table of the store.
    Table = "table",
    /// A record of the store.
    Record = "record",
    /// What an administrator or a user did.
    Action = "action",
}
