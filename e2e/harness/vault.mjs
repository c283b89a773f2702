/**
 * A demo vault of the real binary, in a folder of its own and on a port of its own.
 *
 * Knows the command line and what `soundkeep demo --json` prints, one JSON object a line: one with `url`
 * when the vault listens, and one per demo user with `role`, `email`, `sign_in_link` and `api_key`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const READY_WITHIN_MS = 120_000;
const STOPS_WITHIN_MS = 10_000;

/** A port that is free now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * With `named`, it is reached by a name and not by a number: passkeys need one. `environment`: what the operator says
 * besides, by the names that `soundkeep --help` tells. With `turns`, its clock can be turned on.
 */
export async function startVault({ named = false, turns = false, environment = {} } = {}) {
  const binary = process.env.SOUNDKEEP_BINARY;
  if (!binary)
    throw new Error('SOUNDKEEP_BINARY names no server: `cargo xtask test --only e2e` builds and names it');
  const folder = await mkdtemp(join(tmpdir(), 'soundkeep-e2e-'));
  const port = named ? await freePort() : 0;
  const name = named ? ['--public-url', `http://localhost:${port}`] : [];
  const turned = turns ? await underOwnClock(folder) : {};
  const place = ['--listen', `127.0.0.1:${port}`, '--data-dir', folder, ...name];
  const server = spawn(binary, ['demo', '--json', ...place], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Counterparts of tests listen on this machine.
    env: { ...process.env, SOUNDKEEP_OUTBOUND_NETWORKS: '127.0.0.0/8', ...turned, ...environment },
  });
  const log = [];
  createInterface({ input: server.stderr }).on('line', (line) => log.push(line));
  const vault = new Vault(server, folder, log);
  try {
    await vault.becomeReady();
  } catch (error) {
    await vault.stop();
    throw new Error(`${error.message}\n${log.slice(-40).join('\n')}`, { cause: error });
  }
  return vault;
}

const clockOf = (folder) => join(folder, 'clock');

/** What stands between a program and the clock. */
function faketime() {
  const library =
    process.env.SOUNDKEEP_TEST_FAKETIME ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
  if (!existsSync(library))
    throw new Error('libfaketime is missing: `cargo xtask test --only e2e` installs and names it');
  return library;
}

/** Gives a server a clock that is read from a file. What it measures by itself, such as time-outs, goes on as ever. */
async function underOwnClock(folder) {
  await writeFile(clockOf(folder), '+0');
  return {
    LD_PRELOAD: faketime(),
    FAKETIME_TIMESTAMP_FILE: clockOf(folder),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

class Vault {
  url = null;
  users = [];
  #server;
  #folder;
  #log;
  #ended;
  #turned = 0;

  constructor(server, folder, log) {
    this.#server = server;
    this.#folder = folder;
    this.#log = log;
    this.#ended = new Promise((resolve) => server.once('close', resolve));
  }

  /** The demo user with this role; where several have it, the first. */
  user(role) {
    const found = this.users.find((user) => user.role.toLowerCase() === role);
    if (!found) throw new Error(`the demo has no user with the role ${role}`);
    return found;
  }

  /** Calls the API with a demo user's key and returns the parsed body; what has to be confirmed is. */
  async api(role, path, options = {}) {
    const headers = { authorization: `Bearer ${this.user(role).api_key}`, ...options.headers };
    let response = await fetch(`${this.url}/api/v1${path}`, { ...options, headers });
    if (response.status === 409) {
      const { code, effect } = await response.clone().json();
      // What a test arranges is what it wants.
      if (code === 'confirmation_needed')
        response = await fetch(`${this.url}/api/v1${path}`, {
          ...options,
          headers: { ...headers, 'soundkeep-confirmation': effect.confirmation.token },
        });
    }
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  /** Turns its clock on, by seconds; for a vault that `turns`. */
  async turn(seconds) {
    this.#turned += seconds;
    // Never read half written.
    await writeFile(`${clockOf(this.#folder)}.next`, `+${this.#turned}`);
    await rename(`${clockOf(this.#folder)}.next`, clockOf(this.#folder));
  }

  /** What its clock says. */
  get now() {
    return new Date(Date.now() + this.#turned * 1000);
  }

  get log() {
    return this.#log;
  }

  async becomeReady() {
    let limit;
    const said = new Promise((resolve, reject) => {
      limit = setTimeout(() => reject(new Error('the vault was not ready in time')), READY_WITHIN_MS);
      this.#server.once('error', reject);
      this.#ended.then(() => reject(new Error('the vault ended at its start')));
      createInterface({ input: this.#server.stdout }).on('line', (line) => {
        this.#hear(line);
        if (this.url && this.users.length > 0) resolve();
      });
    });
    try {
      await said;
    } finally {
      clearTimeout(limit);
    }
    await this.#answers();
  }

  async stop() {
    this.#server.kill('SIGTERM');
    const limit = setTimeout(() => this.#server.kill('SIGKILL'), STOPS_WITHIN_MS);
    await this.#ended;
    clearTimeout(limit);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #hear(line) {
    if (!line.startsWith('{')) return;
    const said = JSON.parse(line);
    if (said.url) this.url = said.url.replace(/\/$/, '');
    if (said.sign_in_link) this.users.push(said);
  }

  /** The address is printed once; the users may come in any order and number around it. */
  async #answers() {
    for (let tries = 0; tries < 100; tries += 1) {
      const response = await fetch(`${this.url}/readyz`).catch(() => null);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('/readyz never said yes');
  }
}
