//! The most frequent requests do not write to the store: metadata, the key set, pages, and validating a token.

use std::io::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::context::Endpoint;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use store::Store;

use crate::support::{Browser, CALLBACK, Site, World, authorize_pairs};

/// Counts the calls that change the in-memory database.
#[derive(Clone, Debug, Default)]
struct Counting(Arc<(InMemoryBackend, AtomicUsize)>);

impl Counting {
    fn changes(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }

    fn count(&self) {
        self.0.1.fetch_add(1, Ordering::SeqCst);
    }
}

impl StorageBackend for Counting {
    fn len(&self) -> Result<u64> {
        self.0.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.0.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<()> {
        self.count();
        self.0.0.set_len(len)
    }
    fn sync_data(&self) -> Result<()> {
        self.count();
        self.0.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.count();
        self.0.0.write(offset, data)
    }
}

#[tokio::test]
async fn discovery_keys_and_pages_write_nothing() {
    let disk = Counting::default();
    let backend = disk.clone();
    let store = Store::on_backend(move || backend.clone()).unwrap();
    let (world, site) = (World::on(Arc::new(store), &[]), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let before = disk.changes();
    assert!(before > 0, "registering and starting a login write to the store");
    for endpoint in [Endpoint::AuthorizationServerMetadata, Endpoint::OpenidConfiguration, Endpoint::Jwks] {
        assert_eq!(world.get(&site, endpoint).await.status, 200);
    }
    let page = browser.follow(&begun).await;
    assert_eq!(page.status, 200);
    browser.follow(&begun).await;
    world.app.store.ready().await.unwrap();
    assert_eq!(disk.changes(), before, "reading wrote to the store");
    let done = browser.log_in(&page, "alice", crate::support::PASSWORD).await;
    assert!(disk.changes() > before);
    let before = disk.changes();
    assert_eq!(browser.follow(&done).await.status, 200);
    assert_eq!(disk.changes(), before, "the consent page wrote to the store");
}
