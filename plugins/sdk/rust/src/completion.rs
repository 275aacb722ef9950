use crate::chat::Message;
use crate::http::object;
use crate::{Map, Value, json};

/// A chat completion, or one chunk of it.
pub struct Completion {
    members: Map<String, Value>,
    changed: Map<String, Value>,
    choices: Vec<Choice>,
    choices_changed: bool,
    /// Made here: all of it goes to the gateway.
    own: bool,
}

impl Completion {
    pub(crate) fn new(value: Value) -> Self {
        let mut members = object(Some(value));
        let choices = match members.get_mut("choices") {
            Some(Value::Array(choices)) => std::mem::take(choices).into_iter().map(Choice).collect(),
            _ => Vec::new(),
        };
        Completion { members, changed: Map::new(), choices, choices_changed: false, own: false }
    }

    /// A completion of your own with one choice.
    pub fn saying(model: &str, text: &str) -> Self {
        let mut made = Completion::new(json!({
            "id": "chatcmpl-plugin", "object": "chat.completion", "created": 0, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        }));
        made.own = true;
        made
    }

    /// A completion of your own, from its JSON.
    pub fn from_json(value: Value) -> Self {
        let mut made = Completion::new(value);
        made.own = true;
        made
    }

    pub fn model(&self) -> &str {
        self.get("model").and_then(Value::as_str).unwrap_or("")
    }

    /// Whether it is an event of a stream: its choices then hold deltas.
    pub fn is_chunk(&self) -> bool {
        self.get("object").and_then(Value::as_str) == Some("chat.completion.chunk")
    }

    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The choices, to change; they all go back then.
    pub fn choices_mut(&mut self) -> &mut Vec<Choice> {
        self.choices_changed = true;
        &mut self.choices
    }

    /// Edits what the model said, in all choices: what `edit` gives goes into a text's place. Returns whether anything changed.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(&str) -> Option<String>) -> bool {
        let changed = self.choices.iter_mut().fold(false, |changed, choice| choice.edit_texts(&mut edit) || changed);
        self.choices_changed |= changed;
        changed
    }

    /// Any member but the choices, such as `usage`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.changed.get(key).or_else(|| self.members.get(key))
    }

    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.changed.insert(key.into(), value.into());
    }

    /// What goes back: all of it, because an answer of nothing but empty texts would count as none. Null where nothing changed.
    pub(crate) fn into_changes(mut self) -> Value {
        if !self.own && !self.choices_changed && self.changed.is_empty() {
            return Value::Null;
        }
        if self.choices_changed || !self.choices.is_empty() {
            let choices = self.choices.into_iter().map(|choice| choice.0).collect();
            self.members.insert("choices".into(), Value::Array(choices));
        }
        for (key, value) in self.changed {
            self.members.insert(key, value);
        }
        Value::Object(self.members)
    }
}

/// One choice of a completion.
#[derive(Clone, PartialEq)]
pub struct Choice(pub Value);

impl Choice {
    pub fn index(&self) -> u64 {
        self.0.get("index").and_then(Value::as_u64).unwrap_or(0)
    }

    /// Empty as long as the choice goes on.
    pub fn finish_reason(&self) -> &str {
        self.0.get("finish_reason").and_then(Value::as_str).unwrap_or("")
    }

    /// What it says, whole or in this chunk.
    pub fn text(&self) -> String {
        self.part().map(|part| Message(part.clone()).text()).unwrap_or_default()
    }

    /// Puts a text in the place of what it says.
    pub fn set_text(&mut self, text: &str) {
        let key = if self.0.get("message").is_some() { "message" } else { "delta" };
        if !self.0[key].is_object() {
            self.0[key] = json!({});
        }
        self.0[key]["content"] = text.into();
    }

    fn part(&self) -> Option<&Value> {
        ["message", "delta"].into_iter().find_map(|key| self.0.get(key).filter(|part| part.is_object()))
    }

    fn edit_texts(&mut self, edit: &mut impl FnMut(&str) -> Option<String>) -> bool {
        let mut changed = false;
        for key in ["message", "delta"] {
            let Some(part) = self.0.get_mut(key).filter(|part| part.is_object()) else { continue };
            let mut message = Message(part.take());
            changed |= message.edit_texts(&mut *edit);
            *part = message.0;
        }
        changed
    }
}
