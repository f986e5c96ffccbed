//! A grant that is over, as MCP clients find out.

use crate::browser::Person;
use crate::clients::Client;
use crate::http::Answer;

/// A refresh that ends the grant.
#[track_caller]
pub fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.json()["error"], "invalid_grant", "{answer:?}");
}

/// The client's refresh token is refused, it starts a login by itself, and goes on with what that gives.
pub async fn logs_in_again(client: &mut Client, person: Person<'_>) {
    let asked = client.asked;
    client.expire().await;
    client.call_with(person).await;
    assert_eq!(client.asked, asked + 1, "the client asked for a login");
}

/// The same where the login is refused as well, on a page that says `word`, until `mended` is done.
pub async fn logs_in_again_after(
    client: &mut Client,
    person: Person<'_>,
    word: &str,
    mended: impl AsyncFnOnce(),
) {
    let asked = client.asked;
    client.expire().await;
    let refused = client.try_call_with(person).await.expect_err("the person comes in");
    assert!(refused.contains("the login ended on a page") && refused.contains(word), "{refused}");
    mended().await;
    client.call_goes_on_with(person).await;
    assert_eq!(client.asked, asked + 1, "the client asked for a login");
}
