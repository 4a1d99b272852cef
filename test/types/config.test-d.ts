import { z } from 'zod';
import { Plugin } from '../../src/index';

// What a configuration with a schema must and must not compile to.
const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' });
const config = plugin.config(
  z.object({
    CHANNEL: z.string().default('console-ci'),
    retries: z.coerce.number(),
    key: z.string().optional(),
  }),
);

const channel: string = config.CHANNEL;
const retries: number = config.retries;
const key: string | undefined = config.key;
const loose: unknown = plugin.config['CHANNEL'];
export const read = [channel, retries, key, loose];

// @ts-expect-error the schema declares no such field
void config.CHANEL;
// @ts-expect-error it is read-only
config.CHANNEL = 'x';
// @ts-expect-error a number is no text
const wrong: string = config.retries;
void wrong;
// @ts-expect-error it takes a schema
plugin.config({ CHANNEL: 'x' });
// @ts-expect-error it is read-only
plugin.config['CHANNEL'] = 'x';
