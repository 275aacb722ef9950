// Masker: keeps words out of what is asked and answered, also where a provider cuts them in two.

import {
  ChatRequest,
  Chunk,
  Context,
  Edit,
  elementsOf,
  Fate,
  HttpRequest,
  HttpResponse,
  Members,
  Outcome,
  Plugin,
  register,
  ShortCircuit,
  textIn,
} from "../../../sdk/ts";

export {
  free,
  get_name,
  http_post_hook,
  http_pre_hook,
  http_stream_chunk_hook,
  init,
  malloc,
  post_hook,
  pre_hook,
} from "../../../sdk/ts/exports";

class Masker extends Plugin implements Edit {
  private words: string[] = ["swordfish"];
  /** Ends a stream; needs the `window` option to be seen where a provider cuts it in two. */
  private stopAt: string = "";
  private mostMessages: i32 = 100;
  private mostBytes: i32 = 1000000;

  init(config: Members): bool {
    this.mostMessages = number(config.get("most_messages"), this.mostMessages);
    this.mostBytes = number(config.get("most_bytes"), this.mostBytes);
    this.stopAt = config.text("stop_at");
    const words = config.get("words");
    if (words === null) return true;
    if (!words.startsWith("[")) return false;
    const elements = elementsOf(words);
    this.words = elements.map<string>((element) => textIn(element));
    return !this.words.includes("");
  }

  httpPreHook(context: Context, request: HttpRequest): HttpResponse | null {
    if (String.UTF8.byteLength(request.body) > this.mostBytes) {
      return HttpResponse.error(413, "invalid_request_error", `the body has more than ${this.mostBytes} bytes`);
    }
    if (request.header("X-Masker") == "") request.setHeader("X-Masker", "on");
    return null;
  }

  preHook(context: Context, request: ChatRequest): ShortCircuit | null {
    if (!request.hasMessages) {
      this.fail("the request has no messages");
    } else if (request.messages.length > this.mostMessages) {
      return ShortCircuit.error(400, "invalid_request_error", `more than ${this.mostMessages} messages`);
    } else if (request.editTexts(this)) {
      context.set("masked", "true");
    }
    return null;
  }

  postHook(context: Context, outcome: Outcome): void {
    const response = outcome.response;
    if (response !== null && !response.isChunk && response.editTexts(this)) context.set("masked", "true");
  }

  httpStreamChunkHook(context: Context, chunk: Chunk): Fate {
    const choices = chunk.completion.choices;
    for (let i = 0; i < choices.length; i++) {
      const said = chunk.window(choices[i].index) + choices[i].text;
      if (this.stopAt.length > 0 && said.includes(this.stopAt)) this.fail(`the answer came to "${this.stopAt}"`);
    }
    let longest = 1;
    for (let i = 0; i < this.words.length; i++) longest = max(longest, this.words[i].length);
    chunk.holdBack(context, "masker_held", longest - 1, this);
    return Fate.Send;
  }

  httpPostHook(context: Context, request: HttpRequest, response: HttpResponse): void {
    const masked = context.get("masked");
    if (masked !== null && masked == "true") response.setHeader("X-Masked", "yes");
  }

  edit(text: string): string {
    let masked = text;
    for (let i = 0; i < this.words.length; i++) masked = masked.replaceAll(this.words[i], "***");
    return masked;
  }
}

function number(json: string | null, fallback: i32): i32 {
  return json === null ? fallback : <i32>parseInt(json);
}

register(new Masker("masker"));
