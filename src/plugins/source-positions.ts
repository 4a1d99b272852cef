import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * Rewrites positions in one bundle to positions in the plugin's own files. The map is kept compressed, outside the
 * heap, and decoded when the first stack is mapped.
 */
export class SourcePositions {
  readonly #filename: string;
  readonly #base: string;
  #packed: Buffer | undefined;
  #map: SourceMap | undefined;

  /** `filename` is the bundle's name in stacks, `mapFile` where the map's relative sources start from. */
  constructor(filename: string, map: Uint8Array, mapFile: string) {
    this.#filename = filename;
    this.#base = dirname(mapFile);
    // Copied: zlib hands out a slice of a far larger buffer.
    this.#packed = Buffer.from(deflateRawSync(map, { level: 1 }));
  }

  /** The stack with each position of this bundle as `file:line:column` of the source; others are left alone. */
  mapStack(stack: string): string {
    const [head, ...rest] = stack.split(`${this.#filename}:`);
    return rest.reduce((mapped, part) => {
      const position = /^(\d{1,9}):(\d{1,9})/.exec(part);
      const source = position && this.#find(Number(position[1]), Number(position[2]));
      if (!position || source === undefined) return `${mapped}${this.#filename}:${part}`;
      return `${mapped}${source}${part.slice(position[0].length)}`;
    }, head ?? '');
  }

  #find(line: number, column: number): string | undefined {
    const entry = this.#decoded().findEntry(line - 1, column - 1);
    if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return undefined;
    const source = entry.originalSource;
    return `${isAbsolute(source) ? source : join(this.#base, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }

  #decoded(): SourceMap {
    if (this.#map === undefined) {
      const text = inflateRawSync(this.#packed ?? Buffer.alloc(0)).toString();
      this.#map = new SourceMap(JSON.parse(text) as SourceMapPayload);
      this.#packed = undefined;
    }
    return this.#map;
  }
}
