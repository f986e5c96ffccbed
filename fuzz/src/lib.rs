//! Fuzz targets: for any input, nothing panics, nothing is accepted as signed or sealed that was not, and the gate
//! forwards no request without a verified token.

mod assertions;
mod clients;
mod gate;
mod id_tokens;
mod messages;
mod records;
mod requests;
mod rules;
mod sealed;
mod signed;
mod texts;

/// A target: accepts any bytes, and panics if it finds a bug.
pub type Target = fn(&[u8]);

/// Returns the initial inputs of a target.
pub type Seeds = fn() -> Vec<Vec<u8>>;

/// Every target, with its name and seeds.
pub const TARGETS: &[(&str, Target, Seeds)] = &[
    ("bearer", texts::bearer, texts::bearer_seeds),
    ("header_names", texts::header_names, texts::header_names_seeds),
    ("route", texts::route, texts::route_seeds),
    ("plugin_config", texts::plugin_config, texts::plugin_config_seeds),
    ("jws", signed::jws, signed::jws_seeds),
    ("jwk_set", signed::jwk_set, signed::jwk_set_seeds),
    ("key_certificate", signed::key_certificate, signed::key_certificate_seeds),
    ("hot_key", signed::hot_key, signed::hot_key_seeds),
    ("sealed_context", sealed::context, sealed::context_seeds),
    ("registration", clients::registration, clients::registration_seeds),
    ("client_document", clients::document, clients::document_seeds),
    ("redirect_uri", clients::redirect, clients::redirect_seeds),
    ("form", requests::form, requests::form_seeds),
    ("credentials", requests::credentials, requests::credentials_seeds),
    ("token_request", requests::token, requests::token_seeds),
    ("authorize", requests::authorize, requests::authorize_seeds),
    ("id_token", id_tokens::id_token, id_tokens::id_token_seeds),
    ("id_jag", assertions::id_jag, assertions::id_jag_seeds),
    ("stored_record", records::record, records::record_seeds),
    ("revocations", clients::revocations, clients::revocations_seeds),
    ("traefik_rule", rules::rule, rules::rule_seeds),
    ("message", messages::message, messages::message_seeds),
    ("list", messages::list, messages::list_seeds),
    ("gate", gate::gate, gate::seeds),
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, ..)| *known == name).map(|(_, target, _)| *target)
}
