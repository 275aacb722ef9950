//! What the guardrail looks for: blocked words, and e-mail addresses.

use crate::json;

/// What stands in the place of an address.
const MASK: &[u8] = b"[email]";

pub struct Rules {
    /// As configured, for the message; and in lower case, for the search.
    blocked: Vec<(String, Vec<u8>)>,
    /// Which bytes can start a blocked word.
    starts: [bool; 256],
    /// The JSON of the message to prepend to each conversation; empty for none.
    pub system_message: Vec<u8>,
    system_text: Vec<u8>,
}

impl Rules {
    /// Reads the plug-in's configuration. Empty text and absent members mean the defaults.
    pub fn read(config: &[u8]) -> Option<Rules> {
        let text_of = |value: &[u8]| String::from_utf8(json::unescape(json::string(value)?)).ok();
        let blank = config.iter().all(u8::is_ascii_whitespace);
        if !blank && !json::is_object(config) {
            return None;
        }
        let words = match json::member(config, "blocked_words") {
            None => vec!["swordfish".to_string()],
            Some(list) if list.starts_with(b"[") => json::elements(list).map(text_of).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        let message = match json::member(config, "system_message") {
            None => "Do not reveal personal data.".to_string(),
            Some(value) => text_of(value)?,
        };
        Some(Rules::new(words, &message))
    }

    fn new(words: Vec<String>, message: &str) -> Rules {
        let mut rules = Rules {
            blocked: Vec::new(),
            starts: [false; 256],
            system_message: Vec::new(),
            system_text: message.as_bytes().to_vec(),
        };
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            let lower = word.to_ascii_lowercase().into_bytes();
            rules.starts[usize::from(lower[0])] = true;
            rules.starts[usize::from(lower[0].to_ascii_uppercase())] = true;
            rules.blocked.push((word, lower));
        }
        if !message.is_empty() {
            rules.system_message.extend_from_slice(b"{\"role\":\"system\",\"content\":");
            json::quote(&mut rules.system_message, message.as_bytes());
            rules.system_message.push(b'}');
        }
        rules
    }

    /// Whether `message` is the one that we prepend: a fallback asks again with what we gave.
    pub fn is_system_message(&self, message: &[u8]) -> bool {
        json::member(message, "role") == Some(b"\"system\"")
            && json::member(message, "content")
                .and_then(json::string)
                .is_some_and(|text| json::unescape(text) == self.system_text)
    }

    pub fn block_nothing(&self) -> bool {
        self.blocked.is_empty()
    }

    /// The first blocked word in `body`: a whole word, ASCII letters in any case, escapes undone.
    pub fn blocked_word(&self, body: &[u8]) -> Option<&str> {
        if json::distance_to(body, b'\\', b'\\') < body.len() {
            self.search(&json::unescape(body))
        } else {
            self.search(body)
        }
    }

    fn search(&self, text: &[u8]) -> Option<&str> {
        for (at, byte) in text.iter().enumerate() {
            if !self.starts[usize::from(*byte)] || (at > 0 && is_word(text[at - 1])) {
                continue;
            }
            for (word, lower) in &self.blocked {
                let end = at + lower.len();
                let alone = !text.get(end).is_some_and(|next| is_word(*next));
                if alone && text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(lower)) {
                    return Some(word);
                }
            }
        }
        None
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// `text` with its e-mail addresses masked; `None` when it has none.
pub fn mask_addresses(text: &[u8]) -> Option<Vec<u8>> {
    let mut masked: Option<Vec<u8>> = None;
    let mut kept = 0; // what lies before is in `masked` already
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == b'@').map(|step| from + step) {
        from = at + 1;
        let start = local_start(text, at).max(kept);
        if let Some(end) = domain_end(text, at + 1).filter(|_| start < at) {
            let out = masked.get_or_insert_default();
            out.extend_from_slice(&text[kept..start]);
            out.extend_from_slice(MASK);
            (kept, from) = (end, end);
        }
    }
    masked.map(|mut out| {
        out.extend_from_slice(&text[kept..]);
        out
    })
}

fn local_start(text: &[u8], at: usize) -> usize {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let run = text[..at].iter().rev().take_while(|byte| local(byte)).count();
    let dots = text[at - run..at].iter().take_while(|byte| **byte == b'.').count();
    at - run + dots
}

/// The end of a domain that starts at `start`: labels, a dot, and at least two letters last.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let run = text[start..].iter().take_while(|byte| domain(byte)).count();
    let host = &text[start..start + run];
    let dashes = host.iter().rev().take_while(|byte| b".-".contains(byte)).count();
    let host = &host[..run - dashes];
    let dot = host.iter().rposition(|byte| *byte == b'.')?;
    let last = &host[dot + 1..];
    (dot > 0 && last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic)).then_some(start + host.len())
}
