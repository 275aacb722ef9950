//! What the gateway does for plug-ins: the import module `sluice`. A plug-in that calls nothing here imports nothing.
//!
//! An `Err` is the host's sentence: what failed, or what the plug-in's entry does not permit.

use crate::{Value, json};
use std::time::Duration;

#[link(wasm_import_module = "sluice")]
unsafe extern "C" {
    fn result_length() -> i32;
    fn result_read(block: *mut u8, capacity: i32) -> i32;
    #[link_name = "log"]
    fn host_log(level: i32, text: *const u8, size: i32);
    fn config_get(key: *const u8, size: i32) -> i64;
    fn var_get(key: *const u8, size: i32) -> i64;
    fn var_set(key: *const u8, size: i32, value: *const u8, value_size: i32, ttl_ms: i64) -> i64;
    fn var_delete(key: *const u8, size: i32) -> i64;
    fn var_compare_and_swap(
        key: *const u8,
        size: i32,
        expected: *const u8,
        expected_size: i32,
        value: *const u8,
        value_size: i32,
        ttl_ms: i64,
    ) -> i64;
    fn var_add(key: *const u8, size: i32, delta: i64, ttl_ms: i64) -> i64;
    fn http_request(request: *const u8, size: i32, body: *const u8, body_size: i32) -> i64;
    fn llm_call(request: *const u8, size: i32) -> i64;
    fn metric_add(name: *const u8, size: i32, labels: *const u8, labels_size: i32, value: f64) -> i64;
    fn metric_set(name: *const u8, size: i32, labels: *const u8, labels_size: i32, value: f64) -> i64;
    #[link_name = "clock_ms"]
    fn host_clock_ms() -> i64;
    #[link_name = "random"]
    fn host_random(block: *mut u8, size: i32) -> i64;
}

const ABSENT: i64 = -1;

/// What the last call left with the host.
fn result_bytes() -> Vec<u8> {
    // SAFETY: the host writes at most `capacity` bytes and says how many.
    unsafe {
        let mut bytes = vec![0; result_length() as usize];
        let read = result_read(bytes.as_mut_ptr(), bytes.len() as i32);
        bytes.truncate(read as usize);
        bytes
    }
}

fn result_text() -> String {
    String::from_utf8_lossy(&result_bytes()).into_owned()
}

/// The meaning of a call that yields data.
fn data(code: i64) -> Result<Option<Vec<u8>>, String> {
    match code {
        0.. => Ok(Some(result_bytes())),
        ABSENT => Ok(None),
        _ => Err(result_text()),
    }
}

/// The meaning of a call that yields a number.
fn number(code: i64) -> Result<i64, String> {
    if code < 0 { Err(result_text()) } else { Ok(code) }
}

fn milliseconds(ttl: Option<Duration>) -> i64 {
    ttl.map_or(0, |ttl| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).max(1))
}

pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// A line in the gateway's log, with the plug-in's name.
pub fn log(level: Level, text: &str) {
    // SAFETY: the host reads the text and keeps nothing.
    unsafe { host_log(level as i32, text.as_ptr(), text.len() as i32) }
}

/// A member of `config` of the plug-in's entry: a string's text, everything else as JSON.
pub fn config(key: &str) -> Result<Option<String>, String> {
    // SAFETY: the host reads the key and keeps nothing; so it is with all calls below.
    let value = data(unsafe { config_get(key.as_ptr(), key.len() as i32) })?;
    Ok(value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// A variable: shared by all instances of the plug-in.
pub fn variable(key: &str) -> Result<Option<Vec<u8>>, String> {
    data(unsafe { var_get(key.as_ptr(), key.len() as i32) })
}

/// Without `ttl` the variable stays for ever.
pub fn set_variable(key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), String> {
    let (ttl, size) = (milliseconds(ttl), value.len() as i32);
    number(unsafe { var_set(key.as_ptr(), key.len() as i32, value.as_ptr(), size, ttl) }).map(|_| ())
}

/// Whether there was one.
pub fn delete_variable(key: &str) -> Result<bool, String> {
    number(unsafe { var_delete(key.as_ptr(), key.len() as i32) }).map(|deleted| deleted == 1)
}

/// What became of a compare-and-swap.
pub enum Swap {
    Done,
    /// What the variable holds instead; empty where it is absent.
    Refused(Vec<u8>),
}

/// Sets a variable if it still holds `expected`; `None` stands for "absent".
pub fn swap_variable(key: &str, expected: Option<&[u8]>, value: &[u8], ttl: Option<Duration>) -> Result<Swap, String> {
    let (old, old_size) = expected.map_or((std::ptr::null(), -1), |bytes| (bytes.as_ptr(), bytes.len() as i32));
    let (ttl, size) = (milliseconds(ttl), value.len() as i32);
    let code =
        unsafe { var_compare_and_swap(key.as_ptr(), key.len() as i32, old, old_size, value.as_ptr(), size, ttl) };
    match code {
        1 => Ok(Swap::Done),
        0 => Ok(Swap::Refused(result_bytes())),
        _ => Err(result_text()),
    }
}

/// Adds to a variable that holds a number, 0 where it is absent; the new number. `ttl` counts from the variable's creation.
pub fn add_to_variable(key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64, String> {
    let sum = data(unsafe { var_add(key.as_ptr(), key.len() as i32, delta, milliseconds(ttl)) })?;
    let text = sum.unwrap_or_default();
    std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()).ok_or_else(|| format!("{key} holds no number"))
}

/// What `http` sends. `url` is all that it needs.
pub struct Request<'a> {
    pub url: &'a str,
    pub method: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
    pub timeout: Option<Duration>,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Request { url: "", method: "GET", headers: &[], body: &[], timeout: None }
    }
}

pub struct Response {
    pub status: u16,
    pub headers: Value,
    pub body: Vec<u8>,
}

/// Asks a server that `allowed_hosts` of the plug-in's entry names.
pub fn http(request: &Request) -> Result<Response, String> {
    let mut head = json!({"url": request.url, "method": request.method, "headers": {}});
    for (name, value) in request.headers {
        head["headers"][*name] = (*value).into();
    }
    if let Some(timeout) = request.timeout {
        head["timeout_ms"] = milliseconds(Some(timeout)).into();
    }
    let (head, body) = (head.to_string(), request.body);
    let answer = data(unsafe { http_request(head.as_ptr(), head.len() as i32, body.as_ptr(), body.len() as i32) })?;
    let answer: Value = serde_json::from_slice(&answer.unwrap_or_default()).map_err(|error| error.to_string())?;
    let body = match (answer["body"].as_str(), answer["body_base64"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(text)) => crate::http::bytes_of(text).ok_or("the body is no base64 text")?,
        (None, None) => Vec::new(),
    };
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
    Ok(Response { status, headers: answer["headers"].clone(), body })
}

/// A chat completion by way of the gateway, its providers, keys and fallbacks. A provider's error is an `Err` with the error's JSON.
pub fn llm(request: &Value) -> Result<Value, String> {
    let text = request.to_string();
    let answer = data(unsafe { llm_call(text.as_ptr(), text.len() as i32) })?;
    serde_json::from_slice(&answer.unwrap_or_default()).map_err(|error| error.to_string())
}

fn labels_of(labels: &[(&str, &str)]) -> String {
    let labels = labels.iter().map(|(name, value)| (name.to_string(), Value::from(*value))).collect();
    Value::Object(labels).to_string()
}

/// Adds to a counter of the plug-in's own in `/metrics`.
pub fn count(name: &str, labels: &[(&str, &str)], value: f64) -> Result<(), String> {
    let labels = labels_of(labels);
    let size = labels.len() as i32;
    number(unsafe { metric_add(name.as_ptr(), name.len() as i32, labels.as_ptr(), size, value) }).map(|_| ())
}

/// Sets a gauge of the plug-in's own in `/metrics`.
pub fn gauge(name: &str, labels: &[(&str, &str)], value: f64) -> Result<(), String> {
    let labels = labels_of(labels);
    let size = labels.len() as i32;
    number(unsafe { metric_set(name.as_ptr(), name.len() as i32, labels.as_ptr(), size, value) }).map(|_| ())
}

/// Milliseconds since 1970, where the plug-in's entry permits a clock.
pub fn clock_ms() -> Result<i64, String> {
    number(unsafe { host_clock_ms() })
}

/// Fills `bytes`, where the plug-in's entry permits randomness.
pub fn random(bytes: &mut [u8]) -> Result<(), String> {
    number(unsafe { host_random(bytes.as_mut_ptr(), bytes.len() as i32) }).map(|_| ())
}
