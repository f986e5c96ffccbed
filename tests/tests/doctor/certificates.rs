//! Certificates of a test authority, in files for Traefik.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// The test authority. Dropping it removes its files.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// The validity of a certificate: its first and its last day, in days from now.
#[derive(Clone, Copy, Debug)]
pub struct Days(pub i64, pub i64);

impl Authority {
    /// Makes a new authority.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let folder = TempDir::new().expect("a temporary directory");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Self { issuer, folder }
    }

    /// The path of the file with the authority's own certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns a dynamic file that makes Traefik present a certificate for this host, with these TLS options.
    pub fn traefik_file(&self, host: &str, days: Days, options: &str) -> String {
        let [certificate, key] = self.write(host, days);
        format!(
            "tls:\n  options:\n    default: {{ {options} }}\n  stores:\n    default:\n      defaultCertificate:\n        \
             certFile: {}\n        keyFile: {}\n",
            certificate.display(),
            key.display()
        )
    }

    fn write(&self, host: &str, Days(from, until): Days) -> [PathBuf; 2] {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host");
        params.not_before = from_now(from).into();
        params.not_after = from_now(until).into();
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let name = format!("{host}{from}to{until}");
        let file = |extension: &str, text: String| {
            let path = Path::new(self.folder.path()).join(format!("{name}.{extension}"));
            std::fs::write(&path, text).expect("a file");
            path
        };
        [file("pem", certificate.pem()), file("key", key.serialize_pem())]
    }
}

/// Returns the time that is this many days from now, at most a year in either direction.
#[expect(clippy::disallowed_methods, reason = "doctor compares certificates with the machine's clock")]
fn from_now(days: i64) -> SystemTime {
    let day = Duration::from_secs(86_400);
    let since = u32::try_from(days + 366).expect("at most a year ago");
    SystemTime::now() - day * 366 + day * since
}
