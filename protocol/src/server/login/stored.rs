//! Converts the step of a login to and from its stored form.

use super::{FirstFactor, SentToProvider, SignedIn, Step, Stored};

impl<C> From<Stored<C>> for Step<C> {
    fn from(stored: Stored<C>) -> Self {
        match stored {
            Stored::AwaitPassword => Self::AwaitPassword,
            Stored::AwaitSecondFactor { identity, credential } => {
                Self::AwaitSecondFactor(FirstFactor { identity, credential })
            }
            Stored::AwaitConsent { identity, session } => Self::AwaitConsent(SignedIn { identity, session }),
            Stored::AwaitApproval => Self::AwaitApproval,
            Stored::AwaitCallback(callback) => Self::AwaitCallback(SentToProvider { callback }),
        }
    }
}

impl<C> From<Step<C>> for Stored<C> {
    fn from(step: Step<C>) -> Self {
        match step {
            Step::AwaitPassword => Self::AwaitPassword,
            Step::AwaitSecondFactor(FirstFactor { identity, credential }) => {
                Self::AwaitSecondFactor { identity, credential }
            }
            Step::AwaitConsent(SignedIn { identity, session }) => Self::AwaitConsent { identity, session },
            Step::AwaitApproval => Self::AwaitApproval,
            Step::AwaitCallback(SentToProvider { callback }) => Self::AwaitCallback(callback),
        }
    }
}
