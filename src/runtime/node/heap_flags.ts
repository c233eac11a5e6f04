// What Node.js is told of its heap in the processes that gibbon starts of itself: its workers.

/**
 * Bounds V8's young generation, which otherwise grows to 128 MB under load and never shrinks: memory
 * doubled between 100,000 and a million events, and an event's computing time stayed what it was
 * (measured on Node.js 24). Flags of the command line come behind these, and have the last word.
 *
 * @param nodeOptions the variable `NODE_OPTIONS`; where it says something of it, that is left alone
 */
export function heapFlags(nodeOptions = ""): string[] {
  return nodeOptions.includes("semi-space-size") ? [] : ["--max-semi-space-size=16"];
}
