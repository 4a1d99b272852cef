// @ts-check
/**
 * better-sqlite3 for this Node. Version 13 brings its binary along and needs Node 22: 20 ends with a segmentation
 * fault. Version 12 is compiled, and ends Node 24.19 and later when a statement is collected as garbage.
 * Plain JavaScript: the processes of plugins' databases load it from the sources as well.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- CommonJS, as it says */
'use strict';
const FIRST_NODE = 22;
const isOld = Number.parseInt(process.versions.node, 10) < FIRST_NODE;

const driver = isOld ? 'better-sqlite3-node20' : 'better-sqlite3';

/** @type {typeof import('better-sqlite3')} */
module.exports = require(driver);
