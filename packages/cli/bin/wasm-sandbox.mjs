#!/usr/bin/env node
// The command's entry; all it does is start the built program.
// Options, output and exit statuses are in src/.
import '../dist/main.js';
