//! Reads the limits in `docs/openapi.yaml`: each parameter, header, form field and JSON member with its schema.

use protocol::limits::{self, Group, Limit, Unit};
use serde_json::{Value, json};

/// The place of a value in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Query,
    Header,
    Path,
    Form,
    Json,
}

/// A value that the description describes.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) schema: Value,
}

/// The description. References are resolved when they are followed.
pub(crate) struct Description(Value);

impl Description {
    pub(crate) fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.yaml");
        Self(serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.resolve(self.0.pointer(reference.strip_prefix('#').unwrap()).unwrap()),
            None => value,
        }
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in
                item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
            {
                let field = |place, name: &str, schema: &Value| Field {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    place,
                    name: name.to_owned(),
                    schema: schema.clone(),
                };
                let parameters = [item, operation].map(|holder| holder.get("parameters"));
                for parameter in parameters.into_iter().flatten().flat_map(|list| list.as_array().unwrap()) {
                    let place = match parameter["in"].as_str().unwrap() {
                        "query" => Place::Query,
                        "header" => Place::Header,
                        "path" => Place::Path,
                        other => panic!("{other}"),
                    };
                    fields.push(field(place, parameter["name"].as_str().unwrap(), &parameter["schema"]));
                }
                let Some(body) = operation.get("requestBody") else { continue };
                for (kind, content) in self.resolve(body)["content"].as_object().unwrap() {
                    let place = if kind == "application/json" { Place::Json } else { Place::Form };
                    let properties = &self.resolve(&content["schema"])["properties"];
                    for (name, schema) in properties.as_object().unwrap() {
                        fields.push(field(place, name, schema));
                    }
                }
            }
        }
        fields
    }
}

/// Returns the groups of the limits table that apply to this place of this operation.
fn groups(path: &str, place: Place) -> Vec<Group> {
    match (path, place) {
        (_, Place::Header | Place::Path) => vec![limits::request::ALL],
        ("/oauth/authorize", Place::Query) => vec![limits::authorize::ALL],
        ("/oauth/token", Place::Form) => vec![limits::token::ALL, limits::credentials::ALL],
        ("/oauth/revoke" | "/oauth/introspect", Place::Form) => {
            vec![limits::presented_token::ALL, limits::credentials::ALL]
        }
        ("/oauth/register" | "/oauth/register/{client_id}", Place::Json) => vec![limits::registration::ALL],
        other => panic!("no limits are known for {other:?}"),
    }
}

impl Field {
    pub(crate) fn limit(&self, unit: Unit) -> Option<&'static Limit> {
        let groups = groups(&self.path, self.place);
        let mut limits = groups.iter().flat_map(|group| group.limits);
        limits.find(|limit| limit.unit == unit && limit.name == self.name).copied()
    }

    /// Returns the maximum length in the description: of a text, of each text in a list, or of an object.
    pub(crate) fn described_length(&self) -> Option<u64> {
        let of_text = self.schema.get("maxLength").or_else(|| self.schema.pointer("/items/maxLength"));
        of_text.or_else(|| self.schema.get("x-maxBytes")).and_then(Value::as_u64)
    }

    pub(crate) fn described_count(&self) -> Option<u64> {
        let of_list =
            self.schema.get("maxItems").or_else(|| self.schema.pointer("/properties/keys/maxItems"));
        of_list.and_then(Value::as_u64)
    }

    pub(crate) fn is_list(&self) -> bool {
        self.schema["type"] == "array"
    }

    /// Returns a value of this length that is otherwise valid, if possible.
    pub(crate) fn text(&self, length: usize) -> String {
        let start = match self.name.as_str() {
            "Authorization" => "Bearer ",
            name if name.ends_with("_uri") || name == "redirect_uris" => "https://h/",
            "resource" => "https://mcp.example.com/wiki/",
            _ => "",
        };
        format!("{start}{}", "a".repeat(length - start.len()))
    }

    pub(crate) fn json(&self, length: usize) -> Value {
        if self.name == "jwks" {
            let empty = json!({"keys": [{"kty": "OKP", "x": ""}]}).to_string().len();
            return json!({"keys": [{"kty": "OKP", "x": "a".repeat(length - empty)}]});
        }
        if self.is_list() { json!([self.text(length)]) } else { self.text(length).into() }
    }

    pub(crate) fn many(&self, count: usize) -> Value {
        if self.name == "jwks" {
            return json!({"keys": vec![json!({"kty": "OKP"}); count]});
        }
        (0..count).map(|n| format!("https://h/{n}")).collect::<Vec<_>>().into()
    }
}
