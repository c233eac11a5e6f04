// The whole page: what is known, what is open, and what the keys do.
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { clearAll, fetchList, listenLive } from "./client.ts";
import { KeysDialog } from "./keys_dialog.tsx";
import { commandOf, type KeyCommand } from "./keyboard.ts";
import { RequestPanel } from "./request_panel.tsx";
import { RequestTable } from "./request_table.tsx";
import { knownAfter, NOTHING_KNOWN } from "./state.ts";
import { TopBar } from "./top_bar.tsx";
import { passes } from "./wording.ts";

/** The page. */
export function App() {
  const [known, happened] = useReducer(knownAfter, NOTHING_KNOWN);
  const [filter, setFilter] = useState("");
  const [isHelping, setHelping] = useState(false);
  const [openId, open] = useHash();
  const filterField = useRef<HTMLInputElement>(null);
  const command = useRef<(command: KeyCommand) => void>(() => {});

  const list = useCallback(async () => happened({ kind: "listed", list: await fetchList() }), []);
  const isBehind = useRef(false);
  useEffect(() =>
    listenLive({
      opened: () => void list().catch(() => {}),
      lost: () => happened({ kind: "lost" }),
      batch: (batch) => {
        happened({ kind: "batch", batch });
        // Once there is time again, the list is made whole.
        if (batch.dropped > 0) isBehind.current = true;
        else if (isBehind.current) {
          isBehind.current = false;
          void list().catch(() => isBehind.current = true);
        }
      },
    }), []);

  const shown = useMemo(
    () => known.requests.filter((request) => passes(request, filter)),
    [known.requests, filter],
  );
  const opened = known.requests.find(({ id }) => id === openId);

  const move = (by: number) => {
    const at = shown.findIndex(({ id }) => id === openId);
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) open(next.id, true);
  };
  const clear = () => {
    open(undefined);
    void clearAll();
  };
  useKeys((pressed, event) => {
    switch (pressed) {
      case "next":
      case "previous":
        event.preventDefault();
        return move(pressed === "next" ? 1 : -1);
      case "first":
      case "last":
        event.preventDefault();
        return move(pressed === "first" ? -shown.length : shown.length);
      case "filter":
        event.preventDefault();
        return filterField.current?.focus();
      case "leave":
        if (document.activeElement === filterField.current) {
          if (filter === "") filterField.current?.blur();
          return setFilter("");
        }
        return open(undefined);
      case "clear":
        return clear();
      case "help":
        return setHelping(true);
      default:
        return command.current(pressed);
    }
  });

  return (
    <div class="app" data-view={openId === undefined ? "list" : "detail"}>
      <TopBar
        known={known}
        filter={filter}
        filterField={filterField}
        listed={shown.length}
        onFilter={setFilter}
        onClear={clear}
        onHelp={() => setHelping(true)}
      />
      <main>
        <RequestTable
          problems={known.problems}
          requests={shown}
          openId={openId}
          isFiltered={filter.trim() !== ""}
          gateway={known.gateway}
          onOpen={open}
        />
        <RequestPanel
          id={openId}
          summary={opened}
          gateway={known.gateway}
          command={command}
          onOpen={open}
        />
      </main>
      {isHelping && <KeysDialog onClose={() => setHelping(false)} />}
    </div>
  );
}

/** The id behind the `#`, so that the browser's own way back works. */
function useHash(): [string | undefined, (id: string | undefined, inPlace?: boolean) => void] {
  const read = () => location.hash.slice(1) || undefined;
  const [id, setId] = useState(read);
  useEffect(() => {
    const changed = () => setId(read());
    addEventListener("hashchange", changed);
    addEventListener("popstate", changed);
    return () => {
      removeEventListener("hashchange", changed);
      removeEventListener("popstate", changed);
    };
  }, []);
  const go = useCallback((next: string | undefined, inPlace = false) => {
    if (next === read()) return;
    const url = next === undefined ? location.pathname : `#${next}`;
    // Going through the list with the keys is one step for the way back.
    if (inPlace && read() !== undefined) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    setId(next);
  }, []);
  return [id, go];
}

/** Calls with the command of each key that has one, while no dialog is open. */
function useKeys(press: (command: KeyCommand, event: KeyboardEvent) => void): void {
  const current = useRef(press);
  current.current = press;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // The browser closes it before the page hears of that.
      if (document.querySelector("dialog[open]")) return;
      const command = commandOf(event);
      if (command) current.current(command, event);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}
