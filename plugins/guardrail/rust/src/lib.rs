//! Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers, counts its calls.

mod base64;
mod edits;
mod json;
#[path = "../../../sdk/rust/src/memory.rs"]
mod memory;
mod rules;

use edits::{Edits, may_hold_address};
use memory::{give, take};
use rules::Rules;
use std::cell::OnceCell;

thread_local! {
    static RULES: OnceCell<Rules> = const { OnceCell::new() };
}

fn with_rules<T>(use_them: impl FnOnce(&Rules) -> T) -> T {
    // `read` has an answer for no configuration, so that the hooks work even where init was never called.
    RULES.with(|cell| use_them(cell.get_or_init(|| Rules::read(b"").expect("the defaults"))))
}

#[unsafe(no_mangle)]
pub extern "C" fn get_name() -> u64 {
    give(b"guardrail-rust")
}

/// # Safety
/// `config` holds `size` bytes, as for all hooks below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init(config: *const u8, size: u32) -> i32 {
    match Rules::read(unsafe { take(config, size) }) {
        Some(rules) => RULES.with(|cell| i32::from(cell.set(rules).is_err())),
        None => 1,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn cleanup() -> i32 {
    0
}

/// # Safety
/// As for `init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn http_pre_hook(input: *const u8, size: u32) -> u64 {
    let Some(call) = Call::read(unsafe { take(input, size) }, b"request", b"") else {
        return give(NOT_AN_OBJECT);
    };
    let refusal = with_rules(|rules| {
        if rules.block_nothing() {
            return None;
        }
        let body = base64::decode(json::member(call.subject, "body").and_then(json::string)?)?;
        rules.blocked_word(&body).map(refusal_of)
    });
    let mut out = call.answer();
    match refusal {
        Some(refusal) => {
            out.extend_from_slice(b",\"request\":null,\"response\":{\"status_code\":403,\"headers\":");
            out.extend_from_slice(b"{\"Content-Type\":\"application/json\"},\"body\":\"");
            base64::encode(&mut out, &refusal);
            out.extend_from_slice(b"\"},\"has_response\":true,\"error\":\"\"}");
        }
        None => out.extend_from_slice(b",\"request\":null,\"response\":null,\"has_response\":false,\"error\":\"\"}"),
    }
    give(&out)
}

/// # Safety
/// As for `init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn http_post_hook(input: *const u8, size: u32) -> u64 {
    let Some(call) = Call::read(unsafe { take(input, size) }, b"", b"") else {
        return give(NOT_AN_OBJECT);
    };
    let mut out = call.answer();
    out.extend_from_slice(b",\"error\":\"\"}");
    give(&out)
}

/// # Safety
/// As for `init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn http_stream_chunk_hook(input: *const u8, size: u32) -> u64 {
    let Some(call) = Call::read(unsafe { take(input, size) }, b"chunk", b"") else {
        return give(NOT_AN_OBJECT);
    };
    let mut edits = Edits::of(call.subject);
    if may_hold_address(call.subject) {
        edits.mask_choices(call.subject);
    }
    let mut out = call.answer();
    if edits.is_empty() {
        // No chunk and no `skip`: the gateway sends the event on as it came.
        out.extend_from_slice(b",\"chunk\":null,\"has_chunk\":false,\"skip\":false,\"error\":\"\"}");
    } else {
        out.extend_from_slice(b",\"chunk\":");
        edits.write(&mut out);
        out.extend_from_slice(b",\"has_chunk\":true,\"skip\":false,\"error\":\"\"}");
    }
    give(&out)
}

/// # Safety
/// As for `init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pre_hook(input: *const u8, size: u32) -> u64 {
    let Some(call) = Call::read(unsafe { take(input, size) }, b"request", b"") else {
        return give(NOT_AN_OBJECT);
    };
    let mut out = call.answer();
    out.extend_from_slice(b",\"request\":");
    with_rules(|rules| match json::member(call.subject, "input") {
        Some(messages) if messages.starts_with(b"[") && !rules.system_message.is_empty() => {
            let first = json::elements(messages).next();
            if first.is_some_and(|message| rules.is_system_message(message)) {
                return out.extend_from_slice(b"null");
            }
            let mut edits = Edits::of(call.subject);
            let comma: &[u8] = if first.is_some() { b"," } else { b"" };
            edits.replace(&messages[..1], [b"[", &rules.system_message[..], comma].concat());
            edits.write(&mut out);
        }
        _ => out.extend_from_slice(b"null"),
    });
    out.extend_from_slice(b",\"short_circuit\":null,\"has_short_circuit\":false,\"error\":\"\"}");
    give(&out)
}

/// # Safety
/// As for `init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn post_hook(input: *const u8, size: u32) -> u64 {
    let Some(call) = Call::read(unsafe { take(input, size) }, b"response", b"error") else {
        return give(b"{\"context\":{},\"hook_error\":\"guardrail: the input is not a JSON object\"}");
    };
    let mut edits = Edits::of(call.subject);
    if may_hold_address(call.subject) {
        // The gateway wraps a response by its kind; a bare one has its choices at the top.
        edits.mask_choices(call.subject);
        for (_, wrapped) in json::members(call.subject).filter(|(_, value)| value.starts_with(b"{")) {
            edits.mask_choices(wrapped);
        }
    }
    let mut out = call.answer();
    out.extend_from_slice(b",\"response\":");
    if edits.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        edits.write(&mut out);
    }
    if call.has_error {
        out.extend_from_slice(b",\"error\":");
        out.extend_from_slice(call.error);
        out.extend_from_slice(b",\"has_error\":true,\"hook_error\":\"\"}");
    } else {
        out.extend_from_slice(b",\"error\":null,\"has_error\":false,\"hook_error\":\"\"}");
    }
    give(&out)
}

const NOT_AN_OBJECT: &[u8] = b"{\"context\":{},\"error\":\"guardrail: the input is not a JSON object\"}";

fn refusal_of(word: &str) -> Vec<u8> {
    let mut out = b"{\"error\":{\"message\":".to_vec();
    json::quote(&mut out, format!("guardrail: the word {word} is not allowed").as_bytes());
    out.extend_from_slice(b",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"blocked_word\"}}");
    out
}

/// What a hook was given: the members that ours look at, as slices of the input.
struct Call<'a> {
    size: usize,
    context: &'a [u8],
    subject: &'a [u8],
    error: &'a [u8],
    has_error: bool,
}

impl<'a> Call<'a> {
    /// Reads up to the last member that the hook looks at. `None` when the input is no object.
    fn read(input: &'a [u8], subject: &[u8], error: &[u8]) -> Option<Call<'a>> {
        let mut call = Call { size: 0, context: b"", subject: b"", error: b"null", has_error: false };
        for (key, value) in json::members(input) {
            match key {
                b"context" if value.starts_with(b"{") => call.context = value,
                b"has_error" => call.has_error = value == b"true",
                _ if key == subject => call.subject = value,
                _ if key == error => call.error = value,
                _ => {}
            }
            let seen = !call.context.is_empty() && (subject.is_empty() || !call.subject.is_empty());
            if seen && error.is_empty() {
                return Some(call.sized());
            }
        }
        json::is_object(input).then(|| call.sized())
    }

    fn sized(mut self) -> Self {
        if self.context.is_empty() {
            self.context = b"{}";
        }
        // The largest answer repeats all that came and adds a message; a longer one grows the buffer.
        self.size = self.context.len() + self.subject.len() + self.error.len() + 256;
        self
    }

    /// The start of the answer: the context as it came, with our count one up.
    fn answer(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size);
        out.extend_from_slice(b"{\"context\":");
        match json::member(self.context, "guardrail_hooks") {
            Some(old) => {
                let start = old.as_ptr() as usize - self.context.as_ptr() as usize;
                out.extend_from_slice(&self.context[..start]);
                push_number(&mut out, number(old).wrapping_add(1));
                out.extend_from_slice(&self.context[start + old.len()..]);
            }
            None => {
                out.extend_from_slice(b"{\"guardrail_hooks\":1");
                if json::members(self.context).next().is_some() {
                    out.push(b',');
                }
                out.extend_from_slice(&self.context[1..]);
            }
        }
        out
    }
}

/// A count as an earlier hook wrote it; 0 for anything else.
fn number(text: &[u8]) -> u32 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The standard formatter is built for more than digits, and costs as much as the rest of the answer.
fn push_number(out: &mut Vec<u8>, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(b'0' + (number % 10) as u8);
}
