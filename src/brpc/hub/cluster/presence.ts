// Says that a hub is there, with its plugins, and hears that of the others.
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import type { AsyncValues } from "../async_values.ts";
import { NOTHING, readPart, writeShort } from "./frames.ts";
import { Changes, check, checkJson, type ListChange, Told } from "./messages.ts";
import { OtherHubs, type OtherHubsEvents } from "./other_hubs.ts";
import type { ClusterLimits } from "./options.ts";
import { OwnList } from "./own_list.ts";
import type { Subjects } from "./subjects.ts";

/** Room that a message has for what is not the list of changes, in bytes. */
const HEAD_BYTES = 4096;

/** What a presence works with. */
export interface PresenceParts {
  readonly connection: NatsConnection;
  readonly subjects: Subjects;
  /** This hub's. */
  readonly id: string;
  readonly limits: ClusterLimits;
  readonly log: Logger;
  /** Those of this hub: whether somebody reads them is told. */
  readonly values: AsyncValues;
  readonly events: OtherHubsEvents;
  /** Whether NATS can be reached. */
  isConnected(): boolean;
}

/** A hub's word about itself, and the others'. */
export class Presence {
  readonly others: OtherHubs;
  readonly own: OwnList;
  readonly #parts: PresenceParts;
  #timer: ReturnType<typeof setInterval> | undefined;
  #tickMs = performance.now();
  #readings = 0;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.others = new OtherHubs(parts.events, parts.limits);
    this.own = new OwnList((changes, after) => this.#tellChanges(changes, after));
  }

  /** Listens, and says so. */
  begin(): void {
    const { connection, subjects, id, limits, values } = this.#parts;
    const callback = (error: Error | null, message: Msg) => {
      if (!error) this.#heard(message.data);
    };
    connection.subscribe(subjects.all, { callback });
    connection.subscribe(subjects.newcomer(id), { callback });
    values.readersChanged = (isRead) => {
      if (isRead) this.#readings++;
      this.#beat(false);
    };
    this.comeBack();
    this.#timer = setInterval(() => this.#tick(), limits.beatMs);
  }

  /** The connection is there, or there again: values have to begin anew, both ways. */
  comeBack(): void {
    for (const hub of this.others.hubs) this.others.forgetReads(hub);
    if (this.#parts.values.isRead) this.#readings++;
    this.#beat(true);
  }

  /** Says that the hub leaves. */
  end(): void {
    const { id, values, isConnected } = this.#parts;
    clearInterval(this.#timer);
    values.readersChanged = () => {};
    this.own.flush();
    if (isConnected()) this.#tell({ kind: "bye", hub: id });
  }

  #tick(): void {
    const nowMs = performance.now();
    const { beatMs, deadMs } = this.#parts.limits;
    // What was said while something blocked this process is still to be heard.
    const wasBlocked = nowMs - this.#tickMs > 2 * beatMs;
    this.#tickMs = nowMs;
    this.#beat(false);
    if (wasBlocked) return;
    this.others.expire(nowMs - deadMs, `nothing was heard of it for ${deadMs} ms`);
  }

  #beat(isNew: boolean, subject?: string): void {
    const { id, values, isConnected } = this.#parts;
    if (!isConnected()) return;
    const reads = values.isRead ? this.#readings : 0;
    const { revision } = this.own;
    this.#tell({ kind: "beat", hub: id, revision, reads, isNew }, NOTHING, subject);
  }

  #tellChanges(changes: readonly ListChange[], after: number): void {
    const { connection, id, isConnected } = this.#parts;
    if (!isConnected()) return;
    const body = new TextEncoder().encode(JSON.stringify(changes));
    const most = connection.info?.max_payload ?? 0;
    // Too long for one message: the others ask for the list when they hear of the revision.
    if (body.length + HEAD_BYTES > most) return queueMicrotask(() => this.#beat(false));
    this.#tell({ kind: "changes", hub: id, after, revision: after + 1 }, body);
  }

  #tell(told: Told, body: Uint8Array = NOTHING, subject = this.#parts.subjects.all): void {
    this.#parts.connection.publish(subject, writeShort(told, body));
  }

  #heard(bytes: Uint8Array): void {
    try {
      const { head, body } = readPart(bytes);
      const told = check(Told, head);
      if (told.hub === this.#parts.id) return;
      if (told.kind === "bye") return this.others.lost(told.hub);
      const changes = told.kind === "changes" ? checkJson(Changes, body) : [];
      this.others.heard(told, changes, performance.now());
      const isNew = told.kind === "beat" && told.isNew;
      if (isNew) this.#beat(false, this.#parts.subjects.newcomer(told.hub));
    } catch (error) {
      const reason = messageOf(error);
      this.#parts.log.warn("a message from NATS is left out", { reason });
    }
  }
}
