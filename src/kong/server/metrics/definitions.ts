// The metrics of a plugin server for Kong. docs/operators/metrics.md explains each; a test compares.
import type { MetricDefinition } from "../../../telemetry/metrics/family.ts";

/** What became of an event. */
export const OUTCOMES = [
  "returned",
  "exited",
  "failed",
  "timed-out",
  "abandoned",
  "refused",
] as const;
/** What became of an event. */
export type EventOutcome = (typeof OUTCOMES)[number];

/** All metrics of a server but those of its processes (telemetry/metrics/process_metrics.ts). */
export const KONG_METRICS = {
  build: {
    name: "gibbon_build_info",
    help: "1; its labels say what runs",
    type: "gauge",
    unit: "none",
    labels: ["version", "runtime"],
    together: "max",
  },
  events: {
    name: "gibbon_events_total",
    help: "Events that are over, by what became of them",
    type: "counter",
    unit: "events",
    labels: ["plugin", "phase", "outcome"],
  },
  duration: {
    name: "gibbon_event_duration_seconds",
    help: "From the begin of an event until its handler's part was over",
    type: "histogram",
    unit: "seconds",
    labels: ["plugin", "phase"],
  },
  underWay: {
    name: "gibbon_events_under_way",
    help: "Events that have begun and are not over",
    type: "gauge",
    unit: "events",
    labels: [],
  },
  calls: {
    name: "gibbon_pdk_calls_total",
    help: "PDK calls that plugins made, whether Kong had to be asked or not",
    type: "counter",
    unit: "calls",
    labels: ["method"],
  },
  roundTrips: {
    name: "gibbon_pdk_round_trips_total",
    help: "PDK calls that Kong has answered",
    type: "counter",
    unit: "calls",
    labels: ["method"],
  },
  roundTripSeconds: {
    name: "gibbon_pdk_round_trip_seconds_total",
    help: "Time between sending a PDK call and Kong's answer",
    type: "counter",
    unit: "seconds",
    labels: ["method"],
  },
  waiting: {
    name: "gibbon_pdk_calls_waiting",
    help: "PDK calls that wait for their turn within their events",
    type: "gauge",
    unit: "calls",
    labels: [],
  },
  instances: {
    name: "gibbon_instances",
    help: "Instances that are there",
    type: "gauge",
    unit: "instances",
    labels: ["plugin"],
    together: "max",
  },
  connections: {
    name: "gibbon_connections",
    help: "Connections of Kong",
    type: "gauge",
    unit: "connections",
    labels: [],
  },
  unsent: {
    name: "gibbon_unsent_bytes",
    help: "What waits for a Kong that does not read",
    type: "gauge",
    unit: "bytes",
    labels: [],
  },
  turnedAway: {
    name: "gibbon_connections_turned_away_total",
    help: "Connections past a limit",
    type: "counter",
    unit: "connections",
    labels: [],
  },
  plugins: {
    name: "gibbon_plugins",
    help: "Plugins that are loaded",
    type: "gauge",
    unit: "plugins",
    labels: [],
    together: "max",
  },
  problems: {
    name: "gibbon_plugin_problems",
    help: "Problems of the plugins directory, as it was loaded last",
    type: "gauge",
    unit: "problems",
    labels: [],
    together: "max",
  },
  reloads: {
    name: "gibbon_reloads_total",
    help: "Times that the plugins were loaded again: ok, problems (some stay as they were), failed",
    type: "counter",
    unit: "reloads",
    labels: ["result"],
  },
  workers: {
    name: "gibbon_workers",
    help: "Worker processes that take connections; 0 where there is no supervisor",
    type: "gauge",
    unit: "processes",
    labels: [],
  },
  wanted: {
    name: "gibbon_workers_wanted",
    help: "Worker processes that there are to be",
    type: "gauge",
    unit: "processes",
    labels: [],
  },
  silent: {
    name: "gibbon_workers_silent",
    help: "Worker processes whose numbers are those of an earlier page: they did not answer",
    type: "gauge",
    unit: "processes",
    labels: [],
  },
  restarts: {
    name: "gibbon_worker_restarts_total",
    help: "Worker processes that took the place of one that had died",
    type: "counter",
    unit: "processes",
    labels: [],
  },
  deaths: {
    name: "gibbon_worker_deaths_total",
    help:
      "Worker processes that died: crashed, or killed for being blocked, spoilt or otherwise amiss",
    type: "counter",
    unit: "processes",
    labels: ["cause"],
  },
  stopped: {
    name: "gibbon_plugin_stopped",
    help: "1 while a plugin is stopped because it has killed or spoilt worker processes",
    type: "gauge",
    unit: "none",
    labels: ["plugin"],
    together: "max",
  },
} as const satisfies Record<string, MetricDefinition>;
