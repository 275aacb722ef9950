// What calls cost with Extism's SDK for Node; prints JSON as bench/timing.hpp does.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import createPlugin from '@extism/extism';

const { values: options } = parseArgs({ options: { wasm: { type: 'string' }, ms: { type: 'string', default: '300' } } });
const wasm = readFileSync(options.wasm);

// Rounds of `batch` runs each, for the time and at least five times, as in bench/timing.hpp.
async function measure(batch, work) {
  for (let i = 0; i < batch; ++i) await work();
  const rounds = [];
  const end = performance.now() + Number(options.ms);
  while (performance.now() < end || rounds.length < 5) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < batch; ++i) await work();
    rounds.push(Number(process.hrtime.bigint() - begin) / batch);
  }
  rounds.sort((a, b) => a - b);
  return { median_ns: rounds[rounds.length >> 1], p99_ns: rounds[Math.floor((rounds.length * 99) / 100)] };
}

const compiled = await WebAssembly.compile(wasm);
const create = () => createPlugin(compiled, { useWasi: false });
const plugin = await create();
const found = {};

async function add(name, batch, fn, size) {
  const input = new Uint8Array(size).fill('e'.charCodeAt(0));
  // It never frees the blocks of a call by itself.
  found[name] = await measure(batch, async () => {
    await plugin.call(fn, input);
    await plugin.reset();
  });
}

await add('call nothing', 100, 'nothing', 0);
await add('echo 64 B', 100, 'echo', 64);
await add('echo 1 KiB', 50, 'echo', 1 << 10);
await add('echo 64 KiB', 1, 'echo', 64 << 10);
await add('count_vowels 64 KiB', 1, 'count_vowels', 64 << 10);
found['create and free'] = await measure(1, async () => (await create()).close());
found['create, call and free'] = await measure(1, async () => {
  const one = await create();
  await one.call('nothing');
  await one.close();
});
console.log(JSON.stringify(found));
