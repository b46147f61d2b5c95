/** Shell completions, from the program's own commands and options. `labelwise completion SHELL` prints them. */

/** Each command with its subcommands and flags; a flag's `values` are null where it takes none, [] where it takes anything. */
function describe(command, path = []) {
  const flags = command.options
    .filter(({ long }) => long)
    .map(({ long, short, description, required, optional, argChoices }) => ({
      long,
      short,
      description: description.replace(/\s+/g, ' '),
      values: required || optional ? (argChoices ?? []) : null,
    }));
  const children = command.commands.filter((child) => child.name() !== 'help');
  const own = {
    path,
    flags,
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    children: children.map((child) => [child.name(), child.description()]),
  };
  return [own, ...children.flatMap((child) => describe(child, [...path, child.name()]))];
}

const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(commands) {
  const words = ({ flags, children }) => [...children.map(([name]) => name), ...flags.map(({ long }) => long), '--help'].join(' ');
  const cases = commands.map((command) => {
    const { path, choices } = command;
    const only = `[[ "$current" == -* ]] || { COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); return; }`;
    return `    ${quote(path.join(' '))}) words=${quote(words(command))}${choices.length > 0 ? `; ${only}` : ''} ;;`;
  });
  const choices = new Map(
    commands.flatMap(({ flags }) => flags.filter(({ values }) => values?.length > 0).map(({ long, values }) => [long, values])),
  );
  const values = [...choices].map(
    ([long, list]) => `    ${long}) COMPREPLY=($(compgen -W ${quote(list.join(' '))} -- "$current")); return ;;`,
  );
  const names = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `# bash completion of labelwise. Made by npm run docs. To use it: source <(labelwise completion bash)
_labelwise() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in ${names.join('|')}) command="\${command:+$command }$word" ;; esac
  done
  case "$before" in
${values.join('\n')}
  esac
  case "$command" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  local IFS=$'\\n' # a name may have spaces
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _labelwise labelwise
`;
}

function zsh(commands) {
  const text = (value) => value.replaceAll('\\', '\\\\').replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
  const spec = ({ long, description, values }) => {
    const action = values === null ? '' : values.length > 0 ? `:value:(${values.join(' ')})` : ':value:_files';
    return quote(`*${long}[${text(description)}]${action}`);
  };
  const cases = commands.map(({ path, flags, children, choices }) => {
    const rest = choices.length > 0 ? `1:value:(${choices.join(' ')})` : '*:file:_files';
    const named = children.map(([name, description]) => quote(`${name}:${description.replaceAll(':', '\\:')}`)).join(' ');
    const list = children.length > 0 ? `local -a names=(${named}); _describe command names; ` : '';
    return `    ${quote(path.join(' '))}) ${list}_arguments -S ${flags.map(spec).join(' ')} ${quote(rest)} ;;`;
  });
  const names = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `#compdef labelwise
# zsh completion of labelwise. Made by npm run docs. To use it: labelwise completion zsh > ~/.zfunc/_labelwise, with ~/.zfunc in fpath
_labelwise() {
  local command='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command:+$command }$word" in ${names.join('|')}) command="\${command:+$command }$word" ;; esac
  done
  case "$command" in
${cases.join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _labelwise "$@"; else compdef _labelwise labelwise; fi
`;
}

function fish(commands) {
  const text = (value) => quote(value).replaceAll("'\\''", "\\'");
  const lines = commands.flatMap(({ path, flags, children, choices }) => {
    const condition = `-n ${text(`__labelwise_at ${path.join(' ')}`)}`;
    return [
      ...children.map(([name, description]) => `complete -c labelwise ${condition} -a ${name} -d ${text(description)}`),
      ...(choices.length > 0 ? [`complete -c labelwise ${condition} -f -a ${text(choices.join(' '))}`] : []),
      ...flags.map(({ long, short, description, values }) => {
        const takes = values === null ? '' : values.length > 0 ? ` -x -a ${text(values.join(' '))}` : ' -r';
        return `complete -c labelwise ${condition} -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}${takes} -d ${text(description)}`;
      }),
    ];
  });
  const names = commands.filter(({ path }) => path.length > 0).map(({ path }) => text(path.join(' ')));
  return `# fish completion of labelwise. Made by npm run docs. To use it: labelwise completion fish > ~/.config/fish/completions/labelwise.fish
function __labelwise_at
    set -l command
    for word in (commandline -opc)[2..]
        contains -- (string join -- ' ' $command $word) ${names.join(' ')}; and set -a command $word
    end
    test "$command" = "$argv"
end
${lines.join('\n')}
`;
}

/** The files, by path. */
export function completionFiles(program) {
  const commands = describe(program);
  const scripts = { bash: bash(commands), zsh: zsh(commands), fish: fish(commands) };
  return Object.fromEntries(Object.entries(scripts).map(([shell, script]) => [`data/completions/labelwise.${shell}`, script]));
}
