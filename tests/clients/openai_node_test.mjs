// The official openai library for Node, unmodified, against the gateway.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
// The library stands outside the checkout: found through the folder that `setup` printed.
const library = createRequire(path.join(process.env.CLIENTS, "package.json")).resolve("openai");
const { default: OpenAI } = await import(pathToFileURL(library));

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const say = (content) => [{ role: "user", content }];

let gateway;
let client;

before(async () => {
  gateway = spawn("python3", [path.join(here, "gateway.py")], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const baseURL of createInterface({ input: gateway.stdout })) {
    client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, timeout: 30_000 });
    break;
  }
  assert.ok(client, "the gateway did not start");
});

after(async () => {
  gateway.stdin.end();
  await new Promise((resolve) => gateway.once("exit", resolve));
  assert.equal(gateway.exitCode, 0);
});

const ask = (model, content = "Hello", more = {}) =>
  client.chat.completions.create({ model, messages: say(content), ...more });

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test("gets a plain answer with usage", async () => {
  const answer = await ask("mock/echo", "Say this back");
  assert.match(answer.choices[0].message.content, /Say this back/);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
});

test("reaches an upstream by its provider prefix", async () => {
  const answer = await ask("upstream/gpt-test");
  assert.equal(answer.model, "gpt-test");
  assert.equal(answer.choices[0].message.content, "Hello from the mock upstream.");
});

for (const [model, expected] of [["mock/echo", /one two three/], ["upstream/gpt-test?chunks=3", /word0 word1 word2 /]]) {
  test(`streams word by word: ${model}`, async () => {
    const chunks = await collect(await ask(model, "one two three", { stream: true }));
    assert.match(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), expected);
    assert.ok(chunks.length > 3);
    assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
  });
}

for (const model of ["mock/echo", "upstream/gpt-test"]) {
  test(`streams usage when it is asked for: ${model}`, async () => {
    const more = { stream: true, stream_options: { include_usage: true } };
    const chunks = await collect(await ask(model, "Hello", more));
    assert.ok(chunks.at(-1).usage.total_tokens > 0);
  });

  test(`gets tool calls: ${model}`, async () => {
    const answer = await ask(model, "Weather?", { tools: [weather], tool_choice: "required" });
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, "get_weather");
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
  });
}

for (const [status, expected] of [[400, "BadRequestError"], [401, "AuthenticationError"], [404, "NotFoundError"],
                                  [429, "RateLimitError"], [500, "InternalServerError"]]) {
  for (const stream of [false, true]) {
    test(`raises ${expected} for ${status}${stream ? " while streaming" : ""}`, async () => {
      await assert.rejects(ask(`upstream/gpt-test?status=${status}`, "Hello", { stream }), (error) => {
        assert.ok(error instanceof OpenAI[expected], `${error.constructor.name}: ${error.message}`);
        assert.equal(error.status, status);
        return true;
      });
    });
  }
}

test("fails when a stream is cut", async () => {
  const stream = await ask("upstream/gpt-test?cut=body&cut_after=2", "Hello", { stream: true });
  await assert.rejects(collect(stream));
});

test("lists models", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes("mock/echo"));
});
