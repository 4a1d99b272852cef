/** Why a WebSocket ends. @see RFC 6455 §7.4.1 and its IANA registry */
export const SOCKET_CODES = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  /** Never sent: no reason came. */
  broken: 1006,
  notUtf8: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const;

/** Of a control frame (RFC 6455 §5.5), less its code. */
const MOST_REASON_BYTES = 123;
/** Assigned, but with no place in a frame (RFC 6455 §7.4.1). */
const NEVER_SENT: readonly number[] = [1004, 1005, 1006];

/** Whether a code may stand in a close frame. */
export function isSendable(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && !NEVER_SENT.includes(code)) || (code >= 3000 && code <= 4999);
}

/** A reason, cut between two characters to what a close frame takes. */
export function shortReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MOST_REASON_BYTES) return reason;
  let end = MOST_REASON_BYTES;
  while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
