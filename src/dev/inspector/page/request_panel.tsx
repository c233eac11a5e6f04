// The opened request: what it is, what can be done with it, and its parts.
import type { RefObject } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { RequestDetail, RequestSummary, ResendOrder } from "../view.ts";
import { BodiesPart } from "./bodies_part.tsx";
import { fetchDetail, Refused, reveal, sendAgain } from "./client.ts";
import { EditForm } from "./edit_form.tsx";
import { HeadersPart } from "./headers_part.tsx";
import { Icon } from "./icons.tsx";
import type { KeyCommand } from "./keyboard.ts";
import { LogPart } from "./log_part.tsx";
import { PluginsPart } from "./plugins_part.tsx";
import { Text, type Told, ToldContext } from "./shown.tsx";
import { TimelinePart } from "./timeline_part.tsx";
import { answererText, clockText, curlCommand, millisecondsText, statusKind } from "./wording.ts";

const PARTS = ["timeline", "headers", "bodies", "log", "plugins"] as const;
type Part = (typeof PARTS)[number];

const TITLES: Readonly<Record<Part, string>> = {
  timeline: "Time line",
  headers: "Headers",
  bodies: "Bodies",
  log: "Log",
  plugins: "Plugins",
};

/** The opened request, or what is there in its place. */
export function RequestPanel({ id, summary, gateway, command, onOpen }: {
  readonly id: string | undefined;
  readonly summary: RequestSummary | undefined;
  readonly gateway: string;
  readonly command: RefObject<(command: KeyCommand) => void>;
  readonly onOpen: (id: string | undefined) => void;
}) {
  const [detail, setDetail] = useState<RequestDetail>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setProblem(undefined);
    if (id === undefined) return setDetail(undefined);
    let isOld = false;
    fetchDetail(id).then(
      (found) => isOld || setDetail(found),
      (error) => isOld || (setDetail(undefined), setProblem(sentence(error))),
    );
    return () => void (isOld = true);
    // It is asked for again when it has changed.
  }, [id, summary]);
  if (id === undefined) return <Closed />;
  if (problem !== undefined) {
    return (
      <section class="panel empty">
        <p>{problem}</p>
        <button type="button" onClick={() => onOpen(undefined)}>Back to the list</button>
      </section>
    );
  }
  if (!detail || detail.id !== id) return <section class="panel empty" aria-busy="true" />;
  return <Opened key={id} detail={detail} gateway={gateway} command={command} onOpen={onOpen} />;
}

function Closed() {
  return (
    <section class="panel empty">
      <p>Choose a request to see what its plugins did.</p>
      <p class="dim">
        <kbd>↓</kbd> <kbd>↑</kbd> choose · <kbd>/</kbd> filter · <kbd>?</kbd> keys
      </p>
    </section>
  );
}

function Opened({ detail, gateway, command, onOpen }: {
  readonly detail: RequestDetail;
  readonly gateway: string;
  readonly command: RefObject<(command: KeyCommand) => void>;
  readonly onOpen: (id: string | undefined) => void;
}) {
  const { id } = detail;
  const [part, setPart] = useState<Part>(lastPart);
  const [isEditing, setEditing] = useState(false);
  const [notice, setNotice] = useState<{ readonly text: string; readonly isBad: boolean }>();
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(new Map());
  const say = (text: string, isBad = false) => setNotice({ text, isBad });

  const told = useMemo<Told>(() => ({
    texts,
    ask: async (place) => {
      try {
        const { text } = await reveal(id, place);
        setTexts((before) => new Map(before).set(place, text));
      } catch (error) {
        say(sentence(error), true);
      }
    },
    forget: (place) =>
      setTexts((before) => new Map([...before].filter(([other]) => other !== place))),
  }), [id, texts]);

  const send = useCallback(async (order: ResendOrder) => {
    setNotice(undefined);
    try {
      const sent = await sendAgain(id, order);
      setEditing(false);
      if (sent.id === null) say(`The gateway answered ${sent.status}, and kept no record.`, true);
      else onOpen(sent.id);
    } catch (error) {
      say(sentence(error), true);
    }
  }, [id]);

  const copy = async () => {
    const { text, masked } = curlCommand(detail, gateway, texts);
    try {
      await navigator.clipboard.writeText(text);
      say(masked === 0 ? "Copied." : `Copied; ${values(masked)} masked: show to copy them too.`);
    } catch {
      say("The browser does not let the page copy.", true);
    }
  };
  const choose = (next: Part) => {
    lastChosen = next;
    setPart(next);
  };
  command.current = (pressed) => {
    if (pressed === "send") void send({});
    else if (pressed === "edit") setEditing(true);
    else if (pressed === "copy") void copy();
    else if (pressed.startsWith("tab-")) choose(PARTS[Number(pressed.slice(4)) - 1] ?? part);
  };
  useEffect(() => () => void (command.current = () => {}), []);

  return (
    <ToldContext.Provider value={told}>
      <section class="panel" aria-label="The opened request">
        <header class="opened">
          <div class="title">
            <button
              type="button"
              class="plain back"
              aria-label="Back to the list"
              onClick={() => onOpen(undefined)}
            >
              <Icon name="back" />
            </button>
            <h2>
              <span class="method" data-method={detail.method}>{detail.method}</span>{" "}
              <span class="target">
                <Text text={detail.target} />
              </span>
            </h2>
          </div>
          <Facts detail={detail} />
          <div class="actions">
            <button type="button" class="main" title="Send again (s)" onClick={() => send({})}>
              <Icon name="send" /> Send again
            </button>
            <button
              type="button"
              title="Edit and send (e)"
              aria-expanded={isEditing}
              onClick={() => setEditing(!isEditing)}
            >
              <Icon name="edit" /> Edit
            </button>
            <button type="button" title="Copy as curl (c)" onClick={copy}>
              <Icon name="copy" /> curl
            </button>
            <span class={notice?.isBad ? "notice bad" : "notice"} role="status">
              {notice?.text}
            </span>
          </div>
        </header>
        {isEditing
          ? <EditForm detail={detail} onSend={send} onCancel={() => setEditing(false)} />
          : <Tabs detail={detail} part={part} onChoose={choose} />}
        <div
          class="part"
          hidden={isEditing}
          role="tabpanel"
          id="part"
          aria-labelledby={`tab-${part}`}
          tabIndex={0}
        >
          {part === "timeline" && <TimelinePart detail={detail} />}
          {part === "headers" && <HeadersPart detail={detail} />}
          {part === "bodies" && <BodiesPart detail={detail} />}
          {part === "log" && <LogPart detail={detail} />}
          {part === "plugins" && <PluginsPart detail={detail} />}
        </div>
      </section>
    </ToldContext.Provider>
  );
}

/** The part that was looked at last: the next request begins with it. */
let lastChosen: Part = "timeline";
const lastPart = () => lastChosen;

const values = (masked: number) => masked === 1 ? "one value is" : `${masked} values are`;

const sentence = (error: unknown) =>
  error instanceof Refused
    ? [error.message, error.remedy].filter((part) => part !== undefined).join(". ")
    : "The inspector does not answer.";

function Facts({ detail }: { readonly detail: RequestDetail }) {
  const { status, milliseconds, answeredBy, route, service, consumer, host, startedAt } = detail;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["answered by", answererText(answeredBy)],
    ["route", route],
    ["service", answeredBy?.kind === "service" ? undefined : service],
    ["consumer", consumer],
    ["host", host],
    ["at", clockText(startedAt)],
    ["prox", detail.note],
  ];
  return (
    <dl class="facts">
      <div>
        <dt class="hidden">status</dt>
        <dd class={`status ${statusKind(status)}`}>{status ?? "under way"}</dd>
      </div>
      <div>
        <dt class="hidden">time</dt>
        <dd class="time">{millisecondsText(milliseconds)}</dd>
      </div>
      {facts.map(([name, value]) =>
        value
          ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          )
          : null
      )}
    </dl>
  );
}

function Tabs({ detail, part, onChoose }: {
  readonly detail: RequestDetail;
  readonly part: Part;
  readonly onChoose: (part: Part) => void;
}) {
  const counts: Partial<Record<Part, number>> = {
    timeline: detail.calls,
    log: detail.logs.length + detail.moreLogs,
    plugins: detail.instances.length,
  };
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = PARTS[(PARTS.indexOf(part) + by + PARTS.length) % PARTS.length]!;
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Parts of the request" onKeyDown={move}>
      {PARTS.map((name, at) => (
        <button
          type="button"
          key={name}
          id={`tab-${name}`}
          role="tab"
          aria-selected={name === part}
          aria-controls="part"
          tabIndex={name === part ? 0 : -1}
          title={`${TITLES[name]} (${at + 1})`}
          onClick={() => onChoose(name)}
        >
          {TITLES[name]}
          {counts[name] !== undefined && <span class="badge">{counts[name]}</span>}
        </button>
      ))}
    </div>
  );
}
