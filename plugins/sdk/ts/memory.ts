// The contract with the gateway, as any AssemblyScript plug-in needs it: blocks of memory and packed results.

/** A block for the gateway to write to. It lies in the manual heap, which the collector leaves alone. */
export function malloc(size: u32): usize {
  return heap.alloc(size == 0 ? 1 : size);
}

export function free(block: usize): void {
  if (block != 0) heap.free(block);
}

/** What the gateway wrote, as a string of our own. */
export function take(block: usize, size: u32): string {
  return String.UTF8.decodeUnsafe(block, size);
}

/** Hands text to the gateway, which frees it: address in the upper half, length in the lower. */
export function give(text: string): u64 {
  const size = String.UTF8.byteLength(text);
  const block = malloc(size);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, block);
  return ((block as u64) << 32) | (size as u64);
}
