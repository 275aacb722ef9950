//! my-plugin: puts a system message in front of every chat. Change it to what you need.

use sluice::{ChatRequest, Context, Message, Plugin, ShortCircuit, Value};

struct SystemMessage {
    text: String,
}

impl Plugin for SystemMessage {
    const NAME: &'static str = "my-plugin";

    /// Reads `config` of the plug-in's entry. An error refuses the plug-in.
    fn new(config: &Value) -> Result<Self, String> {
        let text = match config.get("message") {
            None => "Answer in one sentence.",
            Some(message) => message.as_str().ok_or("message must be a text")?,
        };
        Ok(SystemMessage { text: text.into() })
    }

    fn pre_hook(&mut self, _: &mut Context, request: &mut ChatRequest) -> Result<Option<ShortCircuit>, String> {
        if !request.has_messages() {
            return Err("the request has no messages".into());
        }
        request.messages_mut().insert(0, Message::new("system", &self.text));
        Ok(None)
    }
}

sluice::export!(SystemMessage: pre_hook);
