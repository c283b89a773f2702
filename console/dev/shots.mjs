/** Screenshots of every page against the mock server: `npm run build && node dev/shots.mjs FOLDER [NAME]`. Not shipped. */
import { mkdir } from 'node:fs/promises';
import { withBrowser } from './browser.mjs';
import { uuid } from './mock-data.mjs';

const folder = process.argv[2] ?? 'shots';
const only = process.argv[3];
await mkdir(folder, { recursive: true });
const first = `/conversations/${uuid('c001', 1)}`;
const phone = { width: 390, height: 844 };

const click = (name) => (page) => page.getByRole('button', { name, exact: true }).click();
const shots = [
  ['list', '/conversations'],
  ['list-filtered', '/conversations?period=7d&direction=inbound&q=refund'],
  ['list-nothing', '/conversations?q=zebra'],
  ['list-filters', '/conversations', {}, click('Filters')],
  ['list-dark', '/conversations', { scheme: 'dark' }],
  ['list-phone', '/conversations', phone],
  ['list-german', '/conversations', { language: 'de' }],
  [
    'list-analyst',
    '/conversations',
    { role: 'analyst' },
    (page) =>
      page
        .getByRole('button', { name: /^Why can't/ })
        .first()
        .click(),
  ],
  ['conversation', first, {}, listenAt(0.4)],
  ['conversation-dark', first, { scheme: 'dark' }, listenAt(0.4)],
  ['conversation-phone', first, { ...phone, height: 1500 }, listenAt(0.4)],
  ['conversation-access', `${first}?tab=access`, {}, (page) => page.locator('summary').first().click()],
  ['conversation-history', `${first}?tab=history`],
  ['conversation-details', `${first}?tab=details`],
  ['conversation-analyst', first, { role: 'analyst' }],
  ['conversation-processing', `/conversations/${uuid('c001', 2)}`],
  ['conversation-failed', `/conversations/${uuid('c001', 7)}`],
  ['conversation-erased', `/conversations/${uuid('c001', 12)}`],
  ['conversation-keys', first, {}, (page) => page.keyboard.press('?')],
  ['conversation-delete', first, {}, click('Delete')],
  ['upload', '/conversations', {}, click('Upload')],
  ['quarantine', '/quarantine'],
  ['users', '/users'],
  ['users-invite', '/users', {}, click('Invite')],
  ['users-phone', '/users', phone],
  ['user', `/users/${uuid('b001', 3)}`],
  ['groups', '/groups'],
  ['group', `/groups/${uuid('a001', 1)}`],
  ['roles', '/roles'],
  ['roles-dark', '/roles', { scheme: 'dark' }],
  ['ledger', '/ledger'],
  ['ledger-dark', '/ledger', { scheme: 'dark' }],
  ['ledger-phone', '/ledger', phone],
  [
    'ledger-event',
    '/ledger?kind=role_change',
    {},
    (page) => page.locator('main button:has-text("Tom"), main button:has-text("role")').last().click(),
  ],
  ['ledger-denied', '/ledger', { role: 'agent' }],
  ['api-keys', '/api-keys'],
  ['api-keys-made', '/api-keys', {}, makeKey],
  ['about', '/about'],
  ['sign-in', '/sign-in', { role: null }],
  ['sign-in-phone', '/sign-in', { role: null, ...phone }],
  ['welcome-setup', '/welcome#setup', { role: null }],
  ['welcome-dead', '/welcome#gone', { role: null, scheme: 'dark' }],
  ['navigation-phone', '/conversations', phone, click('Open navigation')],
];

function listenAt(fraction) {
  return async (page) => {
    const wave = page.getByRole('slider', { name: 'Position' });
    const box = await wave.boundingBox();
    await page.mouse.click(box.x + box.width * fraction, box.y + 40);
    await page.mouse.move(box.x + box.width * (fraction + 0.2), box.y + 40);
  };
}
async function makeKey(page) {
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('PBX Hamburg');
  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Admin' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New key' }).click();
}

const troubles = await withBrowser(async ({ open, go }) => {
  for (const [name, path, window = {}, act] of shots) {
    if (only && !name.startsWith(only)) continue;
    const page = await open(window);
    try {
      await go(page, path);
      if (act) await act(page);
      await page.waitForTimeout(350);
    } catch (error) {
      console.error(`${name}: ${error.message.split('\n')[0]}`);
    }
    await page.screenshot({ path: `${folder}/${name}.png` });
    await page.context().close();
  }
});
for (const trouble of new Set(troubles)) console.error(trouble);
