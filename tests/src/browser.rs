//! A scripted browser: keeps cookies, follows redirects, and fills in forms as a user would.

use reqwest::Method;
use url::Url;

use crate::html;
use crate::http::{Answer, Http};

/// A browser, its cookies, and the requests that it has made.
pub struct Browser {
    http: Http,
    cookies: Vec<Cookie>,
    previous: Option<Url>,
    /// Whether the user stays on a page that explains a refused login, instead of following the link back to the
    /// client.
    pub stays: bool,
    /// Every request that was made: its method, its URL, and the status of the response.
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

/// The user of the browser, and their decision on the consent page.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The user name to enter.
    pub name: &'a str,
    /// The password to enter.
    pub password: &'a str,
    /// The user's decision on the consent page.
    pub decides: Decides,
}

/// A decision on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// Approves.
    Approve,
    /// Denies.
    Deny,
    /// Does nothing: the login ends on that page.
    Nothing,
}

impl Person<'static> {
    /// Returns a local user who approves. The OpenID provider has users with the same names.
    pub fn user(user: crate::sidecar::User) -> Self {
        Self { name: user.name, password: user.password, decides: Decides::Approve }
    }

    /// Returns the same person with another decision.
    #[must_use]
    pub fn deciding(self, decides: Decides) -> Self {
        Self { decides, ..self }
    }
}

/// How a login ended.
#[derive(Debug)]
pub enum Outcome {
    /// The browser was sent back to the client. The URL is the whole callback URL, which is not opened yet.
    Callback(Url),
    /// The login ended on a page without a form to fill in.
    Page(Answer),
}

impl Outcome {
    /// Returns a query parameter of the callback. Panics if the login did not end at the client.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let Self::Callback(url) = self else { panic!("the login ended on {self:?}") };
        url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// Returns the page on which the login ended. Panics if the browser was sent back to the client.
    #[track_caller]
    pub fn page(self) -> Answer {
        match self {
            Self::Page(page) => page,
            Self::Callback(url) => panic!("the login ended at the client: {url}"),
        }
    }
}

impl Browser {
    /// Returns a browser without cookies.
    pub fn new(http: &Http) -> Self {
        Self { http: http.clone(), cookies: Vec::new(), previous: None, stays: false, trail: Vec::new() }
    }

    /// Returns the same browser with its cookies, which sends its requests with another `Http`.
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

    /// Opens an authorization URL, and acts as `person` until the browser is sent to the client's redirect URI or to a
    /// page without a form to fill in.
    pub async fn log_in(&mut self, authorize: &str, person: Person<'_>) -> Outcome {
        let url: Url = authorize.parse().expect("an authorization URL");
        let back =
            url.query_pairs().find(|(name, _)| name == "redirect_uri").map(|(_, value)| value.into_owned());
        let page = self.open(&url).await;
        self.go_on(page, back.as_deref(), person).await
    }

    /// Continues a login from a page, like [`Self::log_in`].
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
                // The page asks for the password again, so the password was wrong.
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

    /// Opens the connections page, and signs in if the page requires it.
    pub async fn connections(&mut self, base: &str, person: Person<'_>) -> Answer {
        let url = format!("{base}/oauth/connections").parse().expect("a URL");
        let page = self.open(&url).await;
        self.go_on(page, None, person).await.page()
    }

    /// Presses the button of `page` for `action`, in the first form that also contains `text`, and goes on to the next
    /// page.
    pub async fn press(&mut self, page: &Answer, action: &str, text: &str, person: Person<'_>) -> Answer {
        let is = |form: &html::Form| {
            let has = |wanted: &str| form.fields.iter().any(|(_, value)| value.contains(wanted));
            form.fields.contains(&("action".to_owned(), action.to_owned())) && has(text)
        };
        let form = html::forms(&page.body).into_iter().find(is);
        let form = form.unwrap_or_else(|| panic!("no form {action} {text}: {page:?}"));
        let next = self.submit(&page.url, &form.action, &form.fields).await;
        self.go_on(next, None, person).await.page()
    }

    /// Opens a URL without following redirects.
    pub async fn open(&mut self, url: &Url) -> Answer {
        self.request(Method::GET, url, &[], String::new()).await
    }

    /// Submits a form on `page`.
    pub async fn submit(&mut self, page: &Url, action: &str, fields: &[(String, String)]) -> Answer {
        let url = page.join(action).expect("the form's action");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = page.origin().ascii_serialization();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        self.request(Method::POST, &url, &headers, body).await
    }

    /// Returns the value of the `Cookie` header that the browser would send to `url`.
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

    /// Returns the value of `Sec-Fetch-Site` (Fetch Metadata). Sites are compared by scheme and registrable domain;
    /// each name or address of this machine is a separate site.
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

    /// Stores a cookie. A cookie belongs to a host, regardless of the port (RFC 6265).
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
        // Secure cookies are sent to https and to loopback addresses (as Chromium, Firefox and curl do).
        let host = url.host_str().unwrap_or_default();
        let safe = url.scheme() == "https" || host == "127.0.0.1" || host.ends_with("localhost");
        self.host == host && path && (safe || !self.secure)
    }
}

/// Returns the target of a redirect, of a meta refresh, or of the link back on a page that explains a refused login.
fn next_address(page: &Answer) -> Option<Url> {
    let location = if page.status.is_redirection() {
        page.header("location").to_owned()
    } else {
        html::meta_refresh(&page.body).or_else(|| html::link(&page.body, "back"))?
    };
    Some(page.url.join(&location).unwrap_or_else(|error| panic!("{location}: {error}")))
}

/// Returns the page's form, filled in; `None` if there is no form that the user could fill in.
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
        // This is Dex's own approval screen, which comes before the page of the sidecar.
        fill("approval", "approve");
    } else if !form.has("prompt") {
        return None;
    }
    Some((form.action, fields))
}

fn asks_password(fields: &[(String, String)]) -> bool {
    fields.iter().any(|(name, _)| name == "password")
}
