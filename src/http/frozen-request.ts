import { formOf, jsonOf, NO_VALUES, queryOf } from '../core/body-values';
import type { Values } from '../core/exchange';
import type { SignedRequest } from '../core/signed-request';
import { mediaTypeOf, NO_BYTES } from './body';
import type { GateRequest } from './messages';
import { asItCame } from './sanitising';

interface FrozenParts {
  readonly request: GateRequest;
  readonly publicBase: string | undefined;
  /** Of text handed to the JSON parser. */
  readonly jsonBytes: number;
  readonly wire?: Buffer;
  /** The body with its content encoding undone; where it cannot be undone, throws why. Default: `wire`. */
  readonly decoded?: () => Buffer;
}

/** A request of the gateway as its guard judges it. What is parsed of it is parsed when asked for, once. */
export class FrozenRequest implements SignedRequest {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: readonly string[];
  readonly wire: Buffer;
  readonly #parts: FrozenParts;
  readonly #mediaType: string;
  #json: { readonly value: unknown } | undefined = undefined;
  #form: Values | undefined = undefined;
  #query: Values | undefined = undefined;
  /** The fields of a form of several parts were asked for, and it was not read yet. */
  lacksForm = false;

  constructor(parts: FrozenParts) {
    const { request, wire = NO_BYTES } = parts;
    this.#parts = parts;
    this.method = request.method ?? '';
    this.rawTarget = request.originalUrl;
    this.rawHeaders = asItCame(request).rawHeaders;
    this.wire = wire;
    this.#mediaType = mediaTypeOf(request);
  }

  publicUrl(): string | undefined {
    const { publicBase } = this.#parts;
    return publicBase === undefined ? undefined : publicBase + this.rawTarget;
  }
  decoded(): Buffer {
    return this.#parts.decoded?.() ?? this.wire;
  }
  json(): unknown {
    return (this.#json ??= { value: jsonOf(() => this.decoded(), this.#parts.jsonBytes) }).value;
  }
  form(): Values {
    return (this.#form ??= this.#formValues());
  }
  get query(): Values {
    return (this.#query ??= queryOf(this.rawTarget));
  }

  /** The fields of a form of several parts, read meanwhile. */
  takeForm(fields: Values): void {
    this.#form = fields;
    this.lacksForm = false;
  }

  #formValues(): Values {
    if (this.#mediaType === 'multipart/form-data') {
      this.lacksForm = true;
      return NO_VALUES;
    }
    return formOf(() => this.decoded(), this.#mediaType);
  }
}
