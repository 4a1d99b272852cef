import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useNotices } from './notices';

const SHOWN_MS = 1_500;

interface CopyButtonProps {
  readonly value: string;
  /** What is copied, as in `URL`. */
  readonly label: string;
}

/** Puts a text on the clipboard, on plain HTTP as well. */
export function CopyButton({ value, label }: CopyButtonProps) {
  const { say } = useNotices();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (button: HTMLElement) => {
    const done = await copyText(value, button);
    setCopied(done);
    say(done ? 'good' : 'bad', done ? `${label} copied.` : 'The browser does not allow copying.', true);
  };
  return (
    <Button
      variant="default"
      size="compact-xs"
      className="copy"
      onClick={(event) => {
        event.stopPropagation();
        void copy(event.currentTarget);
      }}
    >
      {isCopied ? 'Copied' : `Copy ${label}`}
    </Button>
  );
}

/** `near`: an element in front, such as one of an open dialog, which keeps the focus within. */
async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    // Undefined on plain HTTP, but for loopback.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'copy-source';
  area.setAttribute('aria-hidden', 'true');
  near.after(area);
  area.select();
  try {
    return document.execCommand('copy');
  } finally {
    area.remove();
    near.focus();
  }
}
