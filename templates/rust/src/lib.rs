//! my-plugin: puts a system message in front of every chat. Change it to what you need.

mod memory;

use memory::{give, take};
use serde_json::{Value, json};
use std::cell::RefCell;

thread_local! {
    static MESSAGE: RefCell<String> = RefCell::new("Answer in one sentence.".into());
}

#[unsafe(no_mangle)]
pub extern "C" fn get_name() -> u64 {
    give(b"my-plugin")
}

/// Reads `config` of the plug-in's entry. Anything but 0 refuses the plug-in.
///
/// # Safety
/// The gateway passes a block of `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init(block: *const u8, size: u32) -> i32 {
    // SAFETY: as promised above.
    let Ok(config) = serde_json::from_slice::<Value>(unsafe { take(block, size) }) else { return 1 };
    if let Some(message) = config.get("message") {
        let Some(message) = message.as_str() else { return 1 };
        MESSAGE.with_borrow_mut(|kept| *kept = message.into());
    }
    0
}

/// # Safety
/// The gateway passes a block of `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pre_hook(block: *const u8, size: u32) -> u64 {
    // SAFETY: as promised above.
    let answer = match with_message(unsafe { take(block, size) }) {
        Ok(messages) => json!({"context": {}, "request": {"input": messages}, "error": ""}),
        Err(error) => json!({"context": {}, "error": error}),
    };
    give(answer.to_string().as_bytes())
}

/// The messages with ours in front. What is left out of an answer stays as it was.
fn with_message(input: &[u8]) -> Result<Vec<Value>, String> {
    let input: Value = serde_json::from_slice(input).map_err(|error| error.to_string())?;
    let messages = input["request"]["input"].as_array().ok_or("the request has no messages")?;
    let ours = MESSAGE.with_borrow(|message| json!({"role": "system", "content": message}));
    Ok([ours].into_iter().chain(messages.iter().cloned()).collect())
}
