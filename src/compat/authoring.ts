import type { Constructor } from '../core/declaration';
import { withOldNames, type Authoring, type OldNames } from './old-names';
import { withWebhookMethods, type WebhookMethods } from './webhook-method/mixin';

/** The authors' `Plugin` with everything of the old system: one line in `index.ts`. */
export function withCompat<B extends Constructor<Authoring>>(
  Base: B,
): B & Constructor<WebhookMethods & OldNames> {
  return withOldNames(withWebhookMethods(Base));
}
