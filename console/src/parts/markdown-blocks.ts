export type MarkdownBlock =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph' | 'quote'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'rule' };

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const ITEM = /^[ \t]*(?:([-*+])|\d{1,9}[.)])[ \t]+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * The part of CommonMark, with tables, that a README is written in; whatever else there is, HTML too, stays text. Line by line:
 * it takes as long as the text is.
 */
export function markdownBlocks(text: string): readonly MarkdownBlock[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: MarkdownBlock[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (line.trim() === '') {
      at += 1;
      continue;
    }
    const [block, next] =
      fenceAt(lines, at) ??
      singleAt(lines, at) ??
      tableAt(lines, at) ??
      listAt(lines, at) ??
      textAt(lines, at);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

type Found = readonly [block: MarkdownBlock, next: number];

function fenceAt(lines: readonly string[], at: number): Found | undefined {
  const fence = FENCE.exec(lines[at] ?? '')?.[1];
  if (fence === undefined) return undefined;
  const isEnd = (line: string) => line.trim().startsWith(fence);
  const end = lines.findIndex((line, index) => index > at && isEnd(line));
  const last = end === -1 ? lines.length : end;
  return [{ kind: 'code', text: lines.slice(at + 1, last).join('\n') }, last + 1];
}

function singleAt(lines: readonly string[], at: number): Found | undefined {
  const line = lines[at] ?? '';
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const text = (heading[2] ?? '').replace(/[ \t]#+[ \t]*$/, '').trim();
    return [{ kind: 'heading', level: heading[1]?.length ?? 1, text }, at + 1];
  }
  return RULE.test(line) ? [{ kind: 'rule' }, at + 1] : undefined;
}

function tableAt(lines: readonly string[], at: number): Found | undefined {
  if (!(lines[at] ?? '').includes('|') || !TABLE_RULE.test(lines[at + 1] ?? '')) return undefined;
  const rows: string[][] = [];
  let next = at + 2;
  for (; (lines[next] ?? '').includes('|'); next += 1) rows.push(cellsOf(lines[next] ?? ''));
  return [{ kind: 'table', head: cellsOf(lines[at] ?? ''), rows }, next];
}

function cellsOf(line: string): string[] {
  const trimmed = line.trim();
  const inner = trimmed.slice(trimmed.startsWith('|') ? 1 : 0, trimmed.endsWith('|') ? -1 : undefined);
  return inner.split('|').map((cell) => cell.trim());
}

function listAt(lines: readonly string[], at: number): Found | undefined {
  const first = ITEM.exec(lines[at] ?? '');
  if (first === null) return undefined;
  const items: string[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    const item = ITEM.exec(line);
    if (item !== null) items.push(item[2] ?? '');
    else if (line.trim() === '' || !/^\s/.test(line)) break;
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return [{ kind: 'list', isOrdered: first[1] === undefined, items }, next];
}

function textAt(lines: readonly string[], at: number): Found {
  const isQuote = QUOTE.test(lines[at] ?? '');
  const texts: string[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (line.trim() === '' || (next > at && startsBlock(line)) || QUOTE.test(line) !== isQuote) break;
    texts.push((QUOTE.exec(line)?.[1] ?? line).trim());
  }
  return [{ kind: isQuote ? 'quote' : 'paragraph', text: texts.join(' ') }, next];
}

const startsBlock = (line: string) => [FENCE, HEADING, RULE, ITEM].some((start) => start.test(line));
