//! Handles the provider's authentication response, without HTTP types.

use events::{Event, Field, Kind, Reason};
use protocol::form::Form;
use protocol::limits::callback as limits;
use protocol::secret::Secret;
use protocol::settings::AuthorizedUser;
use store::Advance;
use store::crypto::Place;
use store::intent::logins::{FindLoginByUpstreamState, FinishSignIn, LoginKey};
use store::record::{ClientRequest, LoginRecord, LoginStep, Purpose, SignInMethod};

use super::deps::Deps;
use crate::config::UpstreamRefresh;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::journey::browser::Browser;
use crate::journey::code::Grant;
use crate::journey::drop::drop_login;
use crate::journey::error::{EndReason, JourneyError};
use crate::journey::flow_id::{FlowTag, after_sign_in};
use crate::journey::redirect::ClientRedirect;
use crate::journey::session::SessionCookie;
use crate::journey::upstream_leg::{UpstreamSecrets, UpstreamState};
use crate::journey::wire::Ended;
use crate::upstream::{Finish, Freshness, Notes, Registration, ReportedError, SignedIn, UpstreamToken};

/// The provider's authentication response.
#[derive(Debug)]
pub(super) struct AuthenticationResponse {
    state: UpstreamState,
    iss: Option<String>,
    result: Result<Secret<String>, ReportedError>,
}

/// Where the browser goes next.
#[derive(Debug)]
pub(super) enum Arrived {
    /// Back to the client, with a code.
    Code(ClientRedirect),
    /// To the page for which the user signed in, with the cookie of the session.
    Session {
        /// The URL of the page.
        target: String,
        /// The cookie of the session.
        cookie: SessionCookie,
    },
    /// To the page that says why the login ended without a code.
    Ended(Box<Ended>),
}

impl AuthenticationResponse {
    /// Parses a response with `state` and exactly one of `code` and `error`.
    pub(super) fn parse(form: &Form) -> Result<Self, JourneyError> {
        limits::ALL.check(form)?;
        let text = |name: &str| form.get(name).map(str::to_owned);
        let state = text("state").ok_or(JourneyError::CallbackMalformed)?;
        let result = match (text("code"), text("error")) {
            (Some(code), None) => Ok(Secret::new(code)),
            (None, Some(error)) => {
                Err(ReportedError::new(&error, form.get("error_description"), &[state.as_str()]))
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(JourneyError::CallbackMalformed);
            }
        };
        Ok(Self {
            state: UpstreamState::parse(&state).ok_or_else(JourneyError::unknown)?,
            iss: text("iss"),
            result,
        })
    }

    /// Returns the tag of the login to which the response claims to belong.
    pub(super) const fn tag(&self) -> FlowTag {
        self.state.tag()
    }
}

/// Finds the login by state, browser and tenant, exchanges the provider's code for the user's identity, and checks the
/// tenant's rules. Then issues a code for the client, or begins a session if no client asked for the sign-in.
pub(super) async fn arrive(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    response: AuthenticationResponse,
    session: Option<&SessionCookie>,
) -> Result<Arrived, JourneyError> {
    let now = deps.clock.now();
    let state = response.state.hash();
    let login = deps
        .store
        .read(FindLoginByUpstreamState {
            tenant: ctx.tenant(),
            upstream_state: state,
            browser: browser.hash(),
            now,
        })
        .await?;
    let login = login.ok_or_else(JourneyError::unknown)?;
    let ended = match identify(deps, ctx, &login, response).await {
        Ok((signed_in, secrets)) => {
            note_odd_claims(&deps.journal, ctx, &login, &signed_in.notes);
            match ctx.settings.authorize(&signed_in.identity) {
                Ok(admitted) => {
                    // If the provider left the groups out, the identity does not show that the user lost any.
                    if !signed_in.notes.groups_left_out {
                        deps.personal.identity_seen(ctx, admitted.identity()).await?;
                    }
                    let tokens = (signed_in.refresh_token, signed_in.upstream_token);
                    return match &login.purpose {
                        Purpose::Client(request) => {
                            finish(deps, ctx, browser, (&login, request), admitted, tokens, &secrets).await
                        }
                        Purpose::Connections | Purpose::Account => {
                            begin_session(deps, ctx, browser, &login, admitted, session).await
                        }
                    };
                }
                Err(refusal) => {
                    if !refusal.is_of_settings() {
                        deps.personal.user_refused(ctx, &signed_in.identity.sub).await?;
                    }
                    EndReason::not_admitted(refusal, &signed_in.identity, Some(&signed_in.notes))
                }
            }
        }
        Err(reason) => reason,
    };
    drop_login((&deps.store, &*deps.clock), ctx, browser, &login).await?;
    Ok(Arrived::Ended(Box::new(Ended::of(&login, ctx, ended))))
}

/// Records the claims that were ignored, and a userinfo request that failed, so that the operator can correct them at
/// the provider. They do not prevent the sign-in.
fn note_odd_claims(journal: &Journal, ctx: &Ctx, login: &LoginRecord, notes: &Notes) {
    let because = |reason| {
        let event = ctx.event_because(Kind::Operation, reason).succeeded();
        login.client_id().into_iter().fold(event, Event::client)
    };
    if !notes.odd.is_empty() {
        journal.record(
            because(Reason::ClaimsOdd)
                .with(Field::Claims, notes.odd.join(", "))
                .saying("these claims of the provider were ignored because they have an unexpected type"),
        );
    }
    if let Some(why) = &notes.userinfo {
        journal.record(
            because(Reason::Userinfo)
                .detail(why)
                .saying("the userinfo request for claims that the id_token lacks failed"),
        );
    }
}

/// Exchanges the provider's code for the user's verified identity. Returns the identity and the login's secrets.
async fn identify(
    deps: &Deps,
    ctx: &Ctx,
    login: &LoginRecord,
    response: AuthenticationResponse,
) -> Result<(SignedIn, UpstreamSecrets), EndReason> {
    let LoginStep::AwaitCallback(sent) = &login.step else {
        return Err(EndReason::Unsealed(None));
    };
    let opened = deps.sealer.open(&Place::login(&login.flow), &sent.callback().secrets);
    let opened = opened.map_err(|error| EndReason::Unsealed(Some(error.to_string())))?;
    let secrets = UpstreamSecrets::from_bytes(&opened).ok_or(EndReason::Unsealed(None))?;
    let at = Registration::of(&ctx.settings, &secrets.approved).map_err(EndReason::Upstream)?;
    // RFC 9207 §2.4: if a response names an issuer, it must be the issuer to which the request was sent.
    if response.iss.is_some_and(|iss| iss != at.issuer) {
        return Err(EndReason::WrongIssuer);
    }
    let code = response.result.map_err(|said| EndReason::declined(said, &ctx.settings.scopes))?;
    let finish = Finish {
        code,
        redirect_uri: ctx.base.join("/oauth/callback"),
        nonce: secrets.nonce.clone(),
        verifier: secrets.verifier.clone(),
        fresh: Freshness {
            since: login.created,
            max_age: login.max_age,
            login: login.prompt.contains("login"),
        },
    };
    let signed_in = deps.upstream.exchange(&at, &finish).await.map_err(EndReason::Upstream)?;
    Ok((signed_in, secrets))
}

async fn finish(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    (login, request): (&LoginRecord, &ClientRequest),
    admitted: AuthorizedUser,
    (upstream_refresh, upstream_token): (Option<Secret<String>>, Option<UpstreamToken>),
    secrets: &UpstreamSecrets,
) -> Result<Arrived, JourneyError> {
    if upstream_refresh.is_none() && deps.upstream_refresh == UpstreamRefresh::Always {
        let event = ctx.event_because(Kind::Operation, Reason::UpstreamRefreshMissing).succeeded();
        deps.journal.record(event.client(&request.client_id).saying(
            "BOUNCER_STRICT_UPSTREAM_REFRESH=true, but the provider issued no refresh token: the client gets none \
             either, and the user has to sign in again when the access token expires. Add offline_access to the option scopes and \
             allow it for this client at the provider, or set BOUNCER_STRICT_UPSTREAM_REFRESH=auto",
        ));
    }
    if upstream_refresh.is_none() && upstream_token.is_some() {
        let event = ctx.event_because(Kind::Operation, Reason::UpstreamRefreshMissing).succeeded();
        deps.journal.record(event.client(&request.client_id).saying(
            "upstreamToken is set, but the provider issued no refresh token: when its access token ends, the user has to \
             sign in again. Add offline_access to the option scopes and allow it for this client at the provider",
        ));
    }
    let identity = admitted.identity();
    let entitled = ctx.settings.grant(request.scopes.as_ref(), &identity.claims.groups);
    // The client never gets more scopes than the consent page showed.
    let scopes = secrets.approved.intersection(&entitled);
    let step = login.step.clone().identity_proven(admitted).ok_or_else(|| JourneyError::lost(login))?;
    let grant = Grant { scopes, step, because: Kind::SignIn, upstream_refresh, upstream_token };
    let target = deps.codes.issue(ctx, browser, (login, request), grant).await?;
    Ok(Arrived::Code(target))
}

/// Ends a login that no client asked for, and begins a session of the user.
async fn begin_session(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
    admitted: AuthorizedUser,
    session: Option<&SessionCookie>,
) -> Result<Arrived, JourneyError> {
    let before = deps.sessions.resume(ctx, session).await?;
    let identity = admitted.identity();
    let (cookie, session) = deps.sessions.fresh(ctx, identity, SignInMethod::Provider, before.as_ref())?;
    let event = ctx.event(Kind::SignIn).subject(&identity.sub);
    let step =
        login.step.clone().authenticated_by_provider(admitted).ok_or_else(|| JourneyError::lost(login))?;
    let key = LoginKey { tenant: ctx.tenant(), flow: login.flow, browser: browser.hash() };
    let finish = FinishSignIn { login: key, step, session, now: deps.clock.now() };
    let events = move |done: &Advance| (*done == Advance::Done).then(|| event.clone()).into_iter().collect();
    match deps.journal.write(finish, events).await? {
        Advance::Done => Ok(Arrived::Session { target: after_sign_in(&ctx.base, login), cookie }),
        Advance::Lost => Err(JourneyError::lost(login)),
    }
}
