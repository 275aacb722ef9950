use crate::http::{changes, object};
use crate::{Map, Value, json};

/// The chat request: provider, model, messages, and everything else of the request's body as parameters.
pub struct ChatRequest {
    members: Map<String, Value>,
    changed: Map<String, Value>,
    messages: Vec<Message>,
    has_messages: bool,
    messages_changed: bool,
    wrapped: bool,
}

impl ChatRequest {
    pub(crate) fn new(value: Option<Value>) -> Self {
        let mut members = object(value);
        let wrapped = members.get("chat_request").is_some_and(Value::is_object);
        if wrapped {
            members = object(members.remove("chat_request"));
        }
        let input = members.get_mut("input").map(Value::take);
        let has_messages = matches!(input, Some(Value::Array(_)));
        let messages = match input {
            Some(Value::Array(messages)) => messages.into_iter().map(Message).collect(),
            _ => Vec::new(),
        };
        ChatRequest { members, changed: Map::new(), messages, has_messages, messages_changed: false, wrapped }
    }

    pub fn provider(&self) -> &str {
        self.text("provider")
    }

    pub fn model(&self) -> &str {
        self.text("model")
    }

    pub fn set_model(&mut self, model: &str) {
        self.changed.insert("model".into(), model.into());
    }

    /// False for a request that came without a list of messages.
    pub fn has_messages(&self) -> bool {
        self.has_messages
    }

    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages, to change; they all go back then. Call it when there is something to change.
    pub fn messages_mut(&mut self) -> &mut Vec<Message> {
        self.messages_changed = true;
        &mut self.messages
    }

    /// Edits the texts of all messages: what `edit` gives goes into a text's place. Returns whether anything changed.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(&str) -> Option<String>) -> bool {
        let changed = self.messages.iter_mut().fold(false, |changed, message| message.edit_texts(&mut edit) || changed);
        self.messages_changed |= changed;
        changed
    }

    /// A parameter such as `temperature`.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.get("params").and_then(|params| params.get(name))
    }

    /// Null removes it.
    pub fn set_parameter(&mut self, name: &str, value: impl Into<Value>) {
        let params = self.changed.entry("params").or_insert_with(|| json!({}));
        params[name] = value.into();
    }

    /// Any member but the messages; for those that have no function here.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.changed.get(key).or_else(|| self.members.get(key))
    }

    fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or("")
    }

    pub(crate) fn into_changes(mut self) -> Value {
        if self.messages_changed {
            let messages = self.messages.into_iter().map(|message| message.0).collect();
            self.changed.insert("input".into(), Value::Array(messages));
        }
        let value = changes(self.changed);
        if self.wrapped && !value.is_null() { json!({"chat_request": value}) } else { value }
    }
}

/// A message of a conversation, or what a choice of a completion says.
#[derive(Clone, PartialEq)]
pub struct Message(pub Value);

impl Message {
    pub fn new(role: &str, text: &str) -> Self {
        Message(json!({"role": role, "content": text}))
    }

    pub fn role(&self) -> &str {
        self.0.get("role").and_then(Value::as_str).unwrap_or("")
    }

    /// All that it says: the content, or the texts of its blocks one after the other.
    pub fn text(&self) -> String {
        match self.0.get("content") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(blocks)) => {
                blocks.iter().filter_map(|block| block.get("text").and_then(Value::as_str)).collect()
            }
            _ => String::new(),
        }
    }

    /// Edits the content, or the text of each of its blocks: what `edit` gives goes into a text's place.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(&str) -> Option<String>) -> bool {
        match self.0.get_mut("content") {
            Some(Value::Array(blocks)) => blocks
                .iter_mut()
                .filter_map(|block| block.get_mut("text"))
                .fold(false, |changed, text| edit_text(text, &mut edit) || changed),
            Some(content) => edit_text(content, &mut edit),
            None => false,
        }
    }
}

fn edit_text(value: &mut Value, edit: &mut impl FnMut(&str) -> Option<String>) -> bool {
    let Some(edited) = value.as_str().and_then(edit) else { return false };
    let changed = value.as_str() != Some(&edited);
    *value = edited.into();
    changed
}
