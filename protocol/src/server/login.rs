//! The steps of a login, from the authorization request to the code.
//!
//! ```text
//! local:     AwaitPassword ─► AwaitConsent ─► code
//! upstream:  AwaitApproval ─► AwaitCallback ─► [AwaitSecondConsent ─►] code
//! ```
//!
//! Who comes back from the identity provider's page without an answer may approve once more, and is sent there again.
//!
//! What a step holds is the store's record; which step may follow which is decided here, and the store
//! refuses any other.

/// What a login waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A local user's name and password.
    AwaitPassword,
    /// A local user's consent.
    AwaitConsent,
    /// Approval before the browser is sent to the identity provider.
    AwaitApproval,
    /// The identity provider's answer.
    AwaitCallback,
    /// Consent again, naming the user the identity provider vouched for.
    AwaitSecondConsent,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The password was right and the user may enter.
    PasswordProven,
    /// The person agreed.
    Approved,
    /// The identity provider vouched for someone who may enter.
    IdentityProven,
    /// The same, but what was approved before has to be asked again.
    IdentityNeedsConsent,
    /// The person said no, or the login failed for good.
    Ended,
}

/// Where that leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// To another step.
    Step(Step),
    /// To a code for the client.
    Code,
    /// To an error for the client.
    Over,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 5] = [
        Self::AwaitPassword,
        Self::AwaitConsent,
        Self::AwaitApproval,
        Self::AwaitCallback,
        Self::AwaitSecondConsent,
    ];

    /// Where a login begins.
    pub const fn first(local: bool) -> Self {
        if local { Self::AwaitPassword } else { Self::AwaitApproval }
    }

    /// What `event` leads to; `None` if it cannot happen here.
    pub const fn on(self, event: Event) -> Option<Next> {
        match (self, event) {
            (_, Event::Ended) => Some(Next::Over),
            (Self::AwaitPassword, Event::PasswordProven) => Some(Next::Step(Self::AwaitConsent)),
            (Self::AwaitApproval | Self::AwaitCallback, Event::Approved) => {
                Some(Next::Step(Self::AwaitCallback))
            }
            (Self::AwaitCallback, Event::IdentityNeedsConsent) => Some(Next::Step(Self::AwaitSecondConsent)),
            (Self::AwaitConsent | Self::AwaitSecondConsent, Event::Approved)
            | (Self::AwaitCallback, Event::IdentityProven) => Some(Next::Code),
            (
                Self::AwaitPassword
                | Self::AwaitConsent
                | Self::AwaitApproval
                | Self::AwaitCallback
                | Self::AwaitSecondConsent,
                Event::PasswordProven | Event::Approved | Event::IdentityProven | Event::IdentityNeedsConsent,
            ) => None,
        }
    }

    /// Whether some event leads from here to `next`.
    pub fn may_lead_to(self, next: Next) -> bool {
        const EVENTS: [Event; 5] = [
            Event::PasswordProven,
            Event::Approved,
            Event::IdentityProven,
            Event::IdentityNeedsConsent,
            Event::Ended,
        ];
        EVENTS.into_iter().any(|event| self.on(event) == Some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Event::{Approved, Ended, IdentityNeedsConsent, IdentityProven, PasswordProven};
    use Step::{AwaitApproval, AwaitCallback, AwaitConsent, AwaitPassword, AwaitSecondConsent};

    #[test]
    fn every_pair_of_step_and_event() {
        let table: [(Step, [Option<Next>; 4]); 5] = [
            // PasswordProven, Approved, IdentityProven, IdentityNeedsConsent
            (AwaitPassword, [Some(Next::Step(AwaitConsent)), None, None, None]),
            (AwaitConsent, [None, Some(Next::Code), None, None]),
            (AwaitApproval, [None, Some(Next::Step(AwaitCallback)), None, None]),
            (
                AwaitCallback,
                [
                    None,
                    Some(Next::Step(AwaitCallback)),
                    Some(Next::Code),
                    Some(Next::Step(AwaitSecondConsent)),
                ],
            ),
            (AwaitSecondConsent, [None, Some(Next::Code), None, None]),
        ];
        for (step, row) in table {
            for (event, next) in
                [PasswordProven, Approved, IdentityProven, IdentityNeedsConsent].into_iter().zip(row)
            {
                assert_eq!(step.on(event), next, "{step:?} {event:?}");
            }
            assert_eq!(step.on(Ended), Some(Next::Over));
        }
    }

    #[test]
    fn no_code_without_a_proven_person_and_an_approval() {
        assert!(!AwaitPassword.may_lead_to(Next::Code));
        assert!(!AwaitApproval.may_lead_to(Next::Code));
        assert!(!AwaitPassword.may_lead_to(Next::Step(AwaitCallback)));
        assert!(AwaitCallback.may_lead_to(Next::Step(AwaitSecondConsent)));
        assert_eq!((Step::first(true), Step::first(false)), (AwaitPassword, AwaitApproval));
    }
}
