//! Changes to a text, collected first and written in one pass, so that all that is not changed is copied as it was.

use crate::json;
use crate::rules::mask_addresses;

pub struct Edits<'a> {
    text: &'a [u8],
    /// Where, how many bytes, and what instead.
    changes: Vec<(usize, usize, Vec<u8>)>,
}

impl<'a> Edits<'a> {
    pub fn of(text: &'a [u8]) -> Self {
        Edits { text, changes: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Puts `new` in the place of `old`, which is a part of the text and of no other change.
    pub fn replace(&mut self, old: &[u8], new: Vec<u8>) {
        let start = old.as_ptr() as usize - self.text.as_ptr() as usize;
        self.changes.push((start, old.len(), new));
    }

    /// Masks the addresses in what the model said: `message`, `delta` or `text` of each choice of `response`.
    pub fn mask_choices(&mut self, response: &[u8]) {
        let Some(choices) = json::member(response, "choices") else { return };
        for choice in json::elements(choices) {
            for (key, value) in json::members(choice) {
                match key {
                    b"message" | b"delta" => self.mask_content(value),
                    b"text" => self.mask_string(value),
                    _ => {}
                }
            }
        }
    }

    /// `content` is a string or a list of blocks with a `text` each.
    fn mask_content(&mut self, message: &[u8]) {
        let Some(content) = json::member(message, "content") else { return };
        self.mask_string(content);
        for block in json::elements(content) {
            if let Some(text) = json::member(block, "text") {
                self.mask_string(text);
            }
        }
    }

    fn mask_string(&mut self, value: &[u8]) {
        let Some(inside) = json::string(value) else { return };
        let masked =
            if inside.contains(&b'\\') { mask_addresses(&json::unescape(inside)) } else { mask_addresses(inside) };
        if let Some(masked) = masked {
            let mut quoted = Vec::with_capacity(masked.len() + 2);
            json::quote(&mut quoted, &masked);
            self.replace(value, quoted);
        }
    }

    pub fn write(mut self, out: &mut Vec<u8>) {
        self.changes.sort_by_key(|(start, ..)| *start);
        let mut copied = 0;
        for (start, length, new) in &self.changes {
            out.extend_from_slice(&self.text[copied..*start]);
            out.extend_from_slice(new);
            copied = start + length;
        }
        out.extend_from_slice(&self.text[copied..]);
    }
}

/// A quick look before a careful one: no address without an at sign, plain or as an escape.
pub fn may_hold_address(mut text: &[u8]) -> bool {
    loop {
        text = &text[json::distance_to(text, b'@', b'\\')..];
        match text {
            [] => return false,
            [b'@', ..] | [b'\\', b'u', b'0', b'0', b'4', b'0', ..] => return true,
            _ => text = &text[1..],
        }
    }
}
