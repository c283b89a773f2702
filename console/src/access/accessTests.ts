/**
 * What the page of access tests works out itself: which lines differ, and what a save was refused for, line by line.
 * It asks nothing of the server and knows no grammar.
 */
import type { AccessTestResult } from '../api/client';
import { ProblemError } from '../api/problem';

export interface LineDifference {
  added: string[];
  removed: string[];
}

/** Lines that stand in one text and not in the other, however often; blank ones don't count. */
export function lineDifference(before: string, after: string): LineDifference {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const without = (all: string[], others: string[]) => {
    const left = [...others];
    return all.filter((line) => {
      const at = left.indexOf(line);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  return { added: without(lines(after), lines(before)), removed: without(lines(before), lines(after)) };
}

/** A line that the server refused to keep. */
export interface Refused {
  line: number;
  sentence: string;
}

/** What is wrong with which lines, in their order; nothing when the refusal wasn't about lines. */
export function refusedLines(error: unknown): Refused[] {
  if (!(error instanceof ProblemError)) return [];
  return (error.problem.errors ?? []).flatMap(({ field, message }) => {
    const line = /^lines\[(\d+)\]$/.exec(field)?.[1];
    return line ? [{ line: Number(line), sentence: message }] : [];
  });
}

export type Mark = AccessTestResult['outcome'] | 'refused';

/** What is shown beside each line, by its number. */
export function marks(results: AccessTestResult[], refused: Refused[]): Map<number, Mark> {
  const found = new Map<number, Mark>(results.map(({ line, outcome }) => [line, outcome]));
  for (const { line } of refused) found.set(line, 'refused');
  return found;
}

/** Where a line begins and ends in a text. */
export function rangeOfLine(text: string, line: number): [number, number] {
  const before = text.split('\n').slice(0, line - 1);
  const from = before.reduce((length, one) => length + one.length + 1, 0);
  return [from, from + (text.split('\n')[line - 1]?.length ?? 0)];
}
