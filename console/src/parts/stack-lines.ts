/** One line of a stack, and whether it is of somebody else than the plugin that threw. */
export interface StackLine {
  readonly text: string;
  readonly isForeign: boolean;
}

/** A stack, line by line: frames outside the plugin's folder, which is absolute, are foreign; messages are not. */
export function stackLines(stack: string, folder: string): readonly StackLine[] {
  const own = `${folder.replace(/\/+$/, '')}/`;
  return stack
    .split('\n')
    .map((text) => ({ text, isForeign: text.trimStart().startsWith('at ') && !text.includes(own) }));
}
