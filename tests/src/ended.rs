//! What MCP clients do after their grant has ended.

use crate::browser::Person;
use crate::clients::Client;
use crate::http::Answer;

/// Asserts that a refresh was refused because the grant has ended.
#[track_caller]
pub fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.json()["error"], "invalid_grant", "{answer:?}");
}

/// Asserts that the client, whose refresh token is refused, starts a login by itself and continues with the new tokens.
pub async fn logs_in_again(client: &mut Client, person: Person<'_>) {
    let asked = client.asked;
    client.expire().await;
    client.call_with(person).await;
    assert_eq!(client.asked, asked + 1, "the client asked for a login");
}

/// Like [`logs_in_again`], but the login is refused too, with a page that contains `word`, until `mended` has run.
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
    client.call_continues_with(person).await;
    assert_eq!(client.asked, asked + 1, "the client asked for a login");
}
