import { offerPostgres } from './postgres';

declare global {
  var endOfferedPostgres: (() => Promise<void>) | undefined;
}

/** Before the whole run; costs one idle process until a test asks for a database. */
export default async function setUp(): Promise<void> {
  globalThis.endOfferedPostgres = await offerPostgres();
}
