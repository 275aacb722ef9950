use crate::{Map, Value, json};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The HTTP request. Its method and path cannot be changed; credentials read `<redacted>`.
pub struct HttpRequest {
    members: Map<String, Value>,
    changed: Map<String, Value>,
}

/// The HTTP response: of the gateway, or one of your own.
pub struct HttpResponse {
    members: Map<String, Value>,
    changed: Map<String, Value>,
}

impl HttpRequest {
    pub(crate) fn new(value: Option<Value>) -> Self {
        HttpRequest { members: object(value), changed: Map::new() }
    }

    pub fn method(&self) -> &str {
        text(&self.members, "method")
    }

    pub fn path(&self) -> &str {
        text(&self.members, "path")
    }

    /// One parameter of the query; empty where it is absent.
    pub fn query(&self, name: &str) -> &str {
        self.get("query").and_then(|query| query.get(name)).and_then(Value::as_str).unwrap_or("")
    }

    pub fn set_query(&mut self, name: &str, value: &str) {
        put(&self.members, &mut self.changed, "query").insert(name.into(), value.into());
    }

    /// Any member; for those that have no function here.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.changed.get(key).or_else(|| self.members.get(key))
    }

    pub(crate) fn into_changes(self) -> Value {
        changes(self.changed)
    }
}

impl HttpResponse {
    /// An answer of your own.
    pub fn new(status: u16) -> Self {
        let changed = object(Some(json!({"status_code": status, "headers": {}, "body": ""})));
        HttpResponse { members: Map::new(), changed }
    }

    /// An answer of your own with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        let mut response = HttpResponse::new(status);
        response.set_header("Content-Type", "application/json");
        response.set_body(body.to_string().as_bytes());
        response
    }

    /// An error of your own in OpenAI's shape, which its client libraries understand.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        HttpResponse::json(status, &json!({"error": {"message": message, "type": kind, "param": null, "code": null}}))
    }

    pub(crate) fn of_gateway(value: Option<Value>) -> Self {
        HttpResponse { members: object(value), changed: Map::new() }
    }

    pub fn status(&self) -> u16 {
        self.get("status_code").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
    }

    pub fn set_status(&mut self, status: u16) {
        self.changed.insert("status_code".into(), status.into());
    }

    /// Any member; for those that have no function here.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.changed.get(key).or_else(|| self.members.get(key))
    }

    pub(crate) fn into_changes(self) -> Value {
        changes(self.changed)
    }
}

macro_rules! headers_and_body {
    ($type:ty) => {
        impl $type {
            /// A header, its name without regard to case; empty where it is absent.
            pub fn header(&self, name: &str) -> &str {
                let headers = self.get("headers").and_then(Value::as_object);
                let found = headers.and_then(|all| all.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
                found.and_then(|(_, value)| value.as_str()).unwrap_or("")
            }

            pub fn set_header(&mut self, name: &str, value: &str) {
                self.remove_header(name);
                put(&self.members, &mut self.changed, "headers").insert(name.into(), value.into());
            }

            pub fn remove_header(&mut self, name: &str) {
                put(&self.members, &mut self.changed, "headers").retain(|key, _| !key.eq_ignore_ascii_case(name));
            }

            /// The bytes of the body; empty where there are none, or too many for hooks to see.
            pub fn body(&self) -> Vec<u8> {
                self.get("body").and_then(Value::as_str).and_then(bytes_of).unwrap_or_default()
            }

            pub fn set_body(&mut self, body: &[u8]) {
                self.changed.insert("body".into(), STANDARD.encode(body).into());
            }
        }
    };
}
headers_and_body!(HttpRequest);
headers_and_body!(HttpResponse);

pub(crate) fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

pub(crate) fn bytes_of(base64: &str) -> Option<Vec<u8>> {
    STANDARD.decode(base64).ok()
}

fn text<'a>(members: &'a Map<String, Value>, key: &str) -> &'a str {
    members.get(key).and_then(Value::as_str).unwrap_or("")
}

/// A changeable copy of an object of strings: all of it goes back, because a name that is missing is deleted.
fn put<'a>(members: &Map<String, Value>, changed: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let present = changed.entry(key).or_insert_with(|| Value::Object(object(members.get(key).cloned())));
    if !present.is_object() {
        *present = json!({});
    }
    present.as_object_mut().expect("it was made one above")
}

/// Null where nothing changed: the gateway then keeps the bytes that it has.
pub(crate) fn changes(changed: Map<String, Value>) -> Value {
    if changed.is_empty() { Value::Null } else { Value::Object(changed) }
}
