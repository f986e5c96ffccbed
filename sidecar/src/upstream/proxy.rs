//! The proxy for outgoing calls, if the operator configures one.

use protocol::secret::Secret;
use url::Url;

use super::error::UpstreamError;

/// The URL of a proxy: `http://[user:password@]host:port`, or https. Calls to public addresses go through it with
/// `CONNECT` (RFC 9110 §9.3.6).
#[derive(Debug, Clone)]
pub struct OutboundProxy(Secret<String>);

impl OutboundProxy {
    /// Parses the URL of a proxy. The error message continues a sentence that begins with the setting's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let problem = || "must be the URL of a proxy such as http://proxy.internal:3128".to_owned();
        let url = Url::parse(text).map_err(|_| problem())?;
        let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
            return Err(problem());
        }
        Ok(Self(Secret::new(text.to_owned())))
    }

    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, UpstreamError> {
        // The error of reqwest might quote the password, so it is not shown.
        let wrong = |_| UpstreamError::Misconfigured("the URL of the proxy cannot be used".to_owned());
        reqwest::Proxy::all(self.0.expose()).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;
    use crate::upstream::http::HttpClient;

    #[test]
    fn addresses_of_proxies() {
        for good in ["http://proxy:3128", "http://user:canary@proxy.internal:3128/", "https://10.0.0.1:443"] {
            let proxy = OutboundProxy::parse(good).unwrap();
            assert!(proxy.to_reqwest().is_ok() && !format!("{proxy:?}").contains("canary"));
        }
        for bad in
            ["proxy:3128", "socks5://proxy:1080", "http://proxy/path", "http://proxy/?q", "", "http://"]
        {
            assert!(OutboundProxy::parse(bad).is_err(), "{bad}");
        }
    }

    /// Starts a proxy that records the requests and refuses them.
    async fn noting() -> (OutboundProxy, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = OutboundProxy::parse(&format!("http://a:b@{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0 {}
                noted.lock().unwrap().push(head);
                stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        });
        (proxy, asked)
    }

    #[tokio::test]
    async fn names_and_addresses_are_judged_before_the_proxy_is_asked() {
        let (proxy, asked) = noting().await;
        let client = HttpClient::new(&BTreeSet::new(), &[], Some(&proxy)).unwrap();
        for (address, told) in [
            ("https://localhost/keys", "no public address"),
            ("https://10.0.0.1/keys", "a private address"),
            ("https://client.invalid/keys", "resolved here before a request goes to the proxy"),
        ] {
            let called = match client.judge(address, address) {
                Ok(endpoint) => client.get(&endpoint).await.map(|_| ()),
                Err(error) => Err(error),
            };
            let error = called.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(asked.lock().unwrap().is_empty());
        let endpoint = client.judge("https://1.1.1.1", "https://1.1.1.1/keys").unwrap();
        assert!(client.get(&endpoint).await.is_err());
        let asked = asked.lock().unwrap().concat().to_ascii_lowercase();
        assert!(
            asked.starts_with("connect 1.1.1.1:443 ") && asked.contains("proxy-authorization: basic ytpi")
        );
    }
}
