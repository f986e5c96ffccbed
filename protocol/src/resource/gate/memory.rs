//! What an instance remembers of requests, so that most requests are compared with remembered ones and not parsed.
//!
//! A decision about an MCP request follows from five texts of the host (the list of header names, `Host`,
//! `X-Forwarded-Proto`, the URI, `Authorization`), from the options, which never change in an instance, and from what
//! does change: the clock, the keys, the list of revoked grants, `Origin`, `Cookie` and `Connection`. Each part of the
//! memory keeps one of the texts with its meaning:
//!
//! | text | meaning | kept |
//! |---|---|---|
//! | header names | which headers there are, and which of them are reserved | of the last request |
//! | `Host`, `X-Forwarded-Proto` | the base of the host | of the last request |
//! | URI | the base below it, where tenants with a path share the middleware | of the last request |
//! | URI | the length of its path, that it is a sound path of the MCP server, whether its query has a token | of the last such request, for the same base |
//! | `Authorization` | a valid token | of the last request, and of many others in the [table](TokenTable) |
//!
//! Equal texts have the same meaning. A text is compared in the buffer to which the host wrote it. Times, the path and
//! revocation are validated at every use ([`ValidToken::at`],
//! [`RevocationFile`](crate::resource::revocation_file::RevocationFile)). A remembered token is valid only in the
//! [generation](Generation) of keys in which it was verified. Forgetting everything at any moment costs time and
//! changes no decision, which a property test shows.

use super::base::{base_of, below_host};
use super::headers::Seen;
use super::response::Response;
use super::target::Target;
use crate::context::PluginKeys;
use crate::limits::request::AUTHORIZATION;
use crate::resource::access_token::ValidToken;
use crate::resource::backend_headers::BackendHeaders;
use crate::resource::options::{BaseSource, TenantConfig};
use crate::resource::request::{HeaderBuffer, HeaderList, RequestView, Unreadable};
use crate::resource::token_table::{Tag, TokenTable};
use crate::resource::verifier::{Generation, Verifier};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::Base;
use std::rc::Rc;

/// The maximum length of a list of header names, a `Host` or a URI that is kept, in bytes.
const MAX_KEPT: usize = 1024;
/// The maximum length of an `Authorization` header that is kept of the last request, in bytes: any token that is
/// accepted. Comparing a token of several KiB, which holds the provider's token, is less work than computing its tag.
const MAX_TOKEN_KEPT: usize = AUTHORIZATION.most;

/// What is remembered of previous requests.
pub(super) struct Memory {
    names: Kept<Rc<Seen>>,
    host: Kept<()>,
    scheme: Kept<()>,
    base: Option<Rc<Base>>,
    /// The base of the tenant with a path, where several share the middleware.
    below: Option<Rc<Base>>,
    target: Option<Rc<Target>>,
    token: Kept<Rc<ValidToken>>,
    generation: Generation,
    table: TokenTable,
    /// The tag that was last found.
    last_tag: Option<Tag>,
}

/// A text of the host, and its meaning.
struct Kept<T> {
    text: HeaderBuffer,
    meaning: Option<T>,
}

impl<T> Kept<T> {
    const fn nothing() -> Self {
        Self { text: HeaderBuffer::new(), meaning: None }
    }

    /// The meaning of this text, if it is kept.
    fn of(&self, text: HeaderList<'_>) -> Option<&T> {
        self.meaning.as_ref().filter(|_| self.text.list().same_as(text))
    }

    fn keep(&mut self, text: HeaderList<'_>, longest: usize, meaning: T) {
        self.meaning = None;
        if text.bytes().len() <= longest {
            self.text.copy_from(text);
            self.meaning = Some(meaning);
        }
    }
}

impl Memory {
    /// Creates an empty memory. Without keys, call [`Memory::rekey`] before tokens are kept.
    pub(super) fn new(keys: Option<&PluginKeys>) -> Self {
        Self {
            names: Kept::nothing(),
            host: Kept::nothing(),
            scheme: Kept::nothing(),
            base: None,
            below: None,
            target: None,
            token: Kept::nothing(),
            generation: Generation::default(),
            table: table_of(keys),
            last_tag: None,
        }
    }

    /// Uses these keys for the tags of tokens from now on. Forgets the tokens that are remembered.
    pub(super) fn rekey(&mut self, keys: Option<&PluginKeys>) {
        self.forget_tokens();
        self.table = table_of(keys);
    }

    /// The tag under which the token of a header with this text is kept.
    #[cfg(test)]
    pub(super) fn tag_of(&self, text: &[u8]) -> Tag {
        self.table.tag(crate::resource::token_table::Tagged::Whole(text))
    }

    /// Which headers the request has.
    pub(super) fn seen(
        &mut self,
        names: HeaderList<'_>,
        ours: &BackendHeaders,
    ) -> Result<Rc<Seen>, Unreadable> {
        if let Some(seen) = self.names.of(names) {
            return Ok(Rc::clone(seen));
        }
        let seen = Rc::new(Seen::read(names, ours)?);
        self.names.keep(names, MAX_KEPT, Rc::clone(&seen));
        Ok(seen)
    }

    /// The base of this request.
    pub(super) fn base(
        &mut self,
        config: &TenantConfig,
        view: &mut dyn RequestView,
    ) -> Result<Rc<Base>, Response> {
        let of_host = self.base_of_host(config, view)?;
        let BaseSource::Paths(paths) = &config.base else { return Ok(of_host) };
        let uri = view.uri()?;
        let below = self.below.as_ref().filter(|_| self.target(uri).is_some());
        if let Some(below) = below {
            return Ok(Rc::clone(below));
        }
        let found = below_host(paths, &of_host, uri)?;
        if let Some(below) = self.below.as_ref().filter(|below| ***below == found) {
            return Ok(Rc::clone(below));
        }
        // The meaning of a path depends on the base.
        self.target = None;
        let found = Rc::new(found);
        self.below = Some(Rc::clone(&found));
        Ok(found)
    }

    fn base_of_host(
        &mut self,
        config: &TenantConfig,
        view: &mut dyn RequestView,
    ) -> Result<Rc<Base>, Response> {
        let by_scheme = !matches!(config.base, BaseSource::Fixed(_));
        let host_known = self.host.of(view.header("host")?).is_some();
        let scheme_known = !by_scheme || self.scheme.of(view.header("x-forwarded-proto")?).is_some();
        if let Some(base) = self.base.as_ref().filter(|_| host_known && scheme_known) {
            return Ok(Rc::clone(base));
        }
        // The meaning of a path depends on the base.
        (self.base, self.below, self.target) = (None, None, None);
        let scheme = if by_scheme {
            HeaderBuffer::from(view.header("x-forwarded-proto")?)
        } else {
            HeaderBuffer::new()
        };
        let host = view.header("host")?;
        let base = Rc::new(base_of(&config.base, scheme.list(), host)?);
        self.host.keep(host, MAX_KEPT, ());
        self.scheme.keep(scheme.list(), MAX_KEPT, ());
        self.base = Some(Rc::clone(&base));
        Ok(base)
    }

    /// The kept target, if it has this URI. Call [`Memory::base`] first: a target is kept for one base.
    pub(super) fn target(&self, uri: &[u8]) -> Option<Rc<Target>> {
        self.target.as_ref().filter(|target| target.uri().as_bytes() == uri).cloned()
    }

    /// Keeps the target of a request to the MCP server.
    pub(super) fn keep_target(&mut self, target: &Rc<Target>) {
        if target.uri().len() <= MAX_KEPT {
            self.target = Some(Rc::clone(target));
        }
    }

    /// The token of this `Authorization` header, if it was validated for this base under the present keys.
    pub(super) fn token(
        &mut self,
        header: HeaderList<'_>,
        base: &Rc<Base>,
        verifier: &mut Verifier,
    ) -> Option<Rc<ValidToken>> {
        self.keep_to(verifier.generation());
        // Tokens of one key begin with the same bytes, so the last 16 bytes are compared first. The comparison from the
        // front, whose time depends on how many bytes are equal, then runs only if the header ends with the same bytes
        // as the kept one.
        let ends_alike = self.token.text.list().bytes().last_chunk::<16>() == header.bytes().last_chunk();
        let last = if ends_alike { self.token.of(header) } else { None };
        let last = last.filter(|token| token.is_for(base)).cloned();
        let known = last.or_else(|| {
            let tag = tag(&self.table, header, verifier)?;
            let token = self.table.get(tag).filter(|token| token.is_for(base)).cloned()?;
            // Only the text of a token that comes twice in a row is copied. With many users the copy would not be used.
            if self.last_tag.replace(tag) == Some(tag) {
                self.token.keep(header, MAX_TOKEN_KEPT, Rc::clone(&token));
            }
            Some(token)
        })?;
        verifier.certified().cool();
        Some(known)
    }

    /// Remembers a token that was validated under the present keys.
    pub(super) fn keep_token(
        &mut self,
        header: HeaderList<'_>,
        token: ValidToken,
        now: UnixTime,
        verifier: &mut Verifier,
    ) -> Rc<ValidToken> {
        self.keep_to(verifier.generation());
        let Some(tag) = tag(&self.table, header, verifier) else { return Rc::new(token) };
        let token = self.table.insert(tag, token, now);
        self.last_tag = None;
        self.token.keep(header, MAX_TOKEN_KEPT, Rc::clone(&token));
        token
    }

    /// Forgets all tokens if the generation of keys has changed.
    fn keep_to(&mut self, generation: Generation) {
        if self.generation != generation {
            self.generation = generation;
            self.forget_tokens();
        }
    }

    fn forget_tokens(&mut self) {
        (self.token, self.last_tag) = (Kept::nothing(), None);
        self.table.clear();
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.forget_tokens();
        (self.names, self.host, self.scheme) = (Kept::nothing(), Kept::nothing(), Kept::nothing());
        (self.base, self.below, self.target) = (None, None, None);
    }
}

/// An empty table under a sub-key of these keys.
fn table_of(keys: Option<&PluginKeys>) -> TokenTable {
    TokenTable::new(keys.map_or_else(|| Secret::new([0; 16]), PluginKeys::token_table_key))
}

/// The tag of a header with exactly one value, as every token in the table had.
fn tag(table: &TokenTable, header: HeaderList<'_>, verifier: &mut Verifier) -> Option<Tag> {
    (header.count() == 1).then(|| table.tag(verifier.certified().tagged(header.bytes())))
}
