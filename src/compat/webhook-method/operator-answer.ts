import type { Logger } from 'winston';
import type { Answer, Declaration, Endpoint } from '../../core/declaration';
import type { PluginKey } from '../../core/plugin-key';
import { saidByPath } from '../../core/endpoint-path';
import type { Settings } from '../../core/settings';
import { DIALECT } from './endpoints';

export interface OperatorAnswerOptions {
  /** Of webhook methods whose author does not say. */
  readonly standard: Answer;
  readonly perPlugin: Settings['perPlugin'];
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Gives webhook methods the answer that the operator wants, without touching the plugin: what is said of the endpoint
 * counts first, then of the plugin, then what its author says, then the host's own. Other declarations stay as they are.
 */
export function operatorAnswers({
  standard,
  perPlugin,
  logger,
}: OperatorAnswerOptions): (key: PluginKey, declarations: Iterable<Declaration>) => Iterable<Declaration> {
  return (key, declarations) => {
    const said = perPlugin[key] ?? {};
    const byPath = saidByPath(said, 'answer');
    const found = new Set<string>();
    const revised = [...declarations].map((declaration) => {
      if (declaration.kind !== 'endpoint' || declaration.origin.dialect !== DIALECT) return declaration;
      found.add(declaration.path);
      const wanted = byPath.get(declaration.path)?.answer ?? said.webhookMethods?.answer;
      return answered(declaration, wanted ?? (declaration.isAnswerChosen === true ? undefined : standard));
    });
    for (const path of byPath.keys())
      if (!found.has(path))
        logger.warn(
          `plugins.${key}.endpoints.${path}.answer has no effect: ${key} mounts no webhook method there`,
          { plugin: key },
        );
    return revised;
  };
}

/** An endpoint that stores nothing has nothing to put in order or to recognise again. */
function answered(endpoint: Endpoint, answer: Answer | undefined): Endpoint {
  if (answer === undefined || answer === endpoint.answer) return endpoint;
  if (answer !== 'handler') return { ...endpoint, answer };
  const { lane: _lane, dedupe: _dedupe, concurrency: _concurrency, ...rest } = endpoint;
  return { ...rest, answer };
}
