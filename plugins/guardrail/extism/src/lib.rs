//! Guardrail on Extism's PDK: blocks words in requests, adds a system message, masks e-mail addresses in answers, counts
//! its calls.

mod rules;

use base64::{Engine, prelude::BASE64_STANDARD};
use extism_pdk::*;
use rules::{Rules, mask_choices};
use serde_json::{Value, json};
use std::cell::OnceCell;

thread_local! {
    static RULES: OnceCell<Rules> = const { OnceCell::new() };
}

/// Called once an instance, before all hooks. An error refuses the configuration.
#[plugin_fn]
pub fn init(_config: String) -> FnResult<()> {
    let rules = Rules::read()?;
    RULES.with(|cell| cell.set(rules)).map_err(|_| Error::msg("init is called once"))?;
    Ok(())
}

fn with_rules<T>(use_them: impl FnOnce(&Rules) -> T) -> T {
    RULES.with(|cell| use_them(cell.get().expect("init comes first")))
}

#[plugin_fn]
pub fn get_name() -> FnResult<&'static str> {
    Ok("guardrail-extism")
}

#[plugin_fn]
pub fn http_pre_hook(input: Vec<u8>) -> FnResult<String> {
    let call = read(&input)?;
    let body = BASE64_STANDARD.decode(call["request"]["body"].as_str().unwrap_or_default())?;
    let word = with_rules(|rules| rules.blocked_word(&body).map(str::to_string));
    let Some(word) = word else { return answer(&call, json!({})) };
    let refusal = json!({"error": {"message": format!("guardrail: the word {word} is not allowed"),
                                   "type": "invalid_request_error", "param": null, "code": "blocked_word"}});
    answer(
        &call,
        json!({"has_response": true,
               "response": {"status_code": 403, "headers": {"Content-Type": "application/json"},
                            "body": BASE64_STANDARD.encode(refusal.to_string())}}),
    )
}

#[plugin_fn]
pub fn pre_hook(input: Vec<u8>) -> FnResult<String> {
    let mut call = read(&input)?;
    let message = with_rules(|rules| json!({"role": "system", "content": rules.system_message}));
    let messages = call["request"]["input"].take();
    match messages {
        // A fallback asks again with what we gave.
        Value::Array(mut messages) if message["content"] != "" && messages.first() != Some(&message) => {
            messages.insert(0, message);
            answer(&call, json!({"request": {"input": messages}}))
        }
        _ => answer(&call, json!({})),
    }
}

#[plugin_fn]
pub fn post_hook(input: Vec<u8>) -> FnResult<String> {
    let mut call = read(&input)?;
    let mut response = call["response"].take();
    if !mask_choices(&mut response["chat_response"]) {
        return answer(&call, json!({"has_error": call["has_error"], "error": call["error"]}));
    }
    answer(&call, json!({"response": response, "has_error": call["has_error"], "error": call["error"]}))
}

#[plugin_fn]
pub fn http_stream_chunk_hook(input: Vec<u8>) -> FnResult<String> {
    let mut call = read(&input)?;
    let mut chunk = call["chunk"].take();
    if mask_choices(&mut chunk) { answer(&call, json!({"has_chunk": true, "chunk": chunk})) } else { answer(&call, json!({})) }
}

#[plugin_fn]
pub fn http_post_hook(input: Vec<u8>) -> FnResult<String> {
    answer(&read(&input)?, json!({}))
}

/// The input of a hook. An error becomes the hook's failure, with its text.
fn read(input: &[u8]) -> Result<Value, Error> {
    let call: Value = serde_json::from_slice(input)?;
    if !call.is_object() {
        return Err(Error::msg("guardrail: the input is not a JSON object"));
    }
    Ok(call)
}

/// An answer that also counts our hooks in the context: keys that we leave out stay.
fn answer(call: &Value, mut answer: Value) -> FnResult<String> {
    let count = call["context"]["guardrail_hooks"].as_u64().unwrap_or_default();
    answer["context"] = json!({"guardrail_hooks": count + 1});
    Ok(answer.to_string())
}
