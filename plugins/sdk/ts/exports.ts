// What the gateway calls. Re-export get_name, init, malloc, free and your hooks from the file that is compiled.

import { ChatRequest } from "./chat";
import { Chunk, Fate } from "./chunk";
import { Completion, Outcome } from "./completion";
import { Context } from "./context";
import { HttpRequest, HttpResponse } from "./http";
import { isObject, quote } from "./json";
import { isOpen, Members } from "./members";
import { give, take } from "./memory";
import { plugin } from "./plugin";

export { free, malloc } from "./memory";

export function get_name(): u64 {
  return give(plugin().name);
}

export function init(block: usize, size: u32): i32 {
  const text = size == 0 ? "{}" : take(block, size);
  return isObject(text) && plugin().init(Members.of(text)) ? 0 : 1;
}

/** What a hook was given. */
class Call {
  readonly input: Members;
  readonly context: Context;

  constructor(block: usize, size: u32) {
    const text = take(block, size);
    plugin().failure = isObject(text) ? "" : "the input is not a JSON object";
    const input = Members.of(text);
    this.input = input;
    this.context = new Context(input.get("context"));
  }

  get failed(): bool {
    return plugin().failure.length > 0;
  }

  /** The whole answer; `rest` is what comes between context and error. */
  answer(rest: string, error: string = "error"): u64 {
    if (this.failed) return give(`{"context":{},"${error}":${quote(plugin().failure)}}`);
    return give(`{"context":${this.context.changes()},${rest},"${error}":""}`);
  }
}

export function http_pre_hook(block: usize, size: u32): u64 {
  const call = new Call(block, size);
  if (call.failed) return call.answer("");
  const request = new HttpRequest(call.input.get("request"));
  const response = plugin().httpPreHook(call.context, request);
  if (response === null) return call.answer(`"request":${request.changes()},"response":null,"has_response":false`);
  return call.answer(`"request":null,"response":${response.changes()},"has_response":true`);
}

export function pre_hook(block: usize, size: u32): u64 {
  const call = new Call(block, size);
  if (call.failed) return call.answer("");
  const request = new ChatRequest(call.input.get("request"));
  const short = plugin().preHook(call.context, request);
  if (short === null) {
    return call.answer(`"request":${request.changes()},"short_circuit":null,"has_short_circuit":false`);
  }
  return call.answer(`"request":null,"short_circuit":${short.json},"has_short_circuit":true`);
}

export function post_hook(block: usize, size: u32): u64 {
  const call = new Call(block, size);
  if (call.failed) return call.answer("", "hook_error");
  const sent = call.input.get("response");
  const wrapped = Members.of(sent).get("chat_response");
  const flag = call.input.get("has_error");
  const isError = flag !== null && flag == "true";
  const outcome = new Outcome();
  if (isError) outcome.error = call.input.get("error");
  else outcome.response = new Completion(isOpen(wrapped, "{") ? wrapped : sent);
  plugin().postHook(call.context, outcome);

  const error = outcome.error;
  if (error !== null) return call.answer(`"response":null,"error":${error},"has_error":true`, "hook_error");
  const response = outcome.response;
  let json = response === null ? "null" : response.changes();
  if (json != "null" && (isError || isOpen(wrapped, "{"))) json = `{"chat_response":${json}}`;
  return call.answer(`"response":${json},"error":null,"has_error":false`, "hook_error");
}

export function http_stream_chunk_hook(block: usize, size: u32): u64 {
  const call = new Call(block, size);
  if (call.failed) return call.answer("");
  const chunk = new Chunk(call.input.get("chunk"), call.input.get("window"));
  const fate = plugin().httpStreamChunkHook(call.context, chunk);
  if (fate == Fate.Drop) return call.answer('"chunk":null,"has_chunk":false,"skip":true');
  const json = chunk.completion.changes();
  return call.answer(`"chunk":${json},"has_chunk":${json != "null"},"skip":false`);
}

export function http_post_hook(block: usize, size: u32): u64 {
  const call = new Call(block, size);
  if (call.failed) return call.answer("");
  const response = new HttpResponse(call.input.get("response"));
  plugin().httpPostHook(call.context, new HttpRequest(call.input.get("request")), response);
  return call.answer(`"response":${response.changes()}`);
}
