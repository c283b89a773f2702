/** Chromium, the mock server and a signed-in page, for screenshots and accessibility runs. Not shipped. */
import { chromium } from 'playwright-core';
import { startMock } from './mock.mjs';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function withBrowser(work) {
  const server = await startMock(0);
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  });
  const troubles = [];
  /** A page of somebody with the role, in a window of that width and scheme. */
  const open = async ({
    role = 'admin',
    width = 1440,
    height = 900,
    scheme = 'light',
    language = 'en',
  } = {}) => {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      locale: language,
      deviceScaleFactor: width < 500 ? 2 : 1,
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(4000);
    const page = await context.newPage();
    page.on(
      'console',
      (message) => message.type() === 'error' && troubles.push(`${page.url()} ${message.text()}`),
    );
    page.on('pageerror', (error) => troubles.push(`${page.url()} ${error.message}`));
    if (role) {
      const redeem = { method: 'POST', data: { token: `demo-${role}` } };
      await context.request.fetch(`${origin}/api/v1/links/redeem`, redeem);
    }
    return page;
  };
  const go = async (page, path) => {
    await page.goto(origin + path);
    await page.waitForSelector('h1, [role=alert]');
    await page.waitForFunction(() => !document.querySelector('[aria-label=Loading], [aria-label=Lädt]'));
    await page.waitForTimeout(100);
  };
  try {
    await work({ open, go, origin });
  } finally {
    await browser.close();
    server.close();
  }
  return troubles;
}
