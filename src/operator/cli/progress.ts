import type { OutputStream } from './terminal';

export interface Progress {
  show(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** A bar on the error stream while something long goes on; nothing at all where that is no terminal. */
export function createProgress(stream: OutputStream, label: string, total: number): Progress {
  if (stream.isTTY !== true || total === 0) return { show: () => {}, end: () => {} };
  return {
    show(done) {
      const fraction = Math.min(1, done / total);
      const filled = Math.round(fraction * WIDTH);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
      stream.write(
        `${CLEAR_LINE}${label} ${bar} ${Math.floor(fraction * 100)} %  ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`,
      );
    },
    end: () => stream.write(CLEAR_LINE),
  };
}
