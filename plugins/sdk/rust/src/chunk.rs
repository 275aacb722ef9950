use crate::{Completion, Context, Value};

/// What becomes of an event of a stream.
pub enum Fate {
    /// It is sent, with your changes.
    Send,
    /// It is not sent, and the plug-ins that would come after do not see it.
    Drop,
}

/// An event of a stream: a chunk of a completion, and what was said before it.
pub struct Chunk {
    pub completion: Completion,
    window: Value,
}

impl Chunk {
    pub(crate) fn new(completion: Completion, window: Option<Value>) -> Self {
        Chunk { completion, window: window.unwrap_or_default() }
    }

    /// What the model said in a choice before this chunk, or the end of that: as many characters as `window` of the plug-in's entry says.
    /// Empty without that option.
    pub fn window(&self, choice: u64) -> &str {
        let all = self.window.as_array().map(Vec::as_slice).unwrap_or_default();
        let found = all.iter().find(|text| text.get("index").and_then(Value::as_u64) == Some(choice));
        found.and_then(|text| text.get("text")).and_then(Value::as_str).unwrap_or("")
    }

    /// Keeps the last `keep` characters of each choice back until more text or the end has come, so that `edit` sees a word whole that the
    /// provider cut in two. With `keep` one less than the longest word no part of a word is sent before `edit` has seen all of it. What is held
    /// stays in the context, under `held` with the choice's number.
    ///
    /// `edit` must leave alone what it has put in: held text comes by again.
    pub fn hold_back(&mut self, context: &mut Context, held: &str, keep: usize, edit: impl Fn(&str) -> Option<String>) {
        let choices = &mut self.completion;
        for at in 0..choices.choices().len() {
            let choice = &choices.choices()[at];
            let key = format!("{held}_{}", choice.index());
            let (before, finished) = (choice.text(), !choice.finish_reason().is_empty());
            let mut text = context.text(&key).to_string() + &before;
            if let Some(edited) = edit(&text) {
                text = edited;
            }
            let end = if finished { text.len() } else { start_of_last(&text, keep) };
            if !context.text(&key).is_empty() || end < text.len() {
                context.set(&key, &text[end..]);
            }
            if text[..end] != before {
                choices.choices_mut()[at].set_text(&text[..end]);
            }
        }
    }
}

/// Where the last `count` characters of `text` start.
fn start_of_last(text: &str, count: usize) -> usize {
    if count == 0 {
        return text.len();
    }
    text.char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at)
}
