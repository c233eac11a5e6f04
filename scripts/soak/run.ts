// A soak from beginning to end: starts the systems, upsets them, and measures them again and again.
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../../tests/support/folder.ts";
import { treeUse } from "../bench/process_tree.ts";
import { BrpcSystem } from "./brpc.ts";
import { KongSystem } from "./kong.ts";
import { plot } from "./plot.ts";
import { ProxSystem } from "./prox.ts";
import { failuresOf, loadTable, sampleLine, trendTable } from "./report.ts";
import type { Sample } from "./sample.ts";
import { judgeAll, panelsOf } from "./series.ts";
import type { SoakSystem, SystemOptions } from "./system.ts";

/** What is soaked, and for how long. */
export interface SoakPlan {
  readonly minutes: number;
  /** What starts gibbon, and what that is called. */
  readonly command: readonly string[];
  readonly target: string;
  readonly lanes: number;
  /** Seconds between two upsets of a kind. */
  readonly upsetSeconds: number;
  /** Where samples and the drawing go. */
  readonly out: string;
  readonly say: (line: string) => void;
}

/** What a soak found. */
export interface SoakResult {
  /** Tables for people. */
  readonly text: string;
  readonly failures: readonly string[];
  /** The drawing. */
  readonly plot: string;
}

/** Samples of a run, at most and at least this many seconds apart. */
const SAMPLES = 240;
const LEAST_SAMPLE_S = 2;

/** The parts of a soak that run beside its samples. */
interface Stage {
  readonly systems: readonly SoakSystem[];
  /** What was done since the last sample. */
  readonly upsets: string[];
  readonly problems: string[];
  isOver: boolean;
}

/** Runs a soak. */
export async function soak(plan: SoakPlan): Promise<SoakResult> {
  const folder = await makeFolder();
  const systems: SoakSystem[] = [];
  try {
    for (const { start } of [KongSystem, ProxSystem, BrpcSystem]) {
      const own = join(folder.path, String(systems.length));
      await mkdir(own);
      const { command, lanes } = plan;
      const options: SystemOptions = { command, lanes, folder: own };
      systems.push(await start(options));
    }
    return await measure(plan, { systems, upsets: [], problems: [], isOver: false });
  } finally {
    for (const system of systems) await system.stop();
    await folder.remove();
  }
}

async function measure(plan: SoakPlan, stage: Stage): Promise<SoakResult> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  await mkdir(plan.out, { recursive: true });
  const [file, drawing] = [join(plan.out, "samples.jsonl"), join(plan.out, "soak.svg")];
  await writeFile(file, "");
  const upsetting = Promise.all(stage.systems.map((system) => upset(system, stage, plan)));
  const samples: Sample[] = [];
  const total = plan.minutes * 60;
  const everyMs = 1000 * Math.max(LEAST_SAMPLE_S, total / SAMPLES);
  while (elapsed() < total) {
    await sleep(everyMs);
    const sample = await take(stage, elapsed());
    samples.push(sample);
    await appendFile(file, `${JSON.stringify(sample)}\n`);
    plan.say(sampleLine(sample));
  }
  stage.isOver = true;
  const loads = stage.systems.flatMap(({ loads }) => loads);
  const panels = panelsOf(samples);
  const judgements = judgeAll(panels);
  await writeFile(drawing, plot(`gibbon, soaked for ${plan.minutes} min: ${plan.target}`, panels));
  await upsetting;
  const text = `${loadTable(loads, elapsed())}\n\n${trendTable(judgements)}\n\nsamples: ${file}`;
  const failures = [...failuresOf(judgements, loads), ...stage.problems];
  return { text, failures, plot: drawing };
}

/** What there is to measure now. */
async function take({ systems, upsets }: Stage, seconds: number): Promise<Sample> {
  const loads = systems.flatMap(({ loads }) => loads.map((load) => [load.name, load.take()]));
  const uses = await Promise.all(systems.map(async (system) => {
    const trees = await Promise.all(system.pids().map(treeUse));
    const sum = (field: keyof typeof trees[number]) =>
      trees.reduce((total, tree) => total + tree[field], 0);
    return [system.name, {
      rss: sum("rss"),
      pss: sum("pss"),
      descriptors: sum("descriptors"),
      processes: sum("processes"),
    }];
  }));
  return {
    seconds,
    loads: Object.fromEntries(loads),
    systems: Object.fromEntries(uses),
    upsets: upsets.splice(0),
  };
}

/** Does to a system what can be done to it, one after the other, until the end. */
async function upset(system: SoakSystem, stage: Stage, plan: SoakPlan): Promise<void> {
  const kinds = Object.entries(system.upsets);
  for (let turn = 0;; turn++) {
    for (let waited = 0; waited < plan.upsetSeconds / kinds.length; waited++) {
      await sleep(1000);
      if (stage.isOver) return;
    }
    const [name, act] = kinds[turn % kinds.length]!;
    try {
      await act();
      stage.upsets.push(`${system.name} ${name}`);
    } catch (error) {
      stage.problems.push(`${system.name}: after a ${name}: ${(error as Error).message}`);
    }
  }
}
