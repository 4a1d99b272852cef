import { statSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../../core/errors';

/** Where a plugin is taken from. */
export type PluginSource =
  | {
      readonly kind: 'npm';
      /** As npm takes it: a name, maybe with a version, or an archive. */ readonly spec: string;
    }
  | {
      readonly kind: 'git';
      readonly url: string;
      /** A branch, a tag or a commit. */ readonly ref: string | undefined;
    }
  | { readonly kind: 'folder'; /** Absolute. */ readonly folder: string };

const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:@[a-zA-Z0-9.^~<>=*+-]+)?$/;
const ARCHIVE = /\.(?:tgz|tar\.gz)$/;
const GIT_PROTOCOLS: readonly string[] = ['git:', 'ssh:', 'file:', 'https:', 'http:'];

/**
 * Understands what was given: an address that is git's (`git+https://…`, `….git`, `file://…`, `git@host:path`; `#` and a branch, tag
 * or commit may follow), a folder, an archive (`.tgz`), else a package of npm. @throws install/bad-source
 */
export function parseSource(given: string, cwd: string): PluginSource {
  if (given.startsWith('-') || given === '')
    refuse(given, 'it is neither an address, a folder nor a package');
  const [address = '', ref] = splitRef(given);
  if (/^git@[\w.-]+:[^\s:]+$/.test(address)) return { kind: 'git', url: address, ref };
  if (/^[a-z+]+:\/\//.test(address)) return fromAddress(given, address, ref);
  const place = path.resolve(cwd, given);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return { kind: 'folder', folder: place };
  if (found?.isFile() === true && ARCHIVE.test(given)) return { kind: 'npm', spec: place };
  if (/^[./~]/.test(given)) refuse(given, 'there is no such folder or archive');
  if (!PACKAGE.test(given)) refuse(given, 'that is no name of a package');
  return { kind: 'npm', spec: given };
}

function fromAddress(given: string, address: string, ref: string | undefined): PluginSource {
  const text = address.replace(/^git\+/, '');
  if (!URL.canParse(text)) refuse(given, 'that is no address');
  const url = new URL(text);
  if (url.password !== '' || (url.username !== '' && url.protocol.startsWith('http')))
    refuse(
      `${url.protocol}//…@${url.host}`,
      'credentials in an address would be kept in clear; let git or npm ask for them',
    );
  if (ARCHIVE.test(url.pathname) && url.protocol === 'https:') return { kind: 'npm', spec: text };
  if (!GIT_PROTOCOLS.includes(url.protocol)) refuse(given, 'git is asked by https, ssh, git or file');
  if (ref?.startsWith('-') === true) refuse(given, 'a branch, tag or commit stands after #');
  return { kind: 'git', url: text, ref };
}

function splitRef(given: string): [string, string | undefined] {
  const at = given.indexOf('#');
  return at === -1 ? [given, undefined] : [given.slice(0, at), given.slice(at + 1) || undefined];
}

function refuse(source: string, why: string): never {
  throw new HostError('install/bad-source', [source, why]);
}
