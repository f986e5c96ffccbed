//! Every step with every event, and the steps as they are stored.

use super::*;
use crate::scope::ScopeSet;
use crate::settings::{Profile, Provider, TenantSettings};
use StepKind::{AwaitApproval, AwaitCallback, AwaitConsent, AwaitPassword};

#[derive(Clone, Copy, Debug)]
enum Event {
    PasswordProven,
    AnotherAccount,
    ConsentGiven,
    SentToProvider,
    IdentityProven,
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    Step(StepKind),
    Code,
    Over,
}

type Text = String;

fn ann() -> AuthorizedUser {
    admitted("ann")
}

fn admitted(sub: &str) -> AuthorizedUser {
    let settings = TenantSettings::new("wiki", Provider::Local, ScopeSet::default());
    settings.authorize(&Identity { sub: sub.to_owned(), claims: Profile::default() }).unwrap()
}

/// The login in this step, as events lead there.
fn step(kind: StepKind) -> Step<Text> {
    let advanced = match kind {
        AwaitPassword => return Step::first(true),
        AwaitApproval => return Step::first(false),
        AwaitConsent => Step::first(true).password_proven(ann()),
        AwaitCallback => Step::first(false).sent_to_provider("first".to_owned()),
    };
    advanced.unwrap().to().clone()
}

/// What the event leads to; each transition names the step it was made from.
fn on(kind: StepKind, event: Event) -> Option<Next> {
    let step = step(kind);
    let (from, next) = match event {
        Event::PasswordProven => {
            step.password_proven(ann()).map(|advanced| (advanced.from(), stepped(&advanced)))
        }
        Event::AnotherAccount => step.another_account().map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::SentToProvider => {
            step.sent_to_provider("again".to_owned()).map(|advanced| (advanced.from(), stepped(&advanced)))
        }
        Event::ConsentGiven => step.consent_given(ann()).map(|finished| (finished.from(), coded(&finished))),
        Event::IdentityProven => {
            step.identity_proven(ann()).map(|finished| (finished.from(), coded(&finished)))
        }
        Event::Ended => Some((step.ended().from(), Next::Over)),
    }?;
    assert_eq!(from, kind, "{event:?}");
    Some(next)
}

fn stepped(advanced: &Advanced<Text>) -> Next {
    Next::Step(advanced.to().kind())
}

fn coded(finished: &Finished) -> Next {
    assert_eq!(finished.identity().sub, "ann");
    Next::Code
}

#[test]
fn every_pair_of_step_and_event() {
    use Event::{AnotherAccount, ConsentGiven, Ended, IdentityProven, PasswordProven, SentToProvider};
    let table: [(StepKind, [Option<Next>; 5]); 4] = [
        // PasswordProven, AnotherAccount, ConsentGiven, SentToProvider, IdentityProven
        (AwaitPassword, [Some(Next::Step(AwaitConsent)), None, None, None, None]),
        (AwaitConsent, [None, Some(Next::Step(AwaitPassword)), Some(Next::Code), None, None]),
        (AwaitApproval, [None, None, None, Some(Next::Step(AwaitCallback)), None]),
        (AwaitCallback, [None, None, None, Some(Next::Step(AwaitCallback)), Some(Next::Code)]),
    ];
    for (kind, row) in table {
        for (event, next) in [PasswordProven, AnotherAccount, ConsentGiven, SentToProvider, IdentityProven]
            .into_iter()
            .zip(row)
        {
            assert_eq!(on(kind, event), next, "{kind:?} {event:?}");
        }
        assert_eq!(on(kind, Ended), Some(Next::Over), "{kind:?}");
        assert_eq!(step(kind).is_first(), matches!(kind, AwaitPassword | AwaitApproval));
    }
}

#[test]
fn nobody_consents_for_somebody_else() {
    assert_eq!(step(AwaitConsent).consent_given(admitted("eve")), None);
}

#[test]
fn a_second_approval_replaces_what_was_sent() {
    let again = step(AwaitCallback).sent_to_provider("again".to_owned()).unwrap();
    let Step::AwaitCallback(sent) = again.to() else { panic!("{again:?}") };
    assert_eq!(sent.callback(), "again");
}

#[test]
fn steps_are_stored_under_their_names() {
    let stored = [
        (AwaitPassword, r#""await_password""#),
        (AwaitConsent, r#"{"await_consent":{"identity":{"sub":"ann","claims":{}}}}"#),
        (AwaitApproval, r#""await_approval""#),
        (AwaitCallback, r#"{"await_callback":"first"}"#),
    ];
    for (kind, text) in stored {
        assert_eq!(serde_json::to_string(&step(kind)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Step<Text>>(text).unwrap(), step(kind));
    }
    for unknown in [r#""await_second_consent""#, r#"{"await_consent":{"identity":{"sub":"ann"},"more":1}}"#] {
        assert!(serde_json::from_str::<Step<Text>>(unknown).is_err(), "{unknown}");
    }
}
