/** A vault and a browser for the tests of one file. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startVault } from './vault.mjs';

export function useVault(options) {
  const here = { vault: null, browser: null };
  before(async () => {
    here.vault = await startVault(options);
    here.browser = await startBrowser(here.vault);
  });
  after(async () => {
    await here.browser?.stop();
    await here.vault?.stop();
  });
  return here;
}

/** A test with pages of its own, which end with it and have nothing to complain of. */
export function claim(title, here, work) {
  test(title, { timeout: 120_000 }, async () => {
    const pages = [];
    const remember = async (page) => (pages.push(await page), pages.at(-1));
    try {
      await work({
        vault: here.vault,
        signIn: (...options) => remember(here.browser.signIn(...options)),
        nobody: (...options) => remember(here.browser.nobody(...options)),
      });
      for (const page of pages) assert.deepEqual(page.complaints, [], 'the browser complained');
    } catch (error) {
      for (const page of pages) console.error(await shown(title, page));
      throw error;
    } finally {
      for (const page of pages) await page.context().close();
    }
  });
}

/** What a page shows and still waits for: whoever reads of a failure wasn't there. */
async function shown(title, page) {
  const words = await page
    .locator('body')
    .innerText({ timeout: 5000 })
    .catch((error) => String(error));
  const waiting = [...page.unanswered].map((request) => `\n  unanswered: ${request.method()} ${request.url()}`);
  return `\n${title}, page at ${page.url()}:\n${words.slice(0, 2000).replace(/^/gm, '  | ')}${waiting.join('')}`;
}
