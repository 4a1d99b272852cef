// Sees to the browser that tests of pages drive, before `npm test`: installs it as root on Debian, else says how.
import { provideCommands } from './debian-packages.mjs';

const isNamed = process.env.GATEHOUSE_TEST_CHROMIUM !== undefined;
if (!isNamed && provideCommands(['chromium']).length > 0) {
  console.error(
    'Tests of pages drive Chromium, which is missing. On Debian install it with\n' +
      '  sudo apt-get install -y chromium\nelsewhere name one: GATEHOUSE_TEST_CHROMIUM=/path/to/chromium',
  );
  process.exit(1);
}
