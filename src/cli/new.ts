// gibbon new: a directory with a plugin, its test, and what editors, dev and git need.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GibbonError, messageOf } from "../base/errors.ts";
import { isModuleName, isPluginName, isTestName } from "../modules/names.ts";
import { shellCommand } from "../kong/config/settings.ts";
import type { CommandContext } from "./context.ts";
import { readEditorTypes } from "./editor/editor_types.ts";
import { type TemplateName, TEMPLATES } from "./editor/template_names.ts";
import { filledIn, readTemplates } from "./editor/templates.ts";
import { writeFiles } from "./editor/write_files.ts";
import { writeTypes } from "./types.ts";

const GITIGNORE = "node_modules/\n.gibbon/\n.env\n";

/** What VS Code attaches to: see `--inspect`. */
const LAUNCH = {
  version: "0.2.0",
  configurations: [{
    name: "gibbon dev --inspect",
    type: "node",
    request: "attach",
    port: 9229,
    restart: true,
    skipFiles: ["<node_internals>/**"],
  }],
};

/**
 * Makes the directory, and says what to do next.
 *
 * @throws {GibbonError} OPTION_INVALID for a name that no plugin can have, or one that is taken
 */
export async function run({ runtime, directory, options, output }: CommandContext): Promise<void> {
  const { template = "auth" } = options;
  const folder = directory ?? "";
  const name = basename(resolve(folder));
  checkName(folder, name);
  const types = await readEditorTypes(runtime);
  const files = filledIn(await readTemplates(runtime), template, name);
  const all = new Map([
    ...files,
    ["README.md", readme(name, template)],
    [".gitignore", GITIGNORE],
    [".vscode/launch.json", `${JSON.stringify(LAUNCH, undefined, 2)}\n`],
  ]);
  try {
    // Alone: what somebody else makes meanwhile is not written over.
    await mkdir(dirname(resolve(folder)), { recursive: true });
    await mkdir(folder);
    await writeFiles(folder, all);
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `Cannot make ${folder}: ${messageOf(error)}`, {
      remedy: "Run gibbon new where you may write.",
      cause: error,
    });
  }
  await writeTypes(folder, types);
  await output.data(nextSteps(folder, name, template));
}

/** @throws {GibbonError} OPTION_INVALID */
function checkName(folder: string, name: string): void {
  const file = `${name}.ts`;
  // auth.d.ts would be a declaration, auth.test.ts a test.
  const isPlugins = isPluginName(name) && isModuleName(file) && !isTestName(file);
  if (!isPlugins || isModuleName(name)) {
    throw new GibbonError("OPTION_INVALID", `${JSON.stringify(folder)} is no name of a plugin`, {
      remedy: "Use letters, digits, _ and -, as in: gibbon new api-key.",
    });
  }
  if (existsSync(folder)) {
    throw new GibbonError("OPTION_INVALID", `${folder} is there already`, {
      remedy: "Choose another name. gibbon types adds the types to a directory that is there.",
    });
  }
}

function nextSteps(folder: string, name: string, template: TemplateName): string {
  const dev = ["gibbon", "dev", folder, "--kong-config", join(folder, "kong.yml")];
  return [
    `${folder} has a plugin that ${TEMPLATES[template]}: ${name}.ts, and its test.`,
    "",
    "Next:",
    `  ${shellCommand(["gibbon", "test", folder])}`,
    ...(template === "stream" ? [] : [`  ${shellCommand(dev)}`]),
    "",
  ].join("\n");
}

function readme(name: string, template: TemplateName): string {
  const dev = template === "stream"
    ? []
    : ["gibbon dev . --kong-config kong.yml         # requests, without Kong; edits take effect"];
  return `# ${name}

A plugin for Kong Gateway that ${TEMPLATES[template]}.

\`\`\`sh
gibbon test                                     # its tests
${
    dev.map((line) => `${line}\n`).join("")
  }gibbon check .                                  # as Kong will see it
gibbon bundle . -o ../bundled                   # one file, with the packages that it imports
gibbon kong-config --plugins-directory .        # what Kong has to be told
gibbon types                                    # the types for your editor, after an update
\`\`\`

\`gibbon dev . --inspect\` lets a debugger attach: in VS Code, "gibbon dev --inspect".
`;
}
