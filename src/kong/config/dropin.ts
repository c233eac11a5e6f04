// The drop-in faces: command lines of go-pluginserver and of Kong's JavaScript server, translated.
import { GibbonError } from "../../base/errors.ts";

/** A flag of another server: whether it takes a value, and what it becomes. */
interface Flag {
  readonly takes: boolean;
  /** The option of ours; left out for a flag that chooses the command. */
  readonly option?: string;
  readonly choose?: Choice;
}

type Choice = "dump-one" | "dump-all" | "version" | "help" | "verbose";

/** Another plugin server, as far as its command line goes. */
interface Face {
  readonly flags: Readonly<Record<string, Flag>>;
  /** Options of `serve` that make it behave as that server does. */
  readonly defaults: readonly string[];
  /** How one plugin is dumped. */
  readonly infoFormat: "info" | "msgpack";
  readonly version: readonly string[];
}

const SHARED_FLAGS: Readonly<Record<string, Flag>> = {
  "kong-prefix": { takes: true, option: "--kong-prefix" },
  "plugins-directory": { takes: true, option: "--plugins-directory" },
  "dump-plugin-info": { takes: true, choose: "dump-one" },
  "dump-all-plugins": { takes: false, choose: "dump-all" },
  "version": { takes: false, choose: "version" },
  "help": { takes: false, choose: "help" },
  "h": { takes: false, choose: "help" },
};

/** go-pluginserver: every flag takes one dash or two, and it ends with its parent. */
const GO: Face = {
  flags: SHARED_FLAGS,
  defaults: ["--sock-name", "go_pluginserver.sock", "--exit-with-parent"],
  infoFormat: "msgpack",
  version: ["version", "--format", "list"],
};

/** Kong's JavaScript server: it lives on when its parent is gone, unless that was Kong. */
const JAVASCRIPT: Face = {
  flags: {
    ...SHARED_FLAGS,
    "p": SHARED_FLAGS["kong-prefix"]!,
    "d": SHARED_FLAGS["plugins-directory"]!,
    "sock-name": { takes: true, option: "--sock-name" },
    "v": { takes: false, choose: "verbose" },
    "verbose": { takes: false, choose: "verbose" },
  },
  defaults: ["--sock-name", "js_pluginserver.sock"],
  infoFormat: "info",
  version: ["version", "--format", "info"],
};

/**
 * Translates a command line of another plugin server into one of ours.
 *
 * @param args without program and script
 * @param program the name under which this program was started
 * @returns the arguments as they are, if they are not another server's
 * @throws {GibbonError} OPTION_INVALID for flags that the other server does not have either
 */
export function translateDropIn(args: readonly string[], program: string): readonly string[] {
  const first = args[0];
  // A command of ours comes first; our own --help and --version work without one.
  if (first === undefined || !first.startsWith("-")) return args;
  const ours = ["--help", "-h", "--version"].includes(first) && !/pluginserver/.test(program);
  if (ours && args.length === 1) return args;
  const face = chooseFace(args, program);
  return translate(face, args);
}

/**
 * Whose command line it is: the program's name says it, or flags that only one of them has. What
 * both could mean is taken for the JavaScript server's, whose documentation has two dashes.
 */
function chooseFace(args: readonly string[], program: string): Face {
  if (/go.?pluginserver/.test(program)) return GO;
  if (/js.?pluginserver/.test(program)) return JAVASCRIPT;
  return args.some((arg) => /^-[a-z]+-[a-z-]+/.test(arg)) || /^-version$/.test(args[0]!)
    ? GO
    : JAVASCRIPT;
}

function translate(face: Face, args: readonly string[]): readonly string[] {
  const options: string[] = [];
  let command: readonly string[] | undefined;
  let verbose = false;
  for (let i = 0; i < args.length; i++) {
    const { name, value } = splitFlag(args[i]!);
    const flag = Object.hasOwn(face.flags, name) ? face.flags[name] : undefined;
    if (!flag) throw unknownFlag(args[i]!, face);
    const given = flag.takes ? value ?? args[++i] : undefined;
    if (flag.takes && given === undefined) {
      throw new GibbonError("OPTION_INVALID", `${args.at(-1)} needs a value`);
    }
    if (flag.option) options.push(flag.option, given!);
    else if (flag.choose === "verbose") verbose = true;
    else command = chosen(face, flag.choose!, given);
  }
  if (command?.[0] === "dump") return [...command, ...onlyDirectory(options)];
  if (command) return command;
  const log = verbose ? ["--log-level", "debug"] : [];
  return ["serve", ...face.defaults, ...log, ...options];
}

function splitFlag(arg: string): { name: string; value?: string } {
  const [, name = "", value] = /^-{1,2}([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  // -vv is -v twice.
  const known = /^v+$/.test(name) ? "v" : name;
  return value === undefined ? { name: known } : { name: known, value };
}

function chosen(face: Face, choice: Choice, value: string | undefined): readonly string[] {
  switch (choice) {
    case "dump-one":
      return ["dump", "--plugin", value!, "--format", face.infoFormat];
    case "dump-all":
      return ["dump", "--format", "list"];
    case "version":
      return face.version;
    default:
      return ["--help"];
  }
}

/** A dump needs the directory and nothing else. */
function onlyDirectory(options: readonly string[]): readonly string[] {
  const at = options.lastIndexOf("--plugins-directory");
  return at < 0 ? [] : options.slice(at, at + 2);
}

function unknownFlag(flag: string, face: Face): GibbonError {
  const known = Object.keys(face.flags).map((name) => name.length > 1 ? `--${name}` : `-${name}`);
  return new GibbonError("OPTION_INVALID", `There is no option ${flag}`, {
    remedy: `Options without a command are those of Kong's other plugin servers: ` +
      `${known.join(", ")}. For gibbon's own commands see gibbon --help.`,
  });
}
