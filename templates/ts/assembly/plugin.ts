// my-plugin: puts a system message in front of every chat. Change it to what you need.
// AssemblyScript: TypeScript's syntax, no exceptions: look before you use.

import { isArray, isObject, isString, member, quote, textOf, whole } from "./json";
import { give, take } from "./memory";

export { malloc, free } from "./memory";

let message = "Answer in one sentence.";

export function get_name(): u64 {
  return give("my-plugin");
}

/** Reads `config` of the plug-in's entry. Anything but 0 refuses the plug-in. */
export function init(block: usize, size: u32): i32 {
  const config = take(block, size);
  if (!isObject(config)) return 1;
  const given = member(config, whole(config), "message");
  if (given === null) return 0;
  if (!isString(config, given)) return 1;
  message = textOf(config, given);
  return 0;
}

export function pre_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("the input is not a JSON object"));
  const request = member(input, whole(input), "request");
  if (request === null) return give(failure("the input has no request"));
  const messages = member(input, request, "input");
  if (messages === null || !isArray(input, messages)) return give(failure("the request has no messages"));

  // Ours in front of the others. What is left out of an answer stays as it was.
  const others = input.slice(messages.start + 1, messages.end);
  const comma = others.trimStart().startsWith("]") ? "" : ",";
  const ours = `{"role":"system","content":${quote(message)}}`;
  return give(`{"context":{},"request":{"input":[${ours}${comma}${others}},"error":""}`);
}

function failure(why: string): string {
  return `{"context":{},"error":${quote(why)}}`;
}
