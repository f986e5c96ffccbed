//! The limits of requests that need a proof, and the path of the request that needs none.

/// The path at which the server responds with its [`Instance`](super::Instance).
pub const INSTANCE_PATH: &str = "/admin/instance";
/// The maximum length of a request's body in bytes.
pub const MOST_BODY: usize = 64 * 1024;
/// The maximum number of requests with a proof that an address may send in a minute. Further ones are refused unread.
pub const MOST_REQUESTS: u32 = 3_000;
