use crate::{ChatRequest, Chunk, Completion, Context, Fate, HttpRequest, HttpResponse, Value, json};

/// A plug-in: one value an instance, made from the configuration of its entry.
///
/// An instance serves one call at a time and may be replaced at any time: what must last belongs into the context, or to the host.
///
/// An `Err` of a hook is a sentence for the gateway's log. `http_pre_hook` answers the request with it (500), `http_stream_chunk_hook` ends the
/// stream with it; after the other hooks the request goes on as it was.
pub trait Plugin: Sized {
    const NAME: &'static str;

    /// `config` of the plug-in's entry; `{}` where there is none. An `Err` refuses the plug-in.
    fn new(config: &Value) -> Result<Self, String>;

    /// A request has been read. A response answers it at once; no other hook runs.
    fn http_pre_hook(&mut self, _: &mut Context, _: &mut HttpRequest) -> Result<Option<HttpResponse>, String> {
        Ok(None)
    }

    /// The provider is about to be asked. A short circuit answers in its place.
    fn pre_hook(&mut self, _: &mut Context, _: &mut ChatRequest) -> Result<Option<ShortCircuit>, String> {
        Ok(None)
    }

    /// The provider has answered; in a stream, once an event.
    fn post_hook(&mut self, _: &mut Context, _: &mut Outcome) -> Result<(), String> {
        Ok(())
    }

    /// An event of a stream is about to be sent.
    fn http_stream_chunk_hook(&mut self, _: &mut Context, _: &mut Chunk) -> Result<Fate, String> {
        Ok(Fate::Send)
    }

    /// A plain answer is about to be sent.
    fn http_post_hook(&mut self, _: &mut Context, _: &HttpRequest, _: &mut HttpResponse) -> Result<(), String> {
        Ok(())
    }
}

/// What is answered without a provider being asked.
pub enum ShortCircuit {
    Response(Completion),
    /// The JSON of an error, as [`ShortCircuit::error`] makes it.
    Error(Value),
}

impl ShortCircuit {
    /// A completion with one choice that says `text`.
    pub fn text(request: &ChatRequest, text: &str) -> Self {
        ShortCircuit::Response(Completion::saying(request.model(), text))
    }

    /// An error in OpenAI's shape.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        ShortCircuit::Error(json!({"status_code": status, "error": {"message": message, "type": kind}}))
    }
}

/// What the provider said. Put a `Response` in the place of an `Error` to recover, or an `Error` in the place of a `Response` to refuse it.
pub enum Outcome {
    Response(Completion),
    Error(Value),
}
