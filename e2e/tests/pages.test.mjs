/** Every page, in light, in dark and on a phone: it comes, it complains of nothing, and axe finds nothing. */
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

const first = async (vault, path) => (await vault.api('admin', path)).items[0].id;
const conversation = async (vault, tab) =>
  `/conversations/${await first(vault, '/conversations?status=ready&limit=1')}${tab ? `?tab=${tab}` : ''}`;

const PAGES = {
  'conversation list': () => '/conversations',
  'conversation page': (vault) => conversation(vault),
  'details of a conversation': (vault) => conversation(vault, 'details'),
  'access to a conversation': (vault) => conversation(vault, 'access'),
  'history of a conversation': (vault) => conversation(vault, 'history'),
  quarantine: () => '/quarantine',
  users: () => '/users',
  'page of a user': async (vault) => `/users/${await first(vault, '/users')}`,
  groups: () => '/groups',
  'page of a group': async (vault) => `/groups/${await first(vault, '/groups')}`,
  roles: () => '/roles',
  jobs: () => '/jobs',
  'conversations of nobody': () => '/conversations?unattributed=true',
  ledger: () => '/ledger',
  'API keys': () => '/api-keys',
  account: () => '/account',
  about: () => '/about',
  'empty search': () => '/conversations?q=xyzzyplugh',
  'page that is not there': () => '/nowhere',
};
const DOORS = { 'sign-in': '/sign-in', 'dead link': '/welcome#nothing' };

for (const [view, options] of Object.entries(VIEWS)) {
  for (const [name, path] of Object.entries(PAGES))
    claim(`${name}: no axe violation, ${view}`, here, async ({ vault, signIn }) => {
      const page = await signIn('admin', options);
      await page.goto(await path(vault));
      await settled(page);
      await screenshot(page, `${name} ${view}`);
      await assertAccessible(page, name);
    });
  for (const [name, path] of Object.entries(DOORS))
    claim(`${name}: no axe violation, ${view}`, here, async ({ nobody }) => {
      const page = await nobody(options);
      await page.goto(path);
      await settled(page);
      await screenshot(page, `${name} ${view}`);
      await assertAccessible(page, name);
    });
}

/** The heading is there, nothing says that it is loading, and nothing moves any more. */
async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(
    (loading) => ![...document.querySelectorAll('[aria-label]')].some((element) => element.ariaLabel === loading),
    text('state.loading'),
  );
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== 'running'));
}
