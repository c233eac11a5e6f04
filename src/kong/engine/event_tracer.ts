// Who runs handlers within spans; see kong/server/traces. Not there where nothing is traced.

/** An event, as far as a tracer needs it. */
export interface TracedEvent {
  readonly id: number;
  readonly phase: string;
  readonly instance: { readonly id: number; readonly plugin: { readonly name: string } };
  /** Whether it has ended. */
  readonly over: boolean;
  /** Asks the gateway, as the plugin does. */
  call(method: string, args: readonly unknown[]): Promise<unknown>;
}

/** Runs handlers. */
export interface EventTracer {
  /** Runs a handler within a span of its own; gives what the handler gives. */
  run(event: TracedEvent, handler: () => unknown): unknown;
}
