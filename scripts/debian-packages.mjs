/** Programs that the system has in packages of the same names. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** Installs those that are missing, as root on Debian; answers those that still are. */
export function provideCommands(names) {
  const missing = () => names.filter((name) => !isCommand(name));
  const isDebian = existsSync('/etc/debian_version') && isCommand('apt-get');
  if (missing().length > 0 && isDebian && process.getuid() === 0) install(missing());
  return missing();
}

function install(names) {
  console.log(`Installing ${names.join(', ')} (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A fresh system knows no package before the update; if that fails, what it knows may still be enough.
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]])
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

export function isCommand(name) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      const file = path.join(folder, name);
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
