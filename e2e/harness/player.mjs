/** The player as a person uses it: by the names of its controls and the position that it says. */
import assert from 'node:assert/strict';
import { pattern, text } from './texts.mjs';

const PATIENCE_MS = 20_000;

/** Presses Play beside the first conversation of the list that can be heard, and waits until it is. */
export async function playFirst(page) {
  await page.getByRole('button', { name: pattern('list.play') }).first().click();
  await page.waitForURL(/\/conversations\/[0-9a-f-]{36}/);
  await passes(page, 1);
}

export function playerOf(page) {
  const player = page.getByRole('group', { name: text('player.label') });
  return {
    position: player.getByRole('slider', { name: text('player.position') }),
    play: player.getByRole('button', { name: text('player.play'), exact: true }),
    pause: player.getByRole('button', { name: text('player.pause'), exact: true }),
  };
}

export async function secondsOf(page) {
  return Number(await playerOf(page).position.getAttribute('aria-valuenow'));
}

export async function lengthOf(page) {
  return Number(await playerOf(page).position.getAttribute('aria-valuemax'));
}

/** Waits until the position is at or past a second. */
export async function passes(page, second) {
  await eventually(async () => assert.ok((await secondsOf(page)) >= second, `the position never passed ${second} s`));
}

/** Tries until it holds; what the last try said is the failure. */
export async function eventually(holds) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
