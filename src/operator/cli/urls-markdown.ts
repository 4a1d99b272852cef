import type { UrlStatus } from '../urls-desk';
import { plain } from './terminal';

/** A table for a README: what senders and callers need to know of each address. */
export function toMarkdown(urls: readonly UrlStatus[]): string {
  const rows = urls.map(({ method, url, access, headers = [], secretNames = [], isOpen, note }) => {
    const notes = [...(isOpen ? ['open to everybody'] : []), ...(note === '' ? [] : [note])];
    const cells = [method, quoted(url), cell(access), ...[headers, secretNames].map(list), notes.join(', ')];
    return `| ${cells.join(' | ')} |`;
  });
  return [`| ${HEAD.join(' | ')} | |`, '|---|---|---|---|---|---|', ...rows].join('\n');
}

const HEAD = ['method', 'URL', 'access', 'header', 'secret'];

const list = (names: readonly string[]) => names.map(quoted).join(', ');
const quoted = (text: string) => `\`${code(text)}\``;
/** Ends neither the cell nor the code in it. */
const code = (text: string) => oneLine(text).replaceAll('`', '%60').replaceAll('|', '%7C');
const cell = (text: string) => oneLine(text).replace(/[\\`*_{}[\]<>|]/g, '\\$&');
const oneLine = (text: string) => plain(text).replaceAll('\n', ' ');
