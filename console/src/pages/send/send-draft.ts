import { base64Of } from '../../parts/request-view-body';

/** As `POST /send` takes it. */
export interface WantedEvent {
  readonly sender: string;
  readonly to: string;
  readonly event?: string;
  readonly invalid?: string;
  readonly bodyBase64?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secretName?: string;
}

/** The form as it stands. */
export interface SendDraft {
  readonly sender: string;
  readonly to: string;
  readonly event: string;
  /** Empty: a right one. */
  readonly invalid: string;
  readonly secretName: string;
  readonly headers: string;
  /** Undefined: the sample's. */
  readonly body: string | undefined;
}

export function wantedOf({ sender, to, event, body, ...draft }: SendDraft): WantedEvent {
  const headers = headersOf(draft.headers);
  const { invalid, secretName } = draft;
  return {
    ...{ sender, to },
    ...(event !== '' && { event }),
    ...(invalid !== '' && { invalid }),
    ...(secretName !== '' && { secretName }),
    ...(body !== undefined && { bodyBase64: base64Of(body) }),
    ...('headers' in headers && Object.keys(headers.headers).length > 0 && headers),
  };
}

/** One header a line. */
export function headersOf(
  text: string,
): { readonly headers: Readonly<Record<string, string>> } | { readonly problem: string } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, Math.max(colon, 0)).trim(), line.slice(colon + 1).trim()] as const;
  });
  const wrong = pairs.findIndex(([name]) => name === '');
  return wrong === -1 ? { headers: Object.fromEntries(pairs) } : { problem: lines[wrong] ?? '' };
}

/** What is wrong with a body that is to be JSON; undefined where nothing is. It can be sent all the same. */
export function bodyProblem(text: string, type: string): string | undefined {
  if (!/json/i.test(type) && !/^\s*[[{]/.test(text)) return undefined;
  if (text === '') return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `No JSON: ${(error as Error).message}`;
  }
}

/** JSON with indents; anything else as it is. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
