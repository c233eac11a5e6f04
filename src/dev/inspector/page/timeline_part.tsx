// The time line: phases, the plugins in them, their PDK calls, and the service in between.
import type { RequestDetail, ShownCall, ShownRun, ShownService } from "../view.ts";
import { ErrorCard } from "./error_card.tsx";
import { Text, Value } from "./shown.tsx";
import { duration, shortValue } from "./wording.ts";

/** Handlers that ran one after the other in one phase, or the service. */
type Step =
  | { readonly kind: "phase"; readonly phase: string; readonly runs: readonly ShownRun[] }
  | { readonly kind: "service"; readonly asked: ShownService };

/** The time line. */
export function TimelinePart({ detail }: { readonly detail: RequestDetail }) {
  const steps = stepsOf(detail);
  const whole = wholeTime(detail);
  return (
    <div class="timeline">
      {detail.runs.map((run, at) => <ErrorCard key={at} run={run} />)}
      {steps.length === 0 && <p class="dim">No plugin has run, and the service was not asked.</p>}
      {steps.length > 0 && (
        <p class="legend dim">
          <span class="way round-trip">round trip</span> asked of the gateway
          <span class="way joined">joined</span> sent with the call before it, as one
          <span class="way remembered">remembered</span> known to gibbon, not sent
        </p>
      )}
      {steps.map((step, at) =>
        step.kind === "service"
          ? <ServiceStep key={at} asked={step.asked} whole={whole} />
          : <PhaseStep key={at} phase={step.phase} runs={step.runs} whole={whole} />
      )}
      {detail.moreRuns > 0 && <p class="dim">{detail.moreRuns} more handlers ran.</p>}
    </div>
  );
}

function stepsOf({ runs, asked }: RequestDetail): Step[] {
  const steps: Step[] = [];
  let current: ShownRun[] = [];
  let hasAsked = false;
  const add = (run: ShownRun) => {
    const last = steps.at(-1);
    if (last?.kind === "phase" && last.phase === run.phase) current.push(run);
    else steps.push({ kind: "phase", phase: run.phase, runs: current = [run] });
  };
  for (const run of runs) {
    if (asked && !hasAsked && run.at >= asked.at) {
      hasAsked = true;
      steps.push({ kind: "service", asked });
    }
    add(run);
  }
  if (asked && !hasAsked) steps.push({ kind: "service", asked });
  return steps;
}

/** The time that the bars are parts of: of the log phase too, which comes after the response. */
function wholeTime({ runs, asked, milliseconds = 0 }: RequestDetail): number {
  const ends = [...runs, ...asked ? [asked] : []].map(({ at, took = 0 }) => at + took);
  return Math.max(milliseconds * 1000, 1, ...ends);
}

function PhaseStep({ phase, runs, whole }: {
  readonly phase: string;
  readonly runs: readonly ShownRun[];
  readonly whole: number;
}) {
  return (
    <section class="step">
      <h3>{phase}</h3>
      {runs.map((run, at) => <Run key={at} run={run} whole={whole} />)}
    </section>
  );
}

const ENDS: Readonly<Record<string, string>> = {
  exited: "answered the request",
  raised: "failed",
  skipped: "was skipped",
};

function Run({ run, whole }: { readonly run: ShownRun; readonly whole: number }) {
  const { plugin, calls, moreCalls, roundTrips, end, took, at, reason, error } = run;
  const state = error ? "raised" : end ?? "running";
  return (
    <div class={`run ${state}`}>
      <div class="line">
        <span class="name">
          <strong>{plugin}</strong>
          {error
            ? <span class="end">failed</span>
            : end === undefined
            ? <span class="end">is running</span>
            : ENDS[end] && <span class="end">{ENDS[end]}</span>}
          {calls.length > 0 && (
            <span class="end">{roundTrips} {roundTrips === 1 ? "round trip" : "round trips"}</span>
          )}
        </span>
        <Bar at={at} took={took} whole={whole} />
        <span class="took">{duration(took)}</span>
      </div>
      {reason !== undefined && !error && (
        <p class="reason">
          <Text text={reason} />
        </p>
      )}
      {calls.map((call, index) => <Call key={index} call={call} whole={whole} />)}
      {moreCalls > 0 && <p class="dim more">{moreCalls} more calls</p>}
    </div>
  );
}

function Call({ call, whole }: { readonly call: ShownCall; readonly whole: number }) {
  const { method, args, result, error, way, at, took, isLast } = call;
  const shownArgs = args.map((arg) => shortValue(arg, 40)).join(", ");
  const outcome = isLast
    ? "ends the request"
    : error !== undefined
    ? "error"
    : took === undefined
    ? "no answer"
    : result === undefined && !ASKS.test(method)
    ? undefined
    : shortValue(result);
  return (
    <details class={`call ${way}${error === undefined ? "" : " bad"}`}>
      <summary>
        <span class="name">
          <code>
            {method.replace(/^kong\./, "")}
            <span class="args">({shownArgs})</span>
          </code>
          {outcome !== undefined && <code class="result">{outcome}</code>}
        </span>
        <span class={`way ${way}`}>{WAYS[way]}</span>
        <Bar at={at} took={took} whole={whole} />
        <span class="took">{isLast ? "" : duration(took)}</span>
      </summary>
      <dl>
        {args.map((arg, index) => (
          <div key={index}>
            <dt>argument {index + 1}</dt>
            <dd>
              <Value value={arg} />
            </dd>
          </div>
        ))}
        {error === undefined
          ? !isLast && (
            <div>
              <dt>result</dt>
              <dd>{took === undefined ? "there was none" : <Value value={result} />}</dd>
            </div>
          )
          : (
            <div>
              <dt>error</dt>
              <dd class="bad">
                <Text text={error} />
              </dd>
            </div>
          )}
        <div>
          <dt>function</dt>
          <dd>{method}</dd>
        </div>
        <div>
          <dt>made</dt>
          <dd>{duration(at)} after the request came in</dd>
        </div>
      </dl>
    </details>
  );
}

/** Functions that give something. Of the others, nil says nothing. */
const ASKS = /[._](?:get|is|load|authenticate|serialize|parse)(?:_|$)/;

const WAYS = {
  "round-trip": "round trip",
  joined: "joined",
  remembered: "remembered",
  refused: "refused",
} as const;

function ServiceStep({ asked, whole }: {
  readonly asked: ShownService;
  readonly whole: number;
}) {
  const { url, method, status, at, took } = asked;
  return (
    <section class="step">
      <h3>service</h3>
      <div class="run service">
        <div class="line">
          <span class="name">
            <code>
              {method} <Text text={url} />
            </code>
            <span class="end">{status === undefined ? "no answer" : `answered ${status}`}</span>
          </span>
          <Bar at={at} took={took} whole={whole} />
          <span class="took">{duration(took)}</span>
        </div>
      </div>
    </section>
  );
}

/** Where in the whole time something is. */
function Bar({ at, took = 0, whole }: {
  readonly at: number;
  readonly took?: number | undefined;
  readonly whole: number;
}) {
  const left = Math.min(100, Math.max(0, (at / whole) * 100));
  const width = Math.min(100 - left, (took / whole) * 100);
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ left: `${left.toFixed(2)}%`, width: `${width.toFixed(2)}%` }} />
    </span>
  );
}
