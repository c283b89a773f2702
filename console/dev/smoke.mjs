/** The console's main paths in Chromium against the mock server: `npm run build && node dev/smoke.mjs`. Not shipped. */
import assert from 'node:assert/strict';
import { withBrowser } from './browser.mjs';
import { uuid } from './mock-data.mjs';

const first = `/conversations/${uuid('c001', 1)}`;
const position = async (page) =>
  Number(await page.getByRole('slider', { name: 'Position' }).getAttribute('aria-valuenow'));

async function plays({ open, go }) {
  const page = await open();
  const ranges = [];
  page.on(
    'request',
    (request) => request.url().endsWith('/audio') && ranges.push(request.headers()['range'] ?? ''),
  );
  await go(page, '/conversations');
  assert.equal(ranges.length, 0);
  await page.getByRole('button', { name: 'Play: Harbour Dental' }).first().click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.waitForTimeout(2500);
  assert.ok((await position(page)) >= 1, 'the play button of the list starts the recording');

  await page.keyboard.press('l');
  await page.keyboard.press('l');
  const forward = await position(page);
  assert.ok(forward >= 21, `L goes ten seconds forward (${forward})`);
  await page.keyboard.press('Shift+ArrowLeft');
  const wave = await page.getByRole('slider', { name: 'Position' }).boundingBox();
  await page.mouse.click(wave.x + wave.width / 2, wave.y + 30);
  assert.ok(Math.abs((await position(page)) - 107) <= 2, 'a click seeks');
  await page.mouse.move(wave.x + wave.width / 2, wave.y + 30);
  await page.mouse.down();
  await page.mouse.move(wave.x + wave.width / 4, wave.y + 30, { steps: 5 });
  await page.mouse.up();
  assert.ok(Math.abs((await position(page)) - 53) <= 2, 'a drag seeks');
  await page.keyboard.press('.');
  await page.keyboard.press('.');
  assert.ok(await page.getByRole('button', { name: 'Speed: 1.5×' }).isVisible(), 'a full stop is faster');
  await page.keyboard.press('m');
  assert.equal(await page.getByRole('button', { name: 'Mute' }).getAttribute('aria-pressed'), 'true');
  await page.getByLabel('New note').fill('jl ');
  const before = await position(page);
  await page.getByLabel('New note').press('j');
  assert.ok((await position(page)) >= before, 'keys are off while typing');
  await page.getByLabel('New note').fill('');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await page.keyboard.press('End');
  assert.ok(ranges[0]?.startsWith('bytes='), 'audio is asked for by range');
  const asked = ranges.length;

  await page.getByRole('button', { name: 'Next conversation' }).click();
  await page.waitForURL(/000002$/);
  assert.equal(ranges.length, asked, 'nothing else starts by itself');
  await page.getByRole('button', { name: 'Next conversation' }).click();
  await page.waitForURL(/000003$/);
  await page.getByRole('link', { name: 'Conversations' }).first().click();
  await page.waitForURL(/conversations$/);
}

async function skipsSilence({ open, go }) {
  const page = await open();
  await go(page, first);
  const quiet = await page.evaluate(
    async (id) => {
      const peaks = await (await fetch(`/api/v1/recordings/${id}/peaks`)).json();
      const spoken = peaks.channels.flatMap((channel) => channel.speech).sort((a, b) => a[0] - b[0]);
      let end = 0;
      let widest = [0, 0];
      for (const [from, until] of spoken) {
        if (from - end > widest[1] - widest[0]) widest = [end, from];
        end = Math.max(end, until);
      }
      return { from: widest[0], until: widest[1], all: peaks.duration_ms };
    },
    uuid('e001', 1),
  );
  assert.ok(quiet.until - quiet.from > 4000, 'there is a silence to skip');
  const wave = await page.getByRole('slider', { name: 'Position' }).boundingBox();
  await page.getByRole('switch', { name: 'Skip silence' }).click();
  await page.mouse.click(wave.x + (wave.width * (quiet.from + 600)) / quiet.all, wave.y + 30);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.waitForTimeout(1500);
  const now = await position(page);
  assert.ok(now * 1000 >= quiet.until - 1000, `a silence is jumped over (${now} s, until ${quiet.until} ms)`);
}

async function goesOnAfterAFailure({ open, go }) {
  const page = await open();
  await go(page, first);
  await page.route('**/audio', (route) => route.abort());
  await page.keyboard.press('l');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.getByText('Connection lost').waitFor();
  await page.unroute('**/audio');
  await page.getByRole('button', { name: 'Go on from here' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.waitForTimeout(800);
  assert.ok((await position(page)) >= 10, 'it goes on where it stopped');
}

async function edits({ open, go }) {
  const page = await open();
  await go(page, first);
  await page.getByRole('button', { name: 'Edit: Tags' }).click();
  await page.getByRole('combobox', { name: 'Tags' }).fill('urgent');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('urgent', { exact: true }).waitFor();
  await page.getByLabel('New note').fill('Heard and checked.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByText('Heard and checked.').waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const erase = page.getByRole('button', { name: 'Erase for good' });
  assert.ok(await erase.isDisabled(), 'erasing asks for the word first');
  await page.getByLabel(/^Type/).fill('delete');
  await erase.click();
  await page.getByText('This recording has been erased').waitFor();
}

async function uploads({ open, go }) {
  const page = await open();
  await go(page, '/conversations');
  await page.getByRole('button', { name: 'Upload' }).click();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'call.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(2000) });
  await page.getByLabel('From number').fill('+4930123');
  await page.getByRole('button', { name: 'Upload 1 file' }).click();
  await page.getByText('It has come in and is sealed.').waitFor();
}

async function signsInAndOut({ open, go }) {
  const page = await open({ role: null });
  await go(page, '/ledger');
  await page.waitForURL(/sign-in\?next=%2Fledger/);
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('don’t match').or(page.getByText("don't match")).waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill('soundkeep');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/ledger$/);
  await page.getByRole('button', { name: 'Ada Winter Brightwater Telecom' }).click();
  await page.getByText('Dark', { exact: true }).click();
  assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/sign-in/);
  await go(page, '/welcome#demo-agent');
  assert.ok(!page.url().includes('demo-agent'), 'the token leaves the address');
  await page.getByRole('button', { name: 'Enter the demonstration' }).click();
  await page.waitForURL(/conversations$/);
  assert.equal(
    await page.getByRole('link', { name: 'Ledger' }).count(),
    0,
    'an agent is not offered the ledger',
  );
}

async function byKeyboardAlone({ open, go }) {
  const page = await open();
  await go(page, '/conversations');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('/');
  await page.keyboard.type('refund');
  await page.waitForURL(/q=refund/);
  await page.goBack().catch(() => {});
  await go(page, '/conversations');
  await page.locator('[data-rowlink]').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/conversations\/.+/);
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
}

const troubles = await withBrowser(async (tools) => {
  const only = process.argv[2];
  for (const work of [
    plays,
    skipsSilence,
    goesOnAfterAFailure,
    uploads,
    signsInAndOut,
    byKeyboardAlone,
    edits,
  ]) {
    if (only && work.name !== only) continue;
    await work(tools);
    console.log(`ok ${work.name}`);
  }
});
const unexpected = troubles.filter((trouble) => !/status of (401|403|404)|ERR_FAILED/.test(trouble));
assert.deepEqual(unexpected, []);
