//! Typed hooks for plug-ins of the Sluice gateway.
//!
//! Implement [`Plugin`], name the hooks that you implement in [`export!`], and build for `wasm32-unknown-unknown`: exports, memory, JSON and
//! what an answer looks like are this library's. Everything typed is a view of the JSON that came: a member that no type here knows stays as
//! it was, and only what you changed goes back.
//!
//! ```ignore
//! use sluice::{ChatRequest, Context, Message, Plugin, ShortCircuit, Value};
//!
//! struct Brief;
//!
//! impl Plugin for Brief {
//!     const NAME: &'static str = "brief";
//!     fn new(_config: &Value) -> Result<Self, String> {
//!         Ok(Brief)
//!     }
//!     fn pre_hook(&mut self, _context: &mut Context, request: &mut ChatRequest) -> Result<Option<ShortCircuit>, String> {
//!         request.messages_mut().insert(0, Message::new("system", "Be brief."));
//!         Ok(None)
//!     }
//! }
//!
//! sluice::export!(Brief: pre_hook);
//! ```

mod chat;
mod chunk;
mod completion;
mod context;
mod entry;
pub mod host;
mod http;
mod memory;
mod plugin;

pub use chat::{ChatRequest, Message};
pub use chunk::{Chunk, Fate};
pub use completion::{Choice, Completion};
pub use context::Context;
#[doc(hidden)]
pub use entry::Entry;
pub use http::{HttpRequest, HttpResponse};
pub use plugin::{Outcome, Plugin, ShortCircuit};
pub use serde_json::{Map, Value, json};
