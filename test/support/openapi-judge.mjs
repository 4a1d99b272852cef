/** Validates OpenAPI documents: a JSON list of them comes in, a list of what is wrong with each goes out. */
import { Validator } from '@seriousme/openapi-schema-validator';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const answers = [];
for (const document of JSON.parse(Buffer.concat(chunks).toString())) {
  const { valid, errors } = await new Validator().validate(document);
  answers.push(valid ? [] : [errors].flat());
}
process.stdout.write(JSON.stringify(answers));
