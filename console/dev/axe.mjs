/** Every page, light, dark and narrow, through axe-core: `npm run build && npm run axe`. Fails on any violation. Not shipped. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { withBrowser } from './browser.mjs';
import { uuid } from './mock-data.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const first = `/conversations/${uuid('c001', 1)}`;
const button = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click();
const states = [
  ['/conversations'],
  ['/conversations?q=zebra'],
  ['/conversations?period=custom&status=ready', button('Filters')],
  ['/conversations', button('Columns')],
  ['/conversations', button('Upload')],
  ['/conversations', (page) => page.getByRole('button', { name: /Ada Winter/ }).click()],
  [first],
  [first, button('Delete')],
  [first, (page) => page.keyboard.press('?')],
  [first, button('Edit: Tags')],
  [`${first}?tab=details`],
  [`${first}?tab=access`, (page) => page.locator('summary').first().click()],
  [`${first}?tab=history`],
  [`/conversations/${uuid('c001', 2)}`],
  [`/conversations/${uuid('c001', 7)}`],
  [`/conversations/${uuid('c001', 12)}`],
  ['/conversations/unknown'],
  ['/quarantine'],
  ['/users'],
  ['/users', button('Invite')],
  [`/users/${uuid('b001', 5)}`],
  [`/users/${uuid('b001', 3)}`, button('Add role')],
  ['/groups'],
  [`/groups/${uuid('a001', 1)}`],
  ['/roles'],
  ['/ledger'],
  [
    '/ledger?kind=role_change',
    (page) =>
      page
        .getByRole('button', { name: /role was given/ })
        .first()
        .click(),
  ],
  ['/api-keys'],
  ['/api-keys', button('New key')],
  ['/about'],
  ['/nowhere'],
  ['/sign-in', null, null],
  ['/welcome#setup', null, null],
  ['/welcome#demo-admin', null, null],
  ['/welcome#gone', null, null],
  [
    '/conversations',
    (page) =>
      page
        .getByRole('button', { name: /^Why can't/ })
        .first()
        .click(),
    'analyst',
  ],
  [first, null, 'analyst'],
  ['/ledger', null, 'agent'],
];
const windows = [{}, { scheme: 'dark' }, { width: 390, height: 844 }];

let violations = 0;
const troubles = await withBrowser(async ({ open, go }) => {
  for (const window of windows)
    for (const [path, act, role = 'admin'] of states) {
      const narrow = window.width === 390;
      const page = await open({ ...window, role });
      await go(page, path);
      try {
        if (act) await act(page);
      } catch (error) {
        // On a narrow screen some controls live in the drawer.
        if (!narrow) throw error;
      }
      await page.waitForTimeout(300);
      await page.evaluate(axe);
      const result = await page.evaluate(() =>
        globalThis.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }),
      );
      for (const violation of result.violations) {
        violations += 1;
        console.log(`${JSON.stringify(window)} ${role} ${path}: ${violation.id} (${violation.help})`);
        for (const node of violation.nodes.slice(0, 3))
          console.log(`   ${node.target.join(' ')} ${node.html.slice(0, 160)}`);
      }
      await page.context().close();
    }
});
const unexpected = troubles.filter((trouble) => !/status of (401|403|404)/.test(trouble));
for (const trouble of new Set(unexpected)) console.log(trouble);
console.log(
  `${states.length * windows.length} states, ${violations} violations, ${unexpected.length} console errors`,
);
process.exitCode = violations + unexpected.length > 0 ? 1 : 0;
