// The bar at the top: filter, how the stream is, what is listed, and what concerns the whole page.
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import type { Known } from "./state.ts";
import { numberText } from "./wording.ts";

/** The bar. */
export function TopBar(props: {
  readonly known: Known;
  readonly filter: string;
  readonly filterField: RefObject<HTMLInputElement | null>;
  /** How many requests pass the filter. */
  readonly listed: number;
  readonly onFilter: (filter: string) => void;
  readonly onClear: () => void;
  readonly onHelp: () => void;
}) {
  const { known, filter, filterField, listed, onFilter, onClear, onHelp } = props;
  return (
    <header class="top">
      <div class="brand">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <h1>
          gibbon <span>inspector</span>
        </h1>
      </div>
      <label class="filter">
        <Icon name="search" />
        <input
          ref={filterField}
          type="search"
          placeholder="Filter: path, status, plugin…"
          aria-label="Filter requests"
          autocomplete="off"
          spellcheck={false}
          value={filter}
          onInput={(event) => onFilter(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <Counts known={known} listed={listed} isFiltered={filter.trim() !== ""} />
      <div class="actions">
        <button type="button" onClick={onClear} title="Clear the list (x)">
          <Icon name="clear" />
          <span class="wide">Clear</span>
        </button>
        <ThemeButton />
        <button type="button" class="plain" onClick={onHelp} aria-label="Keys" title="Keys (?)">
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

function Counts({ known, listed, isFiltered }: {
  readonly known: Known;
  readonly listed: number;
  readonly isFiltered: boolean;
}) {
  const { requests, total, isLive, dropped } = known;
  const unlisted = total - requests.length;
  return (
    <div class="counts" role="status">
      <span class={isLive ? "pill live" : "pill lost"}>
        {isLive ? "live" : "no connection"}
      </span>
      <span class="count" data-total={total}>
        {isFiltered ? `${numberText(listed)} of ${numberText(requests.length)}` : numberText(total)}
        {" "}
        <span class="wide">{total === 1 && !isFiltered ? "request" : "requests"}</span>
      </span>
      {unlisted > 0 && (
        <span
          class="pill busy"
          title={dropped > 0
            ? "Requests come faster than they are listed; the newest are listed once there is time."
            : "Older requests are not kept."}
        >
          {numberText(unlisted)} not listed
        </span>
      )}
    </div>
  );
}

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === "auto") root.removeAttribute("data-theme");
    else root.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // A browser that keeps nothing begins with its own colours each time.
    }
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="plain"
      aria-label={`Colours: ${theme}. Change to ${next}`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(next)}
    >
      <Icon name={THEME_ICONS[theme]} />
    </button>
  );
}

function storedTheme(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem("theme")) ?? "auto";
  } catch {
    return "auto";
  }
}
