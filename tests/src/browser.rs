//! A person with a browser: cookies, redirects, and forms filled in.

use reqwest::Method;
use url::Url;

use crate::html;
use crate::http::{Answer, Http};

/// A browser, with what it keeps between pages.
pub struct Browser {
    http: Http,
    cookies: Vec<Cookie>,
    previous: Option<Url>,
    /// Whether the person stays on a page that says why a login ended, in the place of going back to the application.
    pub stays: bool,
    /// Every request made: method, URL, status.
    pub trail: Vec<(Method, Url, u16)>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    name: String,
    value: String,
}

/// Who sits before it, and what the person does when asked.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Typed as the name.
    pub name: &'a str,
    /// Typed as the password.
    pub password: &'a str,
    /// What the person does on the consent page.
    pub decides: Decides,
}

/// What someone does on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// Approves.
    Approve,
    /// Denies.
    Deny,
    /// Nothing: the login ends on that page.
    Nothing,
}

impl Person<'static> {
    /// Logs in as a local user and approves. The OpenID provider knows the same people by name.
    pub fn user(user: crate::sidecar::User) -> Self {
        Self { name: user.name, password: user.password, decides: Decides::Approve }
    }

    /// The same, but decides otherwise.
    #[must_use]
    pub fn deciding(self, decides: Decides) -> Self {
        Self { decides, ..self }
    }
}

/// How a login ended.
#[derive(Debug)]
pub enum Outcome {
    /// The browser was sent back to the client: the whole callback URL, not yet opened.
    Callback(Url),
    /// It ended on a page that asks for nothing.
    Page(Answer),
}

impl Outcome {
    /// The callback's query parameter; panics if the login ended elsewhere.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let Self::Callback(url) = self else { panic!("the login ended on {self:?}") };
        url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// The page it ended on; panics if the browser was sent back to the client.
    #[track_caller]
    pub fn page(self) -> Answer {
        match self {
            Self::Page(page) => page,
            Self::Callback(url) => panic!("the login ended at the client: {url}"),
        }
    }
}

impl Browser {
    /// A browser with no cookies.
    pub fn new(http: &Http) -> Self {
        Self { http: http.clone(), cookies: Vec::new(), previous: None, stays: false, trail: Vec::new() }
    }

    /// The same browser, its cookies too, with requests sent another way.
    #[must_use]
    pub fn at(&self, http: &Http) -> Self {
        Self {
            http: http.clone(),
            cookies: self.cookies.clone(),
            previous: None,
            stays: false,
            trail: Vec::new(),
        }
    }

    /// Opens an authorization URL and does what `person` does, until the browser is sent to the
    /// client's redirect URI or to a page that asks for nothing.
    pub async fn log_in(&mut self, authorize: &str, person: Person<'_>) -> Outcome {
        let url: Url = authorize.parse().expect("an authorization URL");
        let back =
            url.query_pairs().find(|(name, _)| name == "redirect_uri").map(|(_, value)| value.into_owned());
        let page = self.open(&url).await;
        self.go_on(page, back.as_deref(), person).await
    }

    /// Goes on from a page as [`Self::log_in`] does.
    pub async fn go_on(&mut self, from: Answer, back: Option<&str>, person: Person<'_>) -> Outcome {
        let mut page = from;
        let mut signing_in = false;
        for _ in 0..25 {
            if self.stays && page.body.contains("id=\"back\"") {
                return Outcome::Page(page);
            }
            if let Some(next) = next_address(&page) {
                if back.is_some_and(|back| next.as_str().starts_with(back)) {
                    return Outcome::Callback(next);
                }
                page = self.open(&next).await;
                signing_in = false;
            } else if let Some((action, fields)) = filled_in(&page, person) {
                // The password is asked for again: it was refused.
                if signing_in && asks_password(&fields) {
                    return Outcome::Page(page);
                }
                signing_in = asks_password(&fields);
                page = self.submit(&page.url, &action, &fields).await;
            } else {
                return Outcome::Page(page);
            }
        }
        panic!("the login does not end: {:?}", self.trail);
    }

    /// Opens a URL without going anywhere from there.
    pub async fn open(&mut self, url: &Url) -> Answer {
        self.request(Method::GET, url, &[], String::new()).await
    }

    /// Submits a form that stands on `page`.
    pub async fn submit(&mut self, page: &Url, action: &str, fields: &[(String, String)]) -> Answer {
        let url = page.join(action).expect("the form's action");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = page.origin().ascii_serialization();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        self.request(Method::POST, &url, &headers, body).await
    }

    /// The cookies that the browser would send to `url`, as the header says it.
    pub fn cookies(&self, url: &Url) -> String {
        let sent = self.cookies.iter().filter(|cookie| cookie.goes_to(url));
        sent.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; ")
    }

    async fn request(&mut self, method: Method, url: &Url, headers: &[(&str, &str)], body: String) -> Answer {
        let cookies = self.cookies(url);
        let mut all = vec![
            ("accept", "text/html,application/xhtml+xml"),
            ("sec-fetch-site", self.fetch_site(url)),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        all.extend_from_slice(headers);
        let answer = self.http.send(method.clone(), url.as_str(), &all, body).await;
        for line in answer.headers("set-cookie") {
            self.keep(url, line);
        }
        self.trail.push((method, url.clone(), answer.status.as_u16()));
        self.previous = Some(url.clone());
        answer
    }

    /// Fetch Metadata, "site": sites are compared by scheme and registrable domain; names and
    /// addresses of this machine are one site each.
    fn fetch_site(&self, url: &Url) -> &'static str {
        match &self.previous {
            None => "none",
            Some(previous) if previous.origin() == url.origin() => "same-origin",
            Some(previous) if previous.scheme() == url.scheme() && previous.host() == url.host() => {
                "same-site"
            }
            Some(_) => "cross-site",
        }
    }

    /// RFC 6265: a cookie belongs to a host, whatever the port.
    fn keep(&mut self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        let attributes: Vec<(&str, &str)> =
            parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        let attribute = |name: &str| {
            attributes.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
        };
        let host = url.host_str().expect("a host").to_owned();
        let path = attribute("path").unwrap_or("/").to_owned();
        let secure = attribute("secure").is_some();
        if name.starts_with("__Host-") {
            assert!(
                secure && path == "/" && attribute("domain").is_none(),
                "browsers refuse this cookie: {line}"
            );
        }
        self.cookies
            .retain(|cookie| (&cookie.host, &cookie.path, cookie.name.as_str()) != (&host, &path, name));
        let gone = attribute("max-age") == Some("0")
            || attribute("expires").is_some_and(|when| when.contains("1970"));
        if !gone {
            self.cookies.push(Cookie { host, path, secure, name: name.to_owned(), value: value.to_owned() });
        }
    }
}

impl Cookie {
    fn goes_to(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(self.path.as_str());
        let path =
            below.is_some_and(|rest| self.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'));
        // Secure cookies go to https, and to this machine (measured: Chromium, Firefox, curl).
        let host = url.host_str().unwrap_or_default();
        let safe = url.scheme() == "https" || host == "127.0.0.1" || host.ends_with("localhost");
        self.host == host && path && (safe || !self.secure)
    }
}

/// The target of a redirect, of a refreshing page, or of the way back from a page that says why a login ended.
fn next_address(page: &Answer) -> Option<Url> {
    let location = if page.status.is_redirection() {
        page.header("location").to_owned()
    } else {
        html::meta_refresh(&page.body).or_else(|| html::link(&page.body, "back"))?
    };
    Some(page.url.join(&location).unwrap_or_else(|error| panic!("{location}: {error}")))
}

/// The page's form, filled in; `None` if there is none that the person could fill in.
fn filled_in(page: &Answer, person: Person<'_>) -> Option<(String, Vec<(String, String)>)> {
    if !page.status.is_success() {
        return None;
    }
    let form = html::forms(&page.body).into_iter().next()?;
    let mut fields: Vec<(String, String)> =
        form.fields.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    let mut fill = |name: &str, value: &str| {
        fields.retain(|(own, _)| own != name);
        fields.push((name.to_owned(), value.to_owned()));
    };
    if form.has("decision") {
        match person.decides {
            Decides::Approve => fill("decision", "approve"),
            Decides::Deny => fill("decision", "deny"),
            Decides::Nothing => return None,
        }
    } else if form.has("username") {
        fill("username", person.name);
        fill("password", person.password);
    } else if form.has("login") {
        fill("login", person.name);
        fill("password", person.password);
    } else if form.has("approval") {
        // Dex's own question, before ours.
        fill("approval", "approve");
    } else if !form.has("prompt") {
        return None;
    }
    Some((form.action, fields))
}

fn asks_password(fields: &[(String, String)]) -> bool {
    fields.iter().any(|(name, _)| name == "password")
}
