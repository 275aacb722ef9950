//! What the guardrail looks for: blocked words, and e-mail addresses.

use extism_pdk::{Error, config};
use serde_json::Value;

const MASK: &str = "[email]";

pub struct Rules {
    pub blocked: Vec<String>,
    pub system_message: String,
}

impl Rules {
    /// Reads the plug-in's configuration: texts come as they are, everything else as JSON.
    pub fn read() -> Result<Rules, Error> {
        let blocked = match config::get("blocked_words")? {
            Some(words) => serde_json::from_str(&words)?,
            None => vec!["swordfish".to_string()],
        };
        let system_message = match config::get("system_message")? {
            // An empty text could not be told from none: `null` in the configuration switches the message off.
            Some(message) if message == "null" => String::new(),
            Some(message) => message,
            None => "Do not reveal personal data.".to_string(),
        };
        Ok(Rules { blocked, system_message })
    }

    /// The first blocked word in a body: a whole word, ASCII letters in any case, escapes undone.
    pub fn blocked_word(&self, body: &[u8]) -> Option<&str> {
        let text = match serde_json::from_slice(body) {
            Ok(json) => texts_of(&json),
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        let text = text.to_ascii_lowercase();
        self.blocked.iter().map(String::as_str).find(|word| holds(&text, &word.to_ascii_lowercase()))
    }
}

/// All texts in a JSON value, a line each.
fn texts_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone() + "\n",
        Value::Array(all) => all.iter().map(texts_of).collect(),
        Value::Object(all) => all.iter().map(|(key, value)| format!("{key}\n{}", texts_of(value))).collect(),
        _ => String::new(),
    }
}

fn holds(text: &str, word: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            !text[..at].ends_with(is_word) && !text[at + found.len()..].starts_with(is_word)
        })
}

/// `text` with its e-mail addresses masked; `None` when it has none.
fn masked(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((start, end)) = first_address(rest) {
        out += &rest[..start];
        out += MASK;
        rest = &rest[end..];
    }
    (rest.len() < text.len()).then(|| out + rest)
}

/// Where the first address in `text` begins and ends.
fn first_address(text: &str) -> Option<(usize, usize)> {
    let outside = |extra: &'static str| move |letter: char| !letter.is_ascii_alphanumeric() && !extra.contains(letter);
    text.match_indices('@').find_map(|(at, _)| {
        let local = &text[text[..at].rfind(outside("._%+-")).map_or(0, |before| next_letter(text, before))..at];
        let local = local.trim_start_matches('.');
        let host = &text[at + 1..];
        let host = host[..host.find(outside(".-")).unwrap_or(host.len())].trim_end_matches(['.', '-']);
        let last = host.rsplit_once('.')?.1;
        let sound = !local.is_empty() && last.len() >= 2 && last.bytes().all(|letter| letter.is_ascii_alphabetic());
        sound.then_some((at - local.len(), at + 1 + host.len()))
    })
}

fn next_letter(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(0, char::len_utf8)
}

fn mask_text(text: &mut Value) -> bool {
    let Some(new) = text.as_str().and_then(masked) else { return false };
    *text = Value::String(new);
    true
}

/// Masks what the model said in the choices of a response or a chunk; whether there was anything to mask.
pub fn mask_choices(response: &mut Value) -> bool {
    let mut changed = false;
    for choice in response["choices"].as_array_mut().into_iter().flatten() {
        let Some(choice) = choice.as_object_mut() else { continue };
        for (key, value) in choice {
            match key.as_str() {
                "text" => changed |= mask_text(value),
                "message" | "delta" => changed |= mask_content(value),
                _ => {}
            }
        }
    }
    changed
}

/// `content` is a text or a list of blocks with a `text` each.
fn mask_content(message: &mut Value) -> bool {
    let Some(content) = message.get_mut("content") else { return false };
    let mut changed = mask_text(content);
    for block in content.as_array_mut().into_iter().flatten() {
        changed |= block.get_mut("text").is_some_and(mask_text);
    }
    changed
}
