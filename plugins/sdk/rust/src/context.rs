use crate::{Map, Value};

/// The JSON object that all hooks of all plug-ins share during one request.
///
/// Keys of the gateway (`request_id`, `bifrost-...`) can be read; changes to them are ignored.
pub struct Context {
    members: Map<String, Value>,
    changed: Map<String, Value>,
}

impl Context {
    pub(crate) fn new(value: Option<Value>) -> Self {
        let Some(Value::Object(members)) = value else { return Context { members: Map::new(), changed: Map::new() } };
        Context { members, changed: Map::new() }
    }

    pub fn request_id(&self) -> &str {
        self.text("request_id")
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.changed.get(key).or_else(|| self.members.get(key))
    }

    /// The text of a member; empty where it is absent or no text.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or("")
    }

    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        if self.get(key) != Some(&value) {
            self.changed.insert(key.into(), value);
        }
    }

    /// Only what changed: the gateway merges key by key.
    pub(crate) fn into_changes(self) -> Value {
        Value::Object(self.changed)
    }
}
