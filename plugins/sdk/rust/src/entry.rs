//! What the exports of [`crate::export!`] call.

use crate::memory::{give, take};
use crate::{
    ChatRequest, Chunk, Completion, Context, Fate, HttpRequest, HttpResponse, Map, Outcome, Plugin, ShortCircuit,
    Value, json,
};
use std::cell::RefCell;

/// The plug-in of this instance, and its hooks with JSON on either side.
pub struct Entry<P: Plugin>(RefCell<Option<P>>);

impl<P: Plugin> Default for Entry<P> {
    fn default() -> Self {
        Entry(RefCell::new(None))
    }
}

impl<P: Plugin> Entry<P> {
    pub fn name() -> u64 {
        give(P::NAME.as_bytes())
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn init(&self, block: *const u8, size: u32) -> i32 {
        // SAFETY: as promised above.
        let text = unsafe { take(block, size) };
        let blank = text.iter().all(u8::is_ascii_whitespace);
        let config = if blank { Ok(json!({})) } else { serde_json::from_slice(text) };
        let made = config.map_err(|error| error.to_string()).and_then(|config| P::new(&config));
        match made {
            Ok(plugin) => self.0.replace(Some(plugin)),
            Err(_) => return 1,
        };
        0
    }

    /// # Safety
    /// `block` holds `size` bytes.
    unsafe fn run(
        &self,
        block: *const u8,
        size: u32,
        failure: &str,
        hook: impl FnOnce(&mut P, &mut Context, &mut Map<String, Value>) -> Result<Value, String>,
    ) -> u64 {
        let call = || {
            // SAFETY: as promised above.
            let input = serde_json::from_slice(unsafe { take(block, size) });
            let Value::Object(mut input) = input.map_err(|error| error.to_string())? else {
                return Err("the input is not a JSON object".to_string());
            };
            let mut slot = self.0.borrow_mut();
            if slot.is_none() {
                *slot = Some(P::new(&json!({}))?);
            }
            let plugin = slot.as_mut().ok_or("the plug-in was not made")?;
            let mut context = Context::new(input.remove("context"));
            let mut answer = hook(plugin, &mut context, &mut input)?;
            answer["context"] = context.into_changes();
            Ok(answer)
        };
        let answer = call().unwrap_or_else(|why| {
            let mut answer = json!({"context": {}});
            answer[failure] = why.into();
            answer
        });
        give(answer.to_string().as_bytes())
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn http_pre_hook(&self, block: *const u8, size: u32) -> u64 {
        let hook = |plugin: &mut P, context: &mut Context, input: &mut Map<String, Value>| {
            let mut request = HttpRequest::new(input.remove("request"));
            let response = plugin.http_pre_hook(context, &mut request)?;
            let has_response = response.is_some();
            let request = if has_response { Value::Null } else { request.into_changes() };
            let response = response.map_or(Value::Null, HttpResponse::into_changes);
            Ok(
                json!({"context": {}, "request": request, "response": response, "has_response": has_response, "error": ""}),
            )
        };
        // SAFETY: as promised above.
        unsafe { self.run(block, size, "error", hook) }
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn pre_hook(&self, block: *const u8, size: u32) -> u64 {
        let hook = |plugin: &mut P, context: &mut Context, input: &mut Map<String, Value>| {
            let mut request = ChatRequest::new(input.remove("request"));
            let short = match plugin.pre_hook(context, &mut request)? {
                None => Value::Null,
                Some(ShortCircuit::Response(made)) => json!({"response": {"chat_response": made.into_changes()}}),
                Some(ShortCircuit::Error(error)) => json!({"error": error}),
            };
            let has_short = !short.is_null();
            let request = if has_short { Value::Null } else { request.into_changes() };
            Ok(
                json!({"context": {}, "request": request, "short_circuit": short, "has_short_circuit": has_short, "error": ""}),
            )
        };
        // SAFETY: as promised above.
        unsafe { self.run(block, size, "error", hook) }
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn post_hook(&self, block: *const u8, size: u32) -> u64 {
        let hook = |plugin: &mut P, context: &mut Context, input: &mut Map<String, Value>| {
            let mut response = input.remove("response").unwrap_or_default();
            let wrapped = response.get("chat_response").is_some_and(Value::is_object);
            if wrapped {
                response = response["chat_response"].take();
            }
            let is_error = input.get("has_error").and_then(Value::as_bool).unwrap_or(false);
            let mut outcome = if is_error {
                Outcome::Error(input.remove("error").unwrap_or_default())
            } else {
                Outcome::Response(Completion::new(response))
            };
            plugin.post_hook(context, &mut outcome)?;
            let (response, error) = match outcome {
                Outcome::Response(response) => (response.into_changes(), Value::Null),
                Outcome::Error(error) => (Value::Null, error),
            };
            let wrapped = (wrapped || is_error) && !response.is_null();
            let response = if wrapped { json!({"chat_response": response}) } else { response };
            let has_error = !error.is_null();
            Ok(json!({"context": {}, "response": response, "error": error, "has_error": has_error, "hook_error": ""}))
        };
        // SAFETY: as promised above.
        unsafe { self.run(block, size, "hook_error", hook) }
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn http_stream_chunk_hook(&self, block: *const u8, size: u32) -> u64 {
        let hook = |plugin: &mut P, context: &mut Context, input: &mut Map<String, Value>| {
            let completion = Completion::new(input.remove("chunk").unwrap_or_default());
            let mut chunk = Chunk::new(completion, input.remove("window"));
            let skip = matches!(plugin.http_stream_chunk_hook(context, &mut chunk)?, Fate::Drop);
            let chunk = if skip { Value::Null } else { chunk.completion.into_changes() };
            let has_chunk = !chunk.is_null();
            Ok(json!({"context": {}, "chunk": chunk, "has_chunk": has_chunk, "skip": skip, "error": ""}))
        };
        // SAFETY: as promised above.
        unsafe { self.run(block, size, "error", hook) }
    }

    /// # Safety
    /// `block` holds `size` bytes.
    pub unsafe fn http_post_hook(&self, block: *const u8, size: u32) -> u64 {
        let hook = |plugin: &mut P, context: &mut Context, input: &mut Map<String, Value>| {
            let request = HttpRequest::new(input.remove("request"));
            let mut response = HttpResponse::of_gateway(input.remove("response"));
            plugin.http_post_hook(context, &request, &mut response)?;
            Ok(json!({"context": {}, "response": response.into_changes(), "error": ""}))
        };
        // SAFETY: as promised above.
        unsafe { self.run(block, size, "error", hook) }
    }
}

/// Makes a plug-in of a type: `export!(MyPlugin: pre_hook, post_hook)`. Only the hooks that are named are exported, and a hook that is not
/// exported costs a request nothing.
#[macro_export]
macro_rules! export {
    ($plugin:ty: $($hook:ident),+ $(,)?) => {
        thread_local! {
            static SLUICE_ENTRY: $crate::Entry<$plugin> = $crate::Entry::default();
        }

        #[unsafe(no_mangle)]
        pub extern "C" fn get_name() -> u64 {
            $crate::Entry::<$plugin>::name()
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn init(block: *const u8, size: u32) -> i32 {
            // SAFETY: the gateway passes a block of that size.
            SLUICE_ENTRY.with(|entry| unsafe { entry.init(block, size) })
        }

        $(
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $hook(block: *const u8, size: u32) -> u64 {
                // SAFETY: the gateway passes a block of that size.
                SLUICE_ENTRY.with(|entry| unsafe { entry.$hook(block, size) })
            }
        )+
    };
}
