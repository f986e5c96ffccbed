//! The audit, as the operator reads it.

use serde_json::json;

use crate::administration::{ask, told};
use crate::support::*;

#[tokio::test]
async fn the_audit_is_filtered_and_read_in_pages() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
    let mut query = json!({"oldest_first": true, "user": "alice"});
    let all = told(&world, "/admin/audit", &query).await["rows"].as_array().unwrap().clone();
    let events: Vec<&str> = all.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["sign_in", "consent_given", "code_issued", "token_issued"]);
    query["limit"] = json!(3);
    let first = told(&world, "/admin/audit", &query).await;
    assert_eq!((first["rows"].as_array().unwrap().len(), &first["more"]), (3, &json!(true)));
    query["after"] = first["next"].clone();
    let rest = told(&world, "/admin/audit", &query).await;
    let pages =
        [first["rows"].as_array().unwrap().clone(), rest["rows"].as_array().unwrap().clone()].concat();
    assert_eq!((pages, &rest["more"]), (all, &json!(false)));
    let issued = told(&world, "/admin/audit", &json!({"event": "token_issued", "client": client})).await;
    assert_eq!(issued["rows"].as_array().unwrap().len(), 1);
    for wrong in [json!({"after": "x"}), json!({"users": "alice"}), json!({"limit": -1})] {
        assert_eq!(ask(&world, "/admin/audit", &wrong).await.status, 400, "{wrong}");
    }
}
