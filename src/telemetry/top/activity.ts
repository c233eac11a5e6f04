// What happened between two pages of a server: rates, times and failures of its plugins.
import type { Sample } from "../metrics/family.ts";
import type { Scraped } from "./scrape.ts";

/** One plugin. Times are in milliseconds; null where no event was over in the time. */
export interface PluginActivity {
  readonly plugin: string;
  readonly instances: number;
  readonly eventsPerSecond: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Events that failed, were late or were refused, in the time; and since the server began. */
  readonly failures: number;
  readonly failuresInAll: number;
  readonly isStopped: boolean;
}

/** A server. */
export interface Activity {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly eventsUnderWay: number;
  readonly connections: number;
  readonly workers: number;
  readonly workersWanted: number;
  readonly workersSilent: number;
  readonly restarts: number;
  /** Of all processes. */
  readonly memoryBytes: number;
  readonly plugins: readonly PluginActivity[];
}

const FAILED = ["failed", "timed-out", "refused"];

/** What happened from one page to a later one. */
export function activityBetween(before: Scraped, after: Scraped, seconds: number): Activity {
  const plugins = pluginsOf(after).map((plugin) => ofPlugin(plugin, before, after, seconds));
  const now = (name: string) => sum(after.get(name));
  return {
    seconds,
    eventsPerSecond: plugins.reduce((all, { eventsPerSecond }) => all + eventsPerSecond, 0),
    eventsUnderWay: now("gibbon_events_under_way"),
    connections: now("gibbon_connections"),
    workers: now("gibbon_workers"),
    workersWanted: now("gibbon_workers_wanted"),
    workersSilent: now("gibbon_workers_silent"),
    restarts: now("gibbon_worker_restarts_total"),
    memoryBytes: now("gibbon_process_resident_memory_bytes"),
    plugins,
  };
}

/** All that have events or instances, the busiest names in the order of the alphabet. */
function pluginsOf(page: Scraped): string[] {
  const names = ["gibbon_events_total", "gibbon_instances"].flatMap((name) =>
    (page.get(name) ?? []).map(({ labels }) => labels.plugin ?? "")
  );
  return [...new Set(names)].sort();
}

function ofPlugin(
  plugin: string,
  before: Scraped,
  after: Scraped,
  seconds: number,
): PluginActivity {
  const isOwn = ({ labels }: Sample) => labels.plugin === plugin;
  const hasFailed = (sample: Sample) => isOwn(sample) && FAILED.includes(sample.labels.outcome!);
  const grown = (keep: (sample: Sample) => boolean) =>
    growth(
      sum(before.get("gibbon_events_total"), keep),
      sum(after.get("gibbon_events_total"), keep),
    );
  const took = (part: number) => quantile(part, bucketsOf(before, isOwn), bucketsOf(after, isOwn));
  return {
    plugin,
    instances: sum(after.get("gibbon_instances"), isOwn),
    eventsPerSecond: grown(isOwn) / seconds,
    p50: took(0.5),
    p99: took(0.99),
    failures: grown(hasFailed),
    failuresInAll: sum(after.get("gibbon_events_total"), hasFailed),
    isStopped: sum(after.get("gibbon_plugin_stopped"), isOwn) > 0,
  };
}

/** A counter that went back belongs to a new server. */
function growth(before: number, after: number): number {
  return after >= before ? after - before : after;
}

function sum(samples: readonly Sample[] = [], keep: (sample: Sample) => boolean = () => true) {
  return samples.filter(keep).reduce((all, { value }) => all + value, 0);
}

/** Counts within each bound, of all phases together. */
function bucketsOf(page: Scraped, keep: (sample: Sample) => boolean): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const sample of page.get("gibbon_event_duration_seconds_bucket") ?? []) {
    if (!keep(sample)) continue;
    const bound = sample.labels.le === "+Inf" ? Infinity : Number(sample.labels.le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + sample.value);
  }
  return buckets;
}

/** Where in the buckets a part of the events lies, in milliseconds; within a bucket evenly. */
function quantile(
  part: number,
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number | null {
  const counts = [...after].sort(([a], [b]) => a - b).map(([bound, count]) =>
    [bound, growth(before.get(bound) ?? 0, count)] as const
  );
  const wanted = part * (counts.at(-1)?.[1] ?? 0);
  if (wanted === 0) return null;
  let [low, within] = [0, 0];
  for (const [bound, count] of counts) {
    if (count >= wanted) {
      if (bound === Infinity) return low * 1000;
      return (low + (bound - low) * (wanted - within) / (count - within)) * 1000;
    }
    [low, within] = [bound, count];
  }
  return null;
}
