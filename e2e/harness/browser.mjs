/**
 * A real browser, signed in as one of the demo users.
 *
 * A sign-in link is used once per vault; later pages get the session that it opened.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { text } from './texts.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const VIEWS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true },
};

export async function startBrowser(vault) {
  const browser = await chromium.launch({
    executablePath: process.env.SOUNDKEEP_TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
    headless: true,
  });
  return new Browser(browser, vault);
}

class Browser {
  #browser;
  #vault;
  #sessions = new Map();

  constructor(browser, vault) {
    this.#browser = browser;
    this.#vault = vault;
  }

  /** A page of a user with this role; on the conversation list. */
  async signIn(role, view = VIEWS.light) {
    if (!this.#sessions.has(role)) this.#sessions.set(role, await this.#redeem(role));
    const page = await this.#page({ ...view, storageState: this.#sessions.get(role) });
    await page.goto('/conversations');
    return page;
  }

  /** A page of nobody. */
  async nobody(view = VIEWS.light) {
    return this.#page(view);
  }

  async stop() {
    await this.#browser.close();
  }

  async #page(options) {
    const context = await this.#browser.newContext({
      baseURL: this.#vault.url,
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    page.complaints = [];
    page.unanswered = new Set();
    page.on('request', (request) => page.unanswered.add(request));
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.unanswered.delete(request));
    page.on('pageerror', (error) => page.complaints.push(String(error)));
    page.on('console', (message) => {
      // A refusal that a test provokes is logged by the browser as a failed request; it is no complaint.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        page.complaints.push(message.text());
    });
    return page;
  }

  async #redeem(role) {
    const page = await this.#page(VIEWS.light);
    await openLink(page, this.#vault.user(role).sign_in_link);
    const state = await page.context().storageState();
    await page.context().close();
    return state;
  }
}

/** Follows a sign-in link as a person does, and waits until the console says who is signed in. */
export async function openLink(page, link) {
  await page.goto(link);
  const heading = page.getByRole('heading', { name: text('list.title'), level: 1 });
  const proceed = page.getByRole('button', { name: text('welcome.demo.action') });
  await heading.or(proceed).first().waitFor();
  if (!(await heading.isVisible())) await proceed.click();
  await heading.waitFor();
}

/** Keeps a picture where `SOUNDKEEP_SCREENSHOTS` says; otherwise does nothing. */
export async function screenshot(page, name) {
  const folder = process.env.SOUNDKEEP_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
