// Express with multer, files on disk: what uploads are measured beside. Speaks over IPC as test/http/upload-process.mjs does.
// Argument: the folder for the files.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const express = require('express');
const multer = require('multer');

const app = express();
const upload = multer({ dest: process.argv[2], limits: { fileSize: 128 * 2 ** 20 } });
app.post('/spooled', upload.any(), (request, response) => {
  const [file] = request.files;
  response.json(file.size);
  rmSync(file.path);
});
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

const highest = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
const cpuUs = () => process.cpuUsage().user + process.cpuUsage().system;
process.on('message', () =>
  process.send({ now: process.memoryUsage.rss(), highest: highest(), cpuUs: cpuUs() }),
);
process.on('disconnect', () => process.exit());
