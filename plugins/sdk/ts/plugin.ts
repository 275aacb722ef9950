import { ChatRequest } from "./chat";
import { Chunk, Fate } from "./chunk";
import { Outcome, ShortCircuit } from "./completion";
import { Context } from "./context";
import { HttpRequest, HttpResponse } from "./http";
import { Members } from "./members";

/**
 * A plug-in: extend it, `register` one value of your class, and re-export from "sluice/exports" the hooks that you wrote. A hook that is not
 * exported costs a request nothing.
 *
 * An instance serves one call at a time and may be replaced at any time: what must last belongs into the context, or to the host.
 */
export class Plugin {
  /** Why the hook that runs failed; empty when it did not. */
  failure: string = "";

  constructor(readonly name: string) {}

  /**
   * AssemblyScript has no exceptions: call this and return. The sentence goes to the gateway's log. `http_pre_hook` answers the request with it
   * (500), `http_stream_chunk_hook` ends the stream with it; after the other hooks the request goes on as it was.
   */
  fail(why: string): void {
    this.failure = why;
  }

  /** `config` of the plug-in's entry. False refuses the plug-in. */
  init(config: Members): bool {
    return true;
  }

  /** A request has been read. A response answers it at once; no other hook runs. */
  httpPreHook(context: Context, request: HttpRequest): HttpResponse | null {
    return null;
  }

  /** The provider is about to be asked. A short circuit answers in its place. */
  preHook(context: Context, request: ChatRequest): ShortCircuit | null {
    return null;
  }

  /** The provider has answered; in a stream, once an event. */
  postHook(context: Context, outcome: Outcome): void {}

  /** An event of a stream is about to be sent. */
  httpStreamChunkHook(context: Context, chunk: Chunk): Fate {
    return Fate.Send;
  }

  /** A plain answer is about to be sent. */
  httpPostHook(context: Context, request: HttpRequest, response: HttpResponse): void {}
}

let registered: Plugin = new Plugin("");

export function register(plugin: Plugin): void {
  registered = plugin;
}

export function plugin(): Plugin {
  return registered;
}
