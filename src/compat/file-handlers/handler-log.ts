import type { Logger } from 'winston';

type Write = (message: unknown, detail?: unknown) => void;

/** `log(message, detail)` is `log.info`; lines are the plugin's. */
export type HandlerLog = Write & Readonly<Record<'debug' | 'info' | 'warn' | 'error', Write>>;

export function handlerLog(logger: Pick<Logger, 'log'>): HandlerLog {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (message, detail) =>
      void logger.log(level, textOf(message), detail === undefined ? {} : { detail });
  return Object.assign(at('info'), {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  });
}

/** Of an error, also of another realm, its stack. */
function textOf(message: unknown): string {
  if (typeof message !== 'object' || message === null) return String(message);
  const { stack } = message as { readonly stack?: unknown };
  if (typeof stack === 'string') return stack;
  try {
    return JSON.stringify(message);
  } catch {
    return String(message);
  }
}
