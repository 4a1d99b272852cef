import { Box } from '@mantine/core';
import { stackLines } from './stack-lines';

interface StackTraceProps {
  readonly stack: string;
  /** Of the plugin that threw, absolute. */
  readonly folder: string;
  /** Of the box in which it scrolls, px. */
  readonly maxHeight?: number;
}

/** Where a plugin threw; frames that are not its own step back. */
export function StackTrace({ stack, folder, maxHeight = 420 }: StackTraceProps) {
  return (
    <Box component="pre" className="code" mah={maxHeight} tabIndex={0} role="region" aria-label="Stack">
      {stackLines(stack, folder).map(({ text, isForeign }, index) => (
        <span key={index} className={isForeign ? 'foreign' : undefined}>
          {`${text}\n`}
        </span>
      ))}
    </Box>
  );
}
