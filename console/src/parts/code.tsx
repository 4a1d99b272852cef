import { Box } from '@mantine/core';
import { useMemo } from 'react';

interface CodeProps {
  readonly text: string;
  /** `json` is written with indents where it is JSON; of `hex` the text is Base64, shown as 16 bytes a line. */
  readonly language?: 'json' | 'hex' | 'text';
  /** For screen readers: what it is. */
  readonly label?: string;
  /** Of the box in which it scrolls, px. */
  readonly maxHeight?: number;
}

/** Text as it is: in monospace, scrollable, to be selected and copied. */
export function Code({ text, language = 'text', label = 'Text', maxHeight = 420 }: CodeProps) {
  const shown = useMemo(
    () => (language === 'json' ? indented(text) : language === 'hex' ? dump(text) : text),
    [text, language],
  );
  return (
    <Box component="pre" className="code" mah={maxHeight} tabIndex={0} role="region" aria-label={label}>
      {shown}
    </Box>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

const PER_LINE = 16;
/** What is longer is shown in part: a browser lays out each line. */
const MOST_BYTES = 65_536;

function dump(base64: string): string {
  const all = atob(base64);
  const lines: string[] = [];
  for (let at = 0; at < Math.min(all.length, MOST_BYTES); at += PER_LINE) {
    const part = all.slice(at, at + PER_LINE);
    const hex = [...part].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    const plain = [...part].map((byte) => (byte >= ' ' && byte <= '~' ? byte : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(PER_LINE * 3 - 1)}  ${plain}`);
  }
  if (all.length > MOST_BYTES) lines.push(`… ${all.length - MOST_BYTES} bytes more`);
  return lines.join('\n');
}
