// Owns the rules about a file's form: its head, its length, index files that only declare, and the
// line by which a generated file says what it is.
import { stripRust, stripScript, withoutTests } from './source.mjs';
import { byHand, generatedPlaces, indexFiles, lineBudget } from './table.mjs';

const ending = (name) => name.slice(name.lastIndexOf('.') + 1);
const isTest = (name) => /(^|\/)(tests?|benches|bench)(\/|\.rs$)|\.test\.\w+$/.test(name);
const isGeneratedPlace = (name, places) => places.some((place) => name.startsWith(place));
const saysGenerated = (text) =>
  text
    .split('\n')
    .slice(0, 5)
    .some((line) => line.includes('GENERATED'));

/** A file in a generated place says so; any other is not allowed to. */
export function checkGenerated(files, places = generatedPlaces) {
  const errors = [];
  for (const { name, text } of files) {
    if (isGeneratedPlace(name, places) && !saysGenerated(text)) {
      errors.push(`${name}: a generated file has to say GENERATED in its first lines`);
    }
  }
  return errors;
}

/** Errors for a missing head, warnings for one missing in a test or not of two to six lines. */
export function checkHeads(files, places = generatedPlaces) {
  const errors = [];
  const warnings = [];
  for (const { name, text } of files) {
    if (!(ending(name) in lineBudget) || isGeneratedPlace(name, places)) continue;
    const lines = headLines(name, text);
    if (lines === 0)
      (isTest(name) ? warnings : errors).push(`${name}: no head that says what it owns`);
    else if (lines < 2 || lines > 6)
      warnings.push(`${name}: a head of ${lines}, where two to six lines are meant`);
  }
  return { errors, warnings };
}

function headLines(name, text) {
  const lines = text.split('\n');
  if (lines[0]?.startsWith('#!')) lines.shift();
  if (ending(name) !== 'rs' && lines[0]?.startsWith('/*')) {
    return lines.findIndex((line) => line.includes('*/')) + 1;
  }
  const mark = ending(name) === 'rs' ? /^\/\/!/ : /^\/\//;
  const end = lines.findIndex((line) => !mark.test(line));
  return end === -1 ? lines.length : end;
}

/** Warnings: beyond the budget a file gets a hard look. */
export function checkLengths(files, budget = lineBudget, places = generatedPlaces) {
  const warnings = [];
  for (const { name, text } of files) {
    const limit = budget[ending(name)];
    const lines = text.trimEnd().split('\n').length;
    if (limit && lines > limit && !isGeneratedPlace(name, places)) {
      warnings.push(`${name}: ${lines} lines, more than ${limit}`);
    }
  }
  return warnings;
}

/**
 * lib.rs and index.ts hold declarations and re-exports only, or it is an error; in a mod.rs, which may
 * have begun as a file of its own, it is a warning. What tests share is free.
 */
export function checkIndexes(files) {
  const errors = [];
  const warnings = [];
  for (const { name, text } of files) {
    if (!indexFiles.test(name) || isTest(name)) continue;
    const work = name.endsWith('.rs')
      ? /\b(fn|impl|struct|enum|trait|static)\b\s+\w/.test(withoutTests(stripRust(text)))
      : /\b(function|class)\b|=>/.test(stripScript(text));
    const into = name.endsWith('/mod.rs') ? warnings : errors;
    if (work) into.push(`${name}: holds more than declarations and re-exports`);
  }
  return { errors, warnings };
}

/** Errors where more of a binding is written by hand than its bound says, and where nothing is found to count. */
export function checkByHand(files, bounds = byHand) {
  const errors = [];
  for (const { what, places, most } of bounds) {
    const counted = files.filter(({ name, text }) => isByHand(name, places) && !isWritten(text));
    const lines = counted.reduce((sum, { name, text }) => sum + linesOfCode(name, text), 0);
    if (lines === 0) errors.push(`${what}: nothing is written by hand in ${places.join(', ')}`);
    if (lines > most) {
      const mend = 'do it in core/bridge for all bindings, or have it generated';
      errors.push(`${what}: ${lines} lines written by hand, at most ${most} are meant: ${mend}`);
    }
  }
  return errors;
}

const codeFiles = /(?<!_test|\.gen)\.(rs|py|go|c|h)$/;
const isByHand = (name, places) =>
  codeFiles.test(name) && places.includes(name.slice(0, name.lastIndexOf('/') + 1));
const isWritten = (text) => /GENERATED|DO NOT EDIT/.test(text.split('\n', 3).join('\n'));

function linesOfCode(name, text) {
  const python = name.endsWith('.py');
  const comment = python ? /^\s*(#.*)?$/ : /^\s*(\/\/.*)?$/;
  const code = python ? text.replace(/^ *"""[\s\S]*?"""$/gm, '') : text;
  return code.split('\n').filter((line) => !comment.test(line)).length;
}
