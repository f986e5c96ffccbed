//! The list of all texts for people, with their arguments.

/// A value inside a text or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text that a client, a user or a provider chose, such as a name. It is isolated, so that its direction does not
    /// change the words around it.
    Text(String),
    /// A code, an address or another value that is shown letter by letter.
    Code(String),
    /// Another text of ours.
    Message(Box<Message>),
}

/// A number below 100 that is written with two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoDigits(pub u8);

/// An argument of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument<'a> {
    /// A value, which is shown in its place.
    Value(&'a Value),
    /// A number, by which the text can choose its words.
    Number(u64),
    /// A number with two digits.
    TwoDigits(u8),
}

impl Value {
    /// Makes a value that is shown letter by letter.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl<'a> From<&'a Value> for Argument<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

impl From<&u64> for Argument<'_> {
    fn from(number: &u64) -> Self {
        Self::Number(*number)
    }
}

impl From<&TwoDigits> for Argument<'_> {
    fn from(number: &TwoDigits) -> Self {
        Self::TwoDigits(number.0)
    }
}

/// Makes the enum of all texts. Each line is a variant with its arguments, and the id of the text in `locales/*.ftl`.
macro_rules! messages {
    ($($name:ident $({ $($argument:ident: $kind:ty),+ })? = $id:literal;)+) => {
        /// A text for people, with its arguments.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Message {
            $(
                #[doc = concat!("`", $id, "`")]
                $name $({ $(#[doc = "An argument."] $argument: $kind),+ })?,
            )+
        }

        impl Message {
            /// The name, the id and the names of the arguments of every text.
            #[cfg(test)]
            pub(super) const LIST: &[(&str, &str, &[&str])] =
                &[$((stringify!($name), $id, &[$($(stringify!($argument)),+)?])),+];

            /// Returns the id of the text in `locales/*.ftl`.
            pub const fn id(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $id,)+
                }
            }

            /// Returns the arguments with their names.
            pub(super) fn arguments(&self) -> Vec<(&'static str, Argument<'_>)> {
                match self {
                    $(Self::$name $({ $($argument),+ })? =>
                        vec![$($((stringify!($argument), $argument.into())),+)?],)+
                }
            }
        }
    };
}

messages! {
    // Signing in.
    SignInTitle = "sign-in-title";
    SignInTo { server: Value } = "sign-in-to";
    SignInFor { client: Value } = "sign-in-for";
    UserName = "user-name";
    Password = "password";
    SignIn = "sign-in";
    WrongCredentials = "wrong-credentials";
    TooManyAttempts { when: Value } = "too-many-attempts";
    TooManyPeople = "too-many-people";
    Outdated = "outdated";

    // Connections.
    SignInForConnections = "sign-in-for-connections";
    SignInAt { host: Value } = "sign-in-at";
    ConnectionsOnTheWay = "connections-on-the-way";
    ConnectionsTitle = "connections-title";
    ConnectionsCount { count: u64 } = "connections-count";
    ConnectionsShown { first: u64, last: u64, count: u64 } = "connections-shown";
    ConnectionsPurpose { server: Value } = "connections-purpose";
    NoConnections = "no-connections";
    ConnectionOf { client: Value } = "connection-of";
    RemovedApplication = "removed-application";
    OnlyDescribed { host: Value } = "only-described";
    OwnName = "own-name";
    ConnectedSince = "connected-since";
    LastUsed = "last-used";
    NotKnown = "not-known";
    SeenFrom { when: Value, network: Value } = "seen-from";
    GrantedPermissions = "granted-permissions";
    EndConnection { client: Value } = "end-connection";
    EndAll = "end-all";
    EndAllTitle = "end-all-title";
    EndAllConnections { count: u64, server: Value } = "end-all-connections";
    EndAllTokens { count: u64 } = "end-all-tokens";
    EndAllSessions { count: u64 } = "end-all-sessions";
    EndAllWords { when: Value } = "end-all-words";
    EndedOne { when: Value } = "ended-one";
    EndedAll { when: Value } = "ended-all";
    EndedBefore = "ended-before";
    Older = "older";
    Newer = "newer";
    DownloadJson = "download-json";
    SignOut = "sign-out";
    SignedOutTitle = "signed-out-title";
    SignedOutWords = "signed-out-words";
    NothingDone = "nothing-done";
    Cancel = "cancel";
    TryAgain = "try-again";

    // Personal access tokens.
    PersonalTitle = "personal-title";
    PersonalPurpose { server: Value } = "personal-purpose";
    NoPersonalTokens = "no-personal-tokens";
    PersonalTokenOf { name: Value } = "personal-token-of";
    TokenMade = "token-made";
    TokenEnds = "token-ends";
    EndToken { name: Value } = "end-token";
    EndedToken { when: Value } = "ended-token";
    OlderTokens = "older-tokens";
    NewerTokens = "newer-tokens";
    NewToken = "new-token";
    NewTokenTitle = "new-token-title";
    TokenName = "token-name";
    TokenDays { count: u64 } = "token-days";
    CreateToken = "create-token";
    TokenCreatedTitle = "token-created-title";
    TokenShownOnce = "token-shown-once";
    TokenHeader = "token-header";
    TokenTry = "token-try";
    TokenMadeBefore = "token-made-before";
    TokensTooMany { count: u64 } = "tokens-too-many";
    TokensTooManyEnded = "tokens-too-many-ended";
    TokenNameMissing = "token-name-missing";
    TokenDaysWrong { count: u64 } = "token-days-wrong";
    TokenTooLong = "token-too-long";
    TokensWithoutList = "tokens-without-list";
    TokensOff = "tokens-off";
    BackToConnections = "back-to-connections";
    // The account.
    SignInForAccount = "sign-in-for-account";
    AccountTitle = "account-title";
    AccountOpen = "account-open";
    PresentPassword = "present-password";
    NewPassword { count: u64 } = "new-password";
    RepeatPassword = "repeat-password";
    ChangePassword = "change-password";
    PasswordChangeEffect = "password-change-effect";
    PasswordByAdministrator = "password-by-administrator";
    PasswordChanged = "password-changed";
    PresentPasswordWrong = "present-password-wrong";
    PasswordsDiffer = "passwords-differ";
    PasswordSame = "password-same";
    PasswordShort { count: u64 } = "password-short";
    PasswordGuessable = "password-guessable";
    PasswordNotWritten = "password-not-written";

    // The second factor.
    SecondFactorTitle = "second-factor-title";
    SecondFactorPrompt = "second-factor-prompt";
    Code = "code";
    CodeWrong = "code-wrong";
    SecondFactor = "second-factor";
    SecondFactorOff = "second-factor-off";
    SecondFactorDemanded = "second-factor-demanded";
    SecondFactorTurnedOff = "second-factor-turned-off";
    TurnOff = "turn-off";
    SetUp = "set-up";
    SetUpTitle = "set-up-title";
    SetUpRequired = "set-up-required";
    SetUpHow = "set-up-how";
    SetUpPicture = "set-up-picture";
    SetUpKey = "set-up-key";
    SetUpOpen = "set-up-open";
    SetUpCode = "set-up-code";
    SetUpEffect = "set-up-effect";
    SetUpSince = "set-up-since";
    RecoveryTitle = "recovery-title";
    RecoveryWords = "recovery-words";
    RecoveryCodes = "recovery-codes";
    RecoveryCodesLeft { count: u64 } = "recovery-codes-left";
    RecoveryCodesNew = "recovery-codes-new";

    // Passkeys
    PasskeySignIn = "passkey-sign-in";
    PasskeyFailed = "passkey-failed";
    Passkeys = "passkeys";
    PasskeysWhat = "passkeys-what";
    PasskeyName = "passkey-name";
    PasskeyCalled = "passkey-called";
    PasskeyHost = "passkey-host";
    PasskeyAddedOn = "passkey-added-on";
    NotUsed = "not-used";
    PasskeyRemove { name: Value } = "passkey-remove";
    PasskeyAdd = "passkey-add";
    PasskeyHow = "passkey-how";
    PasskeyNext = "passkey-next";
    PasskeyMake = "passkey-make";
    PasskeyUnsupported = "passkey-unsupported";
    PasskeyNotAdded = "passkey-not-added";
    PasskeyAdded = "passkey-added";
    PasskeyRemoved = "passkey-removed";
    PasskeyNameMissing = "passkey-name-missing";
    PasskeysTooMany { count: u64 } = "passkeys-too-many";

    // Consent.
    ConsentTitle = "consent-title";
    ConsentQuestion { client: Value, server: Value } = "consent-question";
    UnnamedApplication = "unnamed-application";
    ByOperator = "by-operator";
    Verified { host: Value } = "verified";
    DescribedElsewhere { host: Value } = "described-elsewhere";
    Unverified = "unverified";
    ReturnsTo = "returns-to";
    OnThisDevice { place: Value } = "on-this-device";
    OpensOnThisDevice { scheme: Value } = "opens-on-this-device";
    AsksToUse = "asks-to-use";
    SignedInAs = "signed-in-as";
    Permissions = "permissions";
    ScopeInWords { words: Value, scope: Value } = "scope-in-words";
    ScopeProfile = "scope-profile";
    ScopeEmail = "scope-email";
    AlwaysRequired { scope: Value } = "always-required";
    LoopbackWarning = "loopback-warning";
    PrivateUseWarning = "private-use-warning";
    ProviderNext { host: Value } = "provider-next";
    DidYouStart = "did-you-start";
    AnotherAccount = "another-account";
    Allow = "allow";
    Deny = "deny";

    // Pages on the way to the client or to a provider.
    ContinueHint = "continue-hint";
    Continue = "continue";
    AllowedTitle = "allowed-title";
    DeniedTitle = "denied-title";
    LoginOverTitle = "login-over-title";
    LoginOverWords = "login-over-words";
    SignedInTitle = "signed-in-title";
    BackOnTheWay = "back-on-the-way";
    CloseHint = "close-hint";
    ProviderTitle = "provider-title";
    ProviderOnTheWay { host: Value } = "provider-on-the-way";

    // A login that ended without a code.
    NoAccessTitle = "no-access-title";
    NotNowTitle = "not-now-title";
    NotSignedInTitle = "not-signed-in-title";
    BackToApplication = "back-to-application";
    ReasonForAdministrator = "reason-for-administrator";
    YouSignedInAs = "you-signed-in-as";
    ProviderNotSetUp = "provider-not-set-up";
    ProviderUnverified = "provider-unverified";
    ProviderUnavailable = "provider-unavailable";
    ProviderDenied = "provider-denied";
    ProviderIncomplete = "provider-incomplete";
    RulesMissing = "rules-missing";
    NotInDirectory = "not-in-directory";
    NotManaged = "not-managed";
    NotListed = "not-listed";
    EmailNotVerified = "email-not-verified";
    EmailElsewhere = "email-elsewhere";
    NotInGroup = "not-in-group";

    // How to connect.
    ConnectTitle = "connect-title";
    ConnectTo { server: Value } = "connect-to";
    ConnectWhat = "connect-what";
    ConnectAddress = "connect-address";
    ConnectNext = "connect-next";
    ConnectIn { client: Value } = "connect-in";
    ConnectMenu { menu: Value } = "connect-menu";
    ConnectCommand = "connect-command";
    ConnectFile { file: Value } = "connect-file";
    ConnectOther = "connect-other";
    ConnectOtherWay = "connect-other-way";
    ConnectSee = "connect-see";

    // Errors.
    FailureTitle = "failure-title";
    FailureGeneral = "failure-general";
    FailureOurs = "failure-ours";
    FailureTooMany { when: Value } = "failure-too-many";
    ReasonCode = "reason-code";
    Details = "details";
    Requested = "requested";
    Registered = "registered";
    ClientMissing = "client-missing";
    ClientRepeated = "client-repeated";
    OperatorMustSetRules = "operator-must-set-rules";
    ClientUnknown = "client-unknown";
    ClientUnreachable { host: Value } = "client-unreachable";
    ClientUnreadable = "client-unreadable";
    LoginUnknown = "login-unknown";
    RedirectMissing = "redirect-missing";
    RedirectPrivateUse = "redirect-private-use";
    RedirectHost = "redirect-host";
    RedirectUnregistered = "redirect-unregistered";
    ClockSkew = "clock-skew";
    ForeignForm = "foreign-form";
    OriginHidden = "origin-hidden";

    // Links to the operator's own pages.
    Support = "support";
    Imprint = "imprint";
    Privacy = "privacy";

    // Dates and times.
    Moment { year: u64, month: u64, day: u64, hour: TwoDigits, minute: TwoDigits } = "moment";
    InSeconds { count: u64 } = "in-seconds";
    InMinutes { count: u64 } = "in-minutes";
    InHours { count: u64 } = "in-hours";
    InDays { count: u64 } = "in-days";
}
