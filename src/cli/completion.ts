// gibbon completion: what completes commands and options in bash, zsh and fish, made of the table.
import { GibbonError } from "../base/errors.ts";
import type { RunCommand } from "./context.ts";
import { type Option, OPTIONS } from "./option_table.ts";
import type { Parsable } from "./parsable.ts";
import { commandName, writtenAs } from "./usage_errors.ts";

type Script = (commands: readonly Parsable[]) => string;

const SHELLS: Readonly<Record<string, Script>> = { bash, zsh, fish };

/** What prints the script of a shell; OPTION_INVALID for a shell that it is not there for. */
export function completionFor(commands: readonly Parsable[]): RunCommand {
  return async ({ paths: [shell = ""], output }) => {
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (!script) {
      throw new GibbonError("OPTION_INVALID", `There is no completion for ${shell}`, {
        remedy: `Name one of ${Object.keys(SHELLS).join(", ")}.`,
      });
    }
    await output.data(script(commands));
  };
}

/** Each command with all names of its options. */
function words(
  commands: readonly Parsable[],
): [name: string, help: string, options: readonly string[]][] {
  return commands.map(({ usage, help, options }) => [
    commandName({ usage }),
    help,
    ["--help", ...options.flatMap((name) => writtenAs(OPTIONS[name].flag).names)],
  ]);
}

function bash(commands: readonly Parsable[]): string {
  const cases = words(commands).map(([name, , options]) =>
    `    ${name}) options="${options.join(" ")}" ;;`
  );
  return `# source <(gibbon completion bash)
_gibbon() {
  local word="\${COMP_WORDS[COMP_CWORD]}" options=""
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "help ${words(commands).map(([name]) => name).join(" ")}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _gibbon gibbon
`;
}

function zsh(commands: readonly Parsable[]): string {
  const described = words(commands).map(([name, help]) => `    ${quoted(`${name}:${help}`)}`);
  const cases = words(commands).map(([name, , options]) =>
    `    ${name}) compadd -- ${options.join(" ")} ;;`
  );
  return `#compdef gibbon
# source <(gibbon completion zsh)
_gibbon() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ $words[CURRENT] != -* ]]; then
    _files
    return
  fi
  case $words[2] in
${cases.join("\n")}
  esac
}
compdef _gibbon gibbon
`;
}

function fish(commands: readonly Parsable[]): string {
  const lines = commands.flatMap(({ usage, help, options }) => {
    const name = commandName({ usage });
    const command = `complete -c gibbon -n __fish_use_subcommand -a ${name} -d ${quoted(help)}`;
    const own = options.map((one) => {
      const { flag, help }: Option = OPTIONS[one];
      const { names, takesValue } = writtenAs(flag);
      const written = names.map((word) =>
        word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`
      );
      const more = takesValue ? " -r" : "";
      return `complete -c gibbon -n "__fish_seen_subcommand_from ${name}" ` +
        `${written.join(" ")}${more} -d ${quoted(help)}`;
    });
    return [command, ...own];
  });
  return `# gibbon completion fish | source\n${lines.join("\n")}\n`;
}

/** A word for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "'\\''")}'`;
}
