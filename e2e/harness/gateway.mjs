/** A gateway for text messages on this machine, and what it was told. */
import { createServer } from 'node:http';

export async function startGateway() {
  const told = [];
  const waiting = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const message = { headers: request.headers, ...JSON.parse(body) };
      const next = waiting.shift();
      if (next) next(message);
      else told.push(message);
      response.writeHead(202).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/send`,
    /** The next message; waits for it. */
    message: () =>
      told.length > 0 ? Promise.resolve(told.shift()) : new Promise((resolve) => waiting.push(resolve)),
    stop: () => server.close(),
  };
}
