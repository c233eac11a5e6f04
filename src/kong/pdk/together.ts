// Single questions for headers and query arguments that are asked as one, where a plugin asks several.
import type { KnownAnswer, PdkQuestion, Shortcut } from "../engine/turn.ts";
import type { PdkMethod } from "./functions.ts";
import { knowHeaders, knownHeader, type KnownHeaders } from "./known_headers.ts";
import { headersOf, type QueryMap, queryOf } from "./results.ts";

/** A function that tells all of what another one tells one by one. */
interface Whole<All> {
  readonly question: PdkQuestion;
  read(answer: unknown): All;
  /** What the other function would tell; undefined if only Kong knows. */
  find(all: All, name: string): KnownAnswer | undefined;
}

/** As many as Kong tells by default; said, since an operator can make the default smaller. */
const MAX_HEADERS = 100;

const HEADERS: Whole<KnownHeaders> = {
  question: { method: "kong.request.get_headers", args: [MAX_HEADERS] },
  read: (answer) => knowHeaders(headersOf(answer), MAX_HEADERS),
  find: knownHeader,
};

/** Kong itself looks an argument up in what get_query gives, with the same default maximum. */
const QUERY: Whole<QueryMap> = {
  question: { method: "kong.request.get_query", args: [] },
  read: queryOf,
  find: (all, name) => {
    if (!isQueryName(name)) return undefined;
    return { value: Object.hasOwn(all, name) ? all[name]![0] : undefined };
  },
};

/** Other names may differ from what they became on the way; one of these is renamed by the codecs. */
function isQueryName(name: string): boolean {
  return /^[\x20-\x7e]+$/.test(name) && !name.startsWith("__proto_");
}

/** The functions that can be asked together. */
const WHOLES: { readonly [method in PdkMethod]?: Whole<unknown> } = {
  "kong.request.get_header": HEADERS as Whole<unknown>,
  "kong.request.get_query_arg": QUERY as Whole<unknown>,
};

/** In log Kong answers from what it has saved of the request, by other rules. */
const PHASES: ReadonlySet<string> = new Set(["rewrite", "access", "response"]);

/** Whether a function can be asked together with others of its kind. */
export function canBeAskedTogether(method: PdkMethod, phase: string): boolean {
  return Object.hasOwn(WHOLES, method) && PHASES.has(phase);
}

/** What a bet on several questions costs, what it gains if it was right, and the most that is kept. */
const STAKE = 1;
const GAIN = 3;
const MOST = 8;
/** After an answer that was too large, or did not say everything: for so long no more is bet. */
const SPOILT = -30;
/** Texts of an answer, in characters, past which several small answers are cheaper. */
const LARGE = 8192;

/** Whether the handler of one phase of one instance asks several questions of a kind. */
export class Habit {
  #credit = 0;

  /** An event asks its first question: whether more are likely to follow. Each time is a bet. */
  expectsMore(): boolean {
    if (this.#credit <= 0) return false;
    this.#credit -= STAKE;
    return true;
  }

  /** More did follow. */
  followed(): void {
    this.#credit = Math.min(this.#credit + GAIN, MOST);
  }

  /** Asking for all was of no use here. */
  spoilt(): void {
    this.#credit = SPOILT;
  }
}

/** The questions of one kind in one event, as long as their answers hold. */
export class Together {
  readonly #whole: Whole<unknown>;
  readonly #habit: Habit;
  #asked = 0;
  #bets = false;
  #isAsked = false;
  #all: KnownAnswer | undefined;

  constructor(method: PdkMethod, habit: Habit) {
    this.#whole = WHOLES[method]!;
    this.#habit = habit;
  }

  /** A question is to be asked: its answer, how to come by it, or neither. */
  ask(name: string): KnownAnswer | Shortcut | undefined {
    this.#asked++;
    if (this.#asked === 1) this.#bets = this.#habit.expectsMore();
    if (this.#asked === 2) this.#habit.followed();
    if (!this.#bets) return undefined;
    return this.#find(name) ?? {
      atTurn: () => this.#find(name) ?? this.#ask(),
      came: (answer) => this.#came(answer, name),
    };
  }

  #find(name: string): KnownAnswer | undefined {
    return this.#all && this.#whole.find(this.#all.value, name);
  }

  #ask(): PdkQuestion | undefined {
    if (this.#isAsked) {
      // It was of no help, or failed.
      this.#habit.spoilt();
      return undefined;
    }
    this.#isAsked = true;
    return this.#whole.question;
  }

  #came(answer: unknown, name: string): KnownAnswer | undefined {
    if (isLarge(answer)) this.#habit.spoilt();
    this.#all = { value: this.#whole.read(answer) };
    const known = this.#find(name);
    if (!known) this.#habit.spoilt();
    return known;
  }
}

function isLarge(answer: unknown): boolean {
  let size = 0;
  for (const [name, values] of Object.entries(answer ?? {})) {
    size += name.length;
    for (const value of [values].flat()) size += String(value).length;
  }
  return size > LARGE;
}
