/**
 * A real OpenID provider on a port of its own: `oidc-provider`, certified by the OpenID Foundation.
 *
 * Whoever types an address of `people` is that person; nothing else is asked.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';

export const CLIENT = { id: 'soundkeep', secret: 'a-secret-that-both-of-them-know-4711' };

/** `people`: claims by email address. `vault`: the address of the vault; `slug`: what the provider is called there. */
export async function startOpenId({ people, vault, slug }) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration(people, `${vault}/oidc/${slug}`));
  const told = [];
  provider.on('server_error', (_, error) => told.push(String(error.stack ?? error)));
  provider.on('backchannel.success', () => told.push('backchannel'));
  provider.on('backchannel.error', (_, error) => told.push(`backchannel: ${error}`));
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    interact(provider, request, response).catch((error) => {
      told.push(String(error.stack ?? error));
      response.writeHead(500).end();
    });
  });
  return {
    issuer,
    told,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function configuration(people, ours) {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${ours}/callback`],
        post_logout_redirect_uris: [`${ours}/logout`],
        backchannel_logout_uri: `${ours}/logout`,
        backchannel_logout_session_required: true,
      },
    ],
    scopes: ['openid', 'email', 'profile'],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['only for tests'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = page(
            'Sign out',
            `${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
          );
        },
      },
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: async (context) => {
      const { client, provider, session } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    // Its own guard against addresses of the machine: here everything is on this machine.
    fetch: (address, { dispatcher: _, ...options }) => fetch(address, options),
  };
}

const page = (title, body) =>
  `<!doctype html><html lang="en"><title>${title}</title><main><h1>${title}</h1>${body}</main></html>`;

async function interact(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const hint = String(params.login_hint ?? '').replace(/[^\w@.+-]/g, '');
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      page(
        'Who are you?',
        `<form method="post"><label>Email <input name="email" value="${hint}"></label>
         <button name="do" value="in">Sign in</button><button name="do" value="no">No</button></form>`,
      ),
    );
    return;
  }
  const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
  const result =
    form.get('do') === 'in'
      ? { login: { accountId: form.get('email') } }
      : { error: 'access_denied', error_description: 'somebody turned back' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** Signs in at the provider as somebody; the address that the vault told it may stand there already. */
export async function beAtProvider(browserPage, email) {
  await browserPage.getByRole('heading', { name: 'Who are you?' }).waitFor();
  const field = browserPage.getByLabel('Email');
  if (email) await field.fill(email);
  await browserPage.getByRole('button', { name: 'Sign in' }).click();
}
