import { cell } from './cell.mjs';

/** Every command, as the program itself describes it (`CommandDescription` of src/operator/cli/described-command.ts). */
export function cliPage(program) {
  const commands = leaves(program, []);
  return `# Command line

Generated from the program itself by \`npm run docs\`; \`gatehouse help <command>\` says the same. In the repository \`npx gatehouse\`. Exit codes: 0
done, 1 failed, 2 usage, 3 the host cannot be reached. Commands about a running host find it through the socket in its data
folder, or with \`--url\` and \`--token\`. \`--json\` prints one JSON document.

${commands.map(({ path, command }) => section(path, command)).join('\n\n')}
`;
}

function leaves(command, path) {
  return command.commands.flatMap((child) => {
    const here = [...path, child.name];
    const inside = leaves(child, here);
    return child.runs ? [{ path: here, command: child }, ...inside] : inside;
  });
}

function section(path, { usage, description, arguments: taken, options }) {
  const lines = [
    `## gatehouse ${path.join(' ')}`,
    '',
    description,
    '',
    '```',
    `gatehouse ${[...path, usage].join(' ')}`,
    '```',
  ];
  const rows = [...taken, ...options]
    .filter(({ name }) => name !== '-h, --help')
    .map(({ name, description: what }) => `| \`${name.replaceAll('|', '\\|')}\` | ${cell(what)} |`);
  if (rows.length > 0) lines.push('', '| | |', '|---|---|', ...rows);
  return lines.join('\n');
}
