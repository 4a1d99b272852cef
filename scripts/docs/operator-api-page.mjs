import { cell } from './cell.mjs';

/** Every operation of the operator API, from its table. */
export function operatorApiPage(operations) {
  const areas = grouped(operations);
  return `# Operator API

Generated from \`src/operator/operations\` by \`npm run docs\`; \`/api/openapi.json\` of a host says the same with schemas. All are below
\`/api/operator\` and ask for \`Authorization: Bearer\` with the operator's token or a token of the scope in the last column. Errors
are problem documents ([errors](errors.md)). Lists answer pages: \`?limit=\` of at most 200, \`?after=\` with the \`next\` of the page before.
What has a scope is a tool for agents too, at \`/mcp\`, named \`gatehouse_<operation>\` with \`_\` for \`.\`.

${[...areas].map(([area, rows]) => `## ${area}\n\n${table(rows)}`).join('\n\n')}
`;
}

const areaOf = ({ id }) => id.split('.')[0];

/** `Map.groupBy` is not in every Node that runs this. */
function grouped(operations) {
  const areas = new Map();
  for (const operation of operations)
    areas.set(areaOf(operation), [...(areas.get(areaOf(operation)) ?? []), operation]);
  return areas;
}

function table(rows) {
  const lines = rows.map(
    ({ id, method, path, summary, scope }) =>
      `| \`${method} ${cell(path)}\` | \`${id}\` | ${cell(summary)} | \`${scope}\` |`,
  );
  return ['| | operation | what | scope |', '|---|---|---|---|', ...lines].join('\n');
}
