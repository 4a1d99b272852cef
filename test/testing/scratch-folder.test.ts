import { mkdtempSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRoomyMemory, scratchFolder } from '../../src/testing/scratch-folder';

describe('the folder of a host in a test', () => {
  test('lies in memory where the machine has room there, else among the temporary files', async () => {
    const isRoomy = await isRoomyMemory('/dev/shm');
    const folder = await scratchFolder();
    try {
      expect(path.dirname(folder)).toBe(isRoomy ? '/dev/shm' : realpathSync(tmpdir()));
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      if (isRoomy) expect(statfsSync(folder).type).toBe(0x01021994);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is another one each time', async () => {
    const folders = [await scratchFolder(), await scratchFolder()];
    for (const folder of folders) rmSync(folder, { recursive: true });
    expect(new Set(folders).size).toBe(2);
  });

  test('what is no memory, too small, or not there is not taken', async () => {
    const onDisk = mkdtempSync(path.join(tmpdir(), 'gatehouse-'));
    try {
      const isDisk = statfsSync(onDisk).type !== 0x01021994;
      expect(await isRoomyMemory(onDisk, 0)).toBe(!isDisk);
    } finally {
      rmSync(onDisk, { recursive: true });
    }
    expect(await isRoomyMemory('/dev/shm', Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(await isRoomyMemory('/there/is/nothing/here')).toBe(false);
  });
});
