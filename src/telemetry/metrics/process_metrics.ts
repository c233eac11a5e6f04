// What every process says of itself: memory, descriptors, time of the processor, a blocked event loop.
import { readdirSync } from "node:fs";
import process from "node:process";
import { family, type MetricDefinition, type MetricFamily, type Sample } from "./family.ts";
import { Histogram } from "./histogram.ts";

const PROCESS = ["process"] as const;

/** The metrics of a process. Its name is the label `process`. */
export const PROCESS_METRICS = {
  memory: {
    name: "gibbon_process_resident_memory_bytes",
    help: "Memory that the process has in RAM",
    type: "gauge",
    unit: "bytes",
    labels: PROCESS,
  },
  heap: {
    name: "gibbon_process_heap_bytes",
    help: "Memory that JavaScript values take up",
    type: "gauge",
    unit: "bytes",
    labels: PROCESS,
  },
  cpu: {
    name: "gibbon_process_cpu_seconds_total",
    help: "Time that the process has had a processor",
    type: "counter",
    unit: "seconds",
    labels: PROCESS,
  },
  descriptors: {
    name: "gibbon_process_open_descriptors",
    help: "Open files and sockets; only where there is /proc",
    type: "gauge",
    unit: "descriptors",
    labels: PROCESS,
  },
  started: {
    name: "gibbon_process_start_time_seconds",
    help: "When the process began, since 1970",
    type: "gauge",
    unit: "seconds",
    labels: PROCESS,
  },
  delay: {
    name: "gibbon_event_loop_delay_seconds",
    help: "How late a timer of 100 ms was: nothing else ran for so long",
    type: "histogram",
    unit: "seconds",
    labels: PROCESS,
  },
} as const satisfies Record<string, MetricDefinition>;

/** How often the event loop is tried, in milliseconds. */
const TICK_MS = 100;
/** Upper bounds of its delay, in seconds. */
const DELAY_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];

/** Watches this process from now on. */
export class ProcessMetrics {
  readonly #name: string;
  readonly #delay = new Histogram(DELAY_BOUNDS);
  readonly #timer: ReturnType<typeof setInterval>;
  #due = performance.now() + TICK_MS;

  /** @param name the label: `supervisor`, `worker-0` */
  constructor(name: string) {
    this.#name = name;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Its numbers now. */
  families(): MetricFamily[] {
    const { memory, heap, cpu, descriptors, started, delay } = PROCESS_METRICS;
    const labels = { process: this.#name };
    const one = (definition: MetricDefinition, value: number | undefined) =>
      family(definition, value === undefined ? [] : [{ value, labels } satisfies Sample]);
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      one(memory, rss),
      one(heap, heapUsed),
      one(cpu, (user + system) / 1e6),
      one(descriptors, openDescriptors()),
      one(started, Date.now() / 1000 - process.uptime()),
      family(delay, this.#delay.samples(delay.name, labels)),
    ];
  }

  /** Watches no longer. */
  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#delay.observe(Math.max(0, now - this.#due) / 1000);
    this.#due = now + TICK_MS;
  }
}

/** Undefined where nobody tells. The one that reads the list is not counted. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}
