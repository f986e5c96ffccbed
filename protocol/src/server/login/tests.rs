//! Tests every step with every event, and the stored form of the steps.

use super::*;
use crate::scope::ScopeSet;
use crate::server::passkey::{self, PasskeyProof};
use crate::server::second_factor::{self, Demand, Presented};
use crate::server::session;
use crate::settings::{Profile, Provider, TenantSettings};
use crate::time::UnixTime;
use StepKind::{AwaitApproval, AwaitCallback, AwaitConsent, AwaitPassword, AwaitSecondFactor};

const T0: UnixTime = UnixTime::new(1_800_000_000);

#[derive(Clone, Copy, Debug)]
enum Event {
    PasswordProven,
    FirstFactorProven,
    SecondFactorProven,
    PasskeyProven,
    SessionProven,
    AnotherAccount,
    AuthenticatedByPassword,
    AuthenticatedBySecondFactor,
    AuthenticatedByPasskey,
    AuthenticatedByProvider,
    ConsentGiven,
    SentToProvider,
    IdentityProven,
    Denied,
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    Step(StepKind),
    Code,
    Session,
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

fn not_due(sub: &str) -> NotDue {
    second_factor::due(Demand::Optional, sub, false).nothing().unwrap()
}

/// The proof of the second factor of this user.
fn second_factor_of(sub: &str) -> SecondFactorProof {
    let stored = second_factor::Stored { subject: sub, last_step: 1, recovery: &[], last_recovery: None };
    let decision = second_factor::decide(&stored, &Presented::Step(2));
    let second_factor::Decision::Accepted(proof) = decision else { panic!("{decision:?}") };
    proof
}

/// Returns the proof that this user presented a passkey.
fn passkey_of(sub: &str) -> PasskeyProof {
    let stored = passkey::Stored { subject: sub, counter: 0, last: None };
    let decision = passkey::decide(&stored, &passkey::Presented { counter: 0, signed: [1; 32] });
    let passkey::Decision::Accepted(proof) = decision else { panic!("{decision:?}") };
    proof
}

/// The proof of a live session of this user.
fn session_of(sub: &str) -> SessionProof {
    let stored = session::Stored {
        id: &[7; 32],
        subject: sub,
        secret: &[8; 32],
        previous: None,
        rotated: T0,
        authenticated: T0,
        expires: T0.plus(900),
    };
    let session::Decision::Live { session, .. } = session::decide(&stored, &[8; 32], T0) else { panic!() };
    let identity = Identity { sub: sub.to_owned(), claims: Profile::default() };
    session.stands_for(&session::Asked::default(), &identity, T0).unwrap()
}

/// The login in this step, as events lead there.
fn step(kind: StepKind) -> Step<Text> {
    let advanced = match kind {
        AwaitPassword => return Step::first(true),
        AwaitApproval => return Step::first(false),
        AwaitSecondFactor => Step::first(true).first_factor_proven(ann(), [9; 32]),
        AwaitConsent => Step::first(true).password_proven(ann(), &not_due("ann")),
        AwaitCallback => Step::first(false).sent_to_provider("first".to_owned()),
    };
    advanced.unwrap().to().clone()
}

/// What the event leads to; each transition names the step it was made from.
fn on(kind: StepKind, event: Event) -> Option<Next> {
    let step = step(kind);
    let (from, next) = match event {
        Event::PasswordProven => {
            step.password_proven(ann(), &not_due("ann")).map(|advanced| (advanced.from(), stepped(&advanced)))
        }
        Event::FirstFactorProven => {
            step.first_factor_proven(ann(), [9; 32]).map(|advanced| (advanced.from(), stepped(&advanced)))
        }
        Event::SecondFactorProven => step
            .second_factor_proven(&second_factor_of("ann"), ann())
            .map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::PasskeyProven => step
            .passkey_proven(&passkey_of("ann"), ann())
            .map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::AnotherAccount => step.another_account().map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::Denied => step.denied().map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::SentToProvider => {
            step.sent_to_provider("again".to_owned()).map(|advanced| (advanced.from(), stepped(&advanced)))
        }
        Event::SessionProven => step
            .session_proven(&session_of("ann"), ann())
            .map(|advanced| (advanced.from(), stepped(&advanced))),
        Event::AuthenticatedByPassword => {
            step.authenticated_by_password(ann(), &not_due("ann")).map(|done| (done.from(), begun(&done)))
        }
        Event::AuthenticatedBySecondFactor => step
            .authenticated_by_second_factor(&second_factor_of("ann"), ann())
            .map(|done| (done.from(), begun(&done))),
        Event::AuthenticatedByPasskey => {
            step.authenticated_by_passkey(&passkey_of("ann"), ann()).map(|done| (done.from(), begun(&done)))
        }
        Event::AuthenticatedByProvider => {
            step.authenticated_by_provider(ann()).map(|done| (done.from(), begun(&done)))
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

fn begun(authenticated: &Authenticated) -> Next {
    assert_eq!(authenticated.identity().sub, "ann");
    Next::Session
}

fn coded(finished: &Finished) -> Next {
    assert_eq!(finished.identity().sub, "ann");
    Next::Code
}

#[test]
fn every_pair_of_step_and_event() {
    let events = [
        Event::PasswordProven,
        Event::FirstFactorProven,
        Event::SecondFactorProven,
        Event::SessionProven,
        Event::AnotherAccount,
        Event::ConsentGiven,
        Event::SentToProvider,
        Event::IdentityProven,
        Event::AuthenticatedByPassword,
        Event::AuthenticatedBySecondFactor,
        Event::AuthenticatedByProvider,
        Event::Denied,
        Event::PasskeyProven,
        Event::AuthenticatedByPasskey,
    ];
    let to = |kind| Some(Next::Step(kind));
    let (code, session) = (Some(Next::Code), Some(Next::Session));
    let (consent, second, password) = (to(AwaitConsent), to(AwaitSecondFactor), to(AwaitPassword));
    let (callback, approval) = (to(AwaitCallback), to(AwaitApproval));
    #[rustfmt::skip]
    let table = [
        (AwaitPassword, [consent, second, None, consent, None, None, None, None, session, None, None, None, consent, session]),
        (AwaitSecondFactor, [None, None, consent, None, password, None, None, None, None, session, None, None, None, None]),
        (AwaitConsent, [None, None, None, None, password, code, None, None, None, None, None, password, None, None]),
        (AwaitApproval, [None, None, None, None, None, None, callback, None, None, None, None, approval, None, None]),
        (AwaitCallback, [None, None, None, None, None, None, callback, code, None, None, session, approval, None, None]),
    ];
    for (kind, row) in table {
        for (event, next) in events.into_iter().zip(row) {
            assert_eq!(on(kind, event), next, "{kind:?} {event:?}");
        }
        assert_eq!(on(kind, Event::Ended), Some(Next::Over), "{kind:?}");
        assert_eq!(step(kind).is_first(), matches!(kind, AwaitPassword | AwaitApproval));
    }
}

#[test]
fn nobody_consents_for_somebody_else() {
    assert_eq!(step(AwaitConsent).consent_given(admitted("eve")), None);
}

#[test]
fn a_proof_is_of_its_own_user_only() {
    assert_eq!(step(AwaitPassword).password_proven(ann(), &not_due("eve")), None);
    assert_eq!(step(AwaitPassword).authenticated_by_password(ann(), &not_due("eve")), None);
    let (of_ann, of_eve) = (second_factor_of("ann"), second_factor_of("eve"));
    for (proof, user) in [(&of_eve, ann()), (&of_ann, admitted("eve")), (&of_eve, admitted("eve"))] {
        assert_eq!(step(AwaitSecondFactor).second_factor_proven(proof, user.clone()), None);
        assert_eq!(step(AwaitSecondFactor).authenticated_by_second_factor(proof, user), None);
    }
}

#[test]
fn a_passkey_is_of_its_own_user_only() {
    let (of_ann, of_eve) = (passkey_of("ann"), passkey_of("eve"));
    for (proof, user) in [(&of_eve, ann()), (&of_ann, admitted("eve"))] {
        assert_eq!(step(AwaitPassword).passkey_proven(proof, user.clone()), None);
        assert_eq!(step(AwaitPassword).authenticated_by_passkey(proof, user), None);
    }
}

#[test]
fn a_session_stands_for_its_own_user_only() {
    assert_eq!(step(AwaitPassword).session_proven(&session_of("ann"), admitted("eve")), None);
    let advanced = step(AwaitPassword).session_proven(&session_of("ann"), ann()).unwrap();
    let Step::AwaitConsent(signed_in) = advanced.to() else { panic!("{advanced:?}") };
    assert_eq!((&*signed_in.identity().sub, signed_in.session()), ("ann", Some(&[7; 32])));
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
        (
            AwaitSecondFactor,
            r#"{"await_second_factor":{"identity":{"sub":"ann","claims":{}},"credential":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"}}"#,
        ),
        (AwaitConsent, r#"{"await_consent":{"identity":{"sub":"ann","claims":{}}}}"#),
        (AwaitApproval, r#""await_approval""#),
        (AwaitCallback, r#"{"await_callback":"first"}"#),
    ];
    for (kind, text) in stored {
        assert_eq!(serde_json::to_string(&step(kind)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Step<Text>>(text).unwrap(), step(kind));
    }
    let proven = Step::first(true).password_proven(ann(), &not_due("ann")).unwrap();
    let of_session = proven.with_session([7; 32]).to().clone();
    let text = serde_json::to_string(&of_session).unwrap();
    assert!(text.contains(r#""session":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc""#), "{text}");
    assert_eq!(serde_json::from_str::<Step<Text>>(&text).unwrap(), of_session);
    for unknown in [r#""await_second_consent""#, r#"{"await_consent":{"identity":{"sub":"ann"},"more":1}}"#] {
        assert!(serde_json::from_str::<Step<Text>>(unknown).is_err(), "{unknown}");
    }
}
