// The list of requests, newest first.
import { Component } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RequestSummary, ShownProblem } from "../view.ts";
import { ProblemsPart } from "./problems_part.tsx";
import { Icon } from "./icons.tsx";
import { answererText, clockText, millisecondsText, plainText, statusKind } from "./wording.ts";

/** The list. */
export function RequestTable({ problems, requests, openId, isFiltered, gateway, onOpen }: {
  readonly problems: readonly ShownProblem[];
  readonly requests: readonly RequestSummary[];
  readonly openId: string | undefined;
  readonly isFiltered: boolean;
  readonly gateway: string;
  readonly onOpen: (id: string) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [openId]);
  return (
    <section class="list" aria-label="Requests">
      <ProblemsPart problems={problems} />
      <div class="row head" aria-hidden="true">
        <span>Status</span>
        <span>Method</span>
        <span>Path</span>
        <span class="route">Route</span>
        <span class="by">Answered by</span>
        <span class="took">Time</span>
        <span class="when">At</span>
      </div>
      {requests.length === 0 && <Nothing isFiltered={isFiltered} gateway={gateway} />}
      <div
        ref={list}
        class="rows"
        role="listbox"
        tabIndex={0}
        aria-label="Requests, newest first"
        aria-activedescendant={openId === undefined ? undefined : `request-${openId}`}
      >
        {requests.map((request) => (
          <Row
            key={request.id}
            request={request}
            isOpen={request.id === openId}
            onOpen={onOpen}
          />
        ))}
      </div>
    </section>
  );
}

function Nothing({ isFiltered, gateway }: {
  readonly isFiltered: boolean;
  readonly gateway: string;
}) {
  if (isFiltered) {
    return (
      <div class="nothing">
        <p>No request passes the filter.</p>
      </div>
    );
  }
  return (
    <div class="nothing">
      <h2>No requests yet</h2>
      <p>Send one, and it appears here:</p>
      <pre>curl -i {gateway}/hello</pre>
    </div>
  );
}

interface RowProps {
  readonly request: RequestSummary;
  readonly isOpen: boolean;
  readonly onOpen: (id: string) => void;
}

/** A row is drawn again only if it has changed: there may be hundreds. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate({ request, isOpen }: RowProps): boolean {
    return request !== this.props.request || isOpen !== this.props.isOpen;
  }

  override render() {
    const { request, isOpen, onOpen } = this.props;
    const { id, method, target, host, route, status, milliseconds, answeredBy, hasFailed } =
      request;
    const answerer = answererText(answeredBy);
    return (
      <div
        id={`request-${id}`}
        class="row"
        role="option"
        aria-selected={isOpen}
        onClick={() => onOpen(id)}
      >
        <span class={`status ${statusKind(status)}`}>{status ?? "···"}</span>
        <span class="method" data-method={method}>{method}</span>
        <span class="path" title={`${host}${plainText(target)}`}>
          {hasFailed && (
            <span class="failed-mark" title="A plugin failed">
              <Icon name="warning" />
            </span>
          )}
          <span>{plainText(target)}</span>
        </span>
        <span class="route">{route ?? ""}</span>
        <span class={`by ${answeredBy?.kind ?? ""}`}>{answerer}</span>
        <span class="took">{milliseconds === undefined ? "" : millisecondsText(milliseconds)}</span>
        <span class="when">{clockText(request.startedAt)}</span>
      </div>
    );
  }
}
