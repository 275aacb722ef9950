//! Masker: keeps words out of what is asked and answered, also where a provider cuts them in two.

use sluice::{ChatRequest, Chunk, Context, Fate, HttpRequest, HttpResponse, Outcome, Plugin, ShortCircuit, Value};

struct Masker {
    words: Vec<String>,
    /// Ends a stream; needs the `window` option to be seen where a provider cuts it in two.
    stop_at: String,
    most_messages: usize,
    most_bytes: usize,
}

const MASK: &str = "***";
const HELD: &str = "masker_held";

impl Plugin for Masker {
    const NAME: &'static str = "masker";

    fn new(config: &Value) -> Result<Self, String> {
        let number = |key: &str, default: u64| match config.get(key) {
            None => Ok(default as usize),
            Some(value) => value.as_u64().map(|value| value as usize).ok_or(format!("{key} must be a whole number")),
        };
        let words = match config.get("words") {
            None => vec!["swordfish".to_string()],
            Some(Value::Array(words)) => words
                .iter()
                .map(|word| word.as_str().filter(|word| !word.is_empty()).map(str::to_string))
                .collect::<Option<_>>()
                .ok_or("words must hold texts")?,
            Some(_) => return Err("words must be a list".into()),
        };
        let stop_at =
            config.get("stop_at").map_or(Some(""), Value::as_str).ok_or("stop_at must be a text")?.to_string();
        Ok(Masker {
            stop_at,
            words,
            most_messages: number("most_messages", 100)?,
            most_bytes: number("most_bytes", 1_000_000)?,
        })
    }

    fn http_pre_hook(&mut self, _: &mut Context, request: &mut HttpRequest) -> Result<Option<HttpResponse>, String> {
        if request.body().len() > self.most_bytes {
            let why = format!("the body has more than {} bytes", self.most_bytes);
            return Ok(Some(HttpResponse::error(413, "invalid_request_error", &why)));
        }
        if request.header("X-Masker").is_empty() {
            request.set_header("X-Masker", "on");
        }
        Ok(None)
    }

    fn pre_hook(&mut self, context: &mut Context, request: &mut ChatRequest) -> Result<Option<ShortCircuit>, String> {
        if !request.has_messages() {
            return Err("the request has no messages".into());
        }
        if request.messages().len() > self.most_messages {
            let why = format!("more than {} messages", self.most_messages);
            return Ok(Some(ShortCircuit::error(400, "invalid_request_error", &why)));
        }
        if request.edit_texts(|text| self.masked(text)) {
            context.set("masked", true);
        }
        Ok(None)
    }

    fn post_hook(&mut self, context: &mut Context, outcome: &mut Outcome) -> Result<(), String> {
        if let Outcome::Response(response) = outcome
            && !response.is_chunk()
            && response.edit_texts(|text| self.masked(text))
        {
            context.set("masked", true);
        }
        Ok(())
    }

    fn http_stream_chunk_hook(&mut self, context: &mut Context, chunk: &mut Chunk) -> Result<Fate, String> {
        for choice in chunk.completion.choices() {
            let said = chunk.window(choice.index()).to_string() + &choice.text();
            if !self.stop_at.is_empty() && said.contains(&self.stop_at) {
                return Err(format!("the answer came to \"{}\"", self.stop_at));
            }
        }
        let longest = self.words.iter().map(|word| word.chars().count()).max().unwrap_or(1);
        chunk.hold_back(context, HELD, longest - 1, |text| self.masked(text));
        Ok(Fate::Send)
    }

    fn http_post_hook(
        &mut self,
        context: &mut Context,
        _: &HttpRequest,
        response: &mut HttpResponse,
    ) -> Result<(), String> {
        if context.get("masked") == Some(&Value::Bool(true)) {
            response.set_header("X-Masked", "yes");
        }
        Ok(())
    }
}

impl Masker {
    /// `text` without the words; `None` where it has none.
    fn masked(&self, text: &str) -> Option<String> {
        let found = self.words.iter().any(|word| text.contains(word.as_str()));
        found.then(|| self.words.iter().fold(text.to_string(), |text, word| text.replace(word.as_str(), MASK)))
    }
}

sluice::export!(Masker: http_pre_hook, pre_hook, post_hook, http_stream_chunk_hook, http_post_hook);
