// Two plugins of one name: which of them is meant nobody can know.
import { basename, relative } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import type { Plugin } from "../engine/plugin.ts";
import type { SkippedFile } from "../../modules/find.ts";
import { locate } from "../../modules/locate.ts";
import { stemOf } from "../../modules/names.ts";

/** Plugins with a name of their own, and what became of the others. */
export interface Distinct {
  readonly plugins: readonly Plugin[];
  readonly skipped: readonly SkippedFile[];
  readonly problems: readonly GibbonError[];
}

/**
 * Leaves out all plugins that share their name: with an old copy beside it, the wrong one would guard
 * a service, and nobody would notice. Only where a file was compiled to one beside it (`auth.ts`,
 * `auth.js`), the source is taken.
 */
export function separate(plugins: readonly Plugin[], directory: string): Distinct {
  const byName = Map.groupBy(plugins, ({ name }) => name);
  const distinct = {
    plugins: [] as Plugin[],
    skipped: [] as SkippedFile[],
    problems: [] as GibbonError[],
  };
  for (const [name, group] of byName) {
    const [first, ...others] = withoutCompiled(group) as [Plugin, ...Plugin[]];
    if (others.length > 0) {
      distinct.problems.push(duplicate(name, [first, ...others], directory));
      continue;
    }
    distinct.plugins.push(first);
    for (const { file } of group.filter((plugin) => plugin !== first)) {
      distinct.skipped.push({ file, reason: `compiled from ${basename(first.file)} beside it` });
    }
  }
  return distinct;
}

function withoutCompiled(group: readonly Plugin[]): readonly Plugin[] {
  const sources = new Set(group.map(({ file }) => file).filter((file) => /\.[cm]?ts$/.test(file)));
  const stems = new Set([...sources].map(stemOf));
  return group.filter(({ file }) => sources.has(file) || !stems.has(stemOf(file)));
}

function duplicate(name: string, group: readonly Plugin[], directory: string): GibbonError {
  const files = group.map(({ file }) => relative(directory, file)).join(" and ");
  const message = `${files} are plugins of the same name, ${JSON.stringify(name)}; none is loaded`;
  const [first] = group as [Plugin, ...Plugin[]];
  return new GibbonError("PLUGIN_DUPLICATE", message, {
    plugin: name,
    file: locate(first.file, first.dialect === "native" ? "name" : "Name"),
    remedy: "Remove all but one, or give them names of their own.",
  });
}
