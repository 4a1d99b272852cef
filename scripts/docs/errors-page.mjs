import { cell } from './cell.mjs';

/** Every code of the catalogue. */
export function errorsPage(catalogue) {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${cell(exampleOf(message))} |`);
  return `# Errors

Generated from \`src/core/errors.ts\` by \`npm run docs\`. Every error the host raises has a code; over HTTP it is the
\`code\` of a problem document (RFC 9457) with the status below. Words in ‹› stand for what the error is about.

| code | status | message |
|---|---|---|
${rows.join('\n')}
`;
}

/** The message with its parameters' names in the places of their values. */
function exampleOf(message) {
  const [, list = ''] = /^\s*\(?([^)=]*)\)?\s*=>/.exec(message.toString()) ?? [];
  const names = list.split(',').map((name) => name.trim());
  return message(...names.filter((name) => name !== '').map((name) => `‹${name}›`));
}
