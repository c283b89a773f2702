/** A mail server that others wrote (aiosmtpd), in a process of its own, and what it took. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../crates/testkit/python/mail_server.py', import.meta.url));
const READ =
  'import sys, json, email, email.policy\n' +
  'mail = email.message_from_string(json.load(sys.stdin), policy=email.policy.default)\n' +
  "print(json.dumps({'subject': str(mail['subject']), 'text': mail.get_body(('plain',)).get_content()}))";

export async function startMail() {
  const python = process.env.SOUNDKEEP_TEST_PYTHON;
  if (!python) throw new Error('SOUNDKEEP_TEST_PYTHON names no interpreter: `cargo xtask test` makes one');
  const server = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  return {
    port,
    /** The next letter, as its reader sees it; waits for it. */
    async letter() {
      const { value } = await lines.next();
      const came = JSON.parse(value);
      const read = JSON.parse(
        execFileSync(python, ['-c', READ], { input: JSON.stringify(came.data), encoding: 'utf8' }),
      );
      return { to: came.to[0], ...read, link: /https?:\S+/.exec(read.text)?.[0] };
    },
    stop: () => server.kill(),
  };
}
