// The bench's plugin, beside the one that collects garbage.
export { default } from "../gibbon/bench.ts";
