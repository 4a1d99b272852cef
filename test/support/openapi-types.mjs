/** What openapi-typescript makes of an OpenAPI document that comes in as JSON. */
import openapiTS, { astToString } from 'openapi-typescript';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
// A member with a default may be left out by callers.
const nodes = await openapiTS(Buffer.concat(chunks).toString(), { defaultNonNullable: false, silent: true });
process.stdout.write(astToString(nodes));
