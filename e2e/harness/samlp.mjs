/**
 * A SAML identity provider: npm's samlp behind a plain server, which signs in whomever a test names.
 *
 * It is called localhost where the vault is called 127.0.0.1, so that to the browser both are different sites.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const samlp = require('samlp');
const { SessionStore } = require('flowstate');
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

const near = (name) => readFile(new URL(name, import.meta.url), 'utf8');

/** What samlp asks of a person: their name as it stands in the assertion, and their attributes. */
function mapper(user) {
  return {
    getClaims: () => user.attributes,
    getNameIdentifier: () => ({
      nameIdentifier: user.name,
      nameIdentifierFormat: EMAIL,
    }),
  };
}
mapper.prototype = { metadata: [] };

export async function startProvider() {
  const provider = new Provider(await near('samlp.key'), await near('samlp.pem'));
  await provider.listen();
  return provider;
}

class Provider {
  url = null;
  issuer = 'urn:example:samlp';
  /** Who is signed in there. */
  user = null;
  /** Our certificate and address, as the provider was told. */
  service = null;
  /** Answers, in their order, as the browser carried them. */
  answers = [];
  encrypts = false;
  #key;
  #cert;
  #server;
  #participants = [];
  #state = {};

  constructor(key, cert) {
    this.#key = key;
    this.#cert = cert;
  }

  async listen() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://localhost:${this.#server.address().port}`;
  }

  async stop() {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async metadata() {
    const answer = await fetch(`${this.url}/metadata`);
    return answer.text();
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    const body = await text(request);
    Object.assign(request, {
      query: Object.fromEntries(url.searchParams),
      body: Object.fromEntries(new URLSearchParams(body)),
      protocol: 'http',
      originalUrl: request.url,
      session: this.#state,
    });
    const failed = (error) => response.writeHead(500).end(String(error?.stack ?? error));
    response.set = (name, value) => response.setHeader(name, value);
    response.send = (said) =>
      typeof said === 'number' ? response.writeHead(said).end() : response.end(said);
    response.redirect = (to) => response.writeHead(302, { location: to }).end();
    try {
      if (url.pathname === '/metadata') this.#metadata()(request, response, failed);
      else if (url.pathname === '/sso') this.#auth({})(request, response, failed);
      else if (url.pathname === '/unasked')
        this.#auth({ RelayState: url.searchParams.get('to') })(request, response, failed);
      else if (url.pathname === '/slo') this.#logout()(request, response, failed);
      else if (url.pathname === '/')
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<!doctype html><title>Provider</title>');
      else response.writeHead(404).end();
    } catch (error) {
      failed(error);
    }
  }

  #metadata() {
    return samlp.metadata({
      issuer: this.issuer,
      cert: this.#cert,
      profileMapper: mapper,
      redirectEndpointPath: '/sso',
      postEndpointPath: '/sso',
      logoutEndpointPaths: { redirect: '/slo' },
    });
  }

  #auth(more) {
    const sessionIndex = `_session${this.answers.length + 1}`;
    return samlp.auth({
      issuer: this.issuer,
      key: this.#key,
      cert: this.#cert,
      // Refuses a request that isn't signed with the certificate of our metadata.
      signingCert: this.service.cert,
      audience: this.service.entityId,
      recipient: this.service.acs,
      destination: this.service.acs,
      lifetimeInSeconds: 300,
      includeAttributeNameFormat: true,
      sessionIndex,
      ...(this.encrypts
        ? {
            encryptionCert: this.service.cert,
            encryptionPublicKey: this.service.publicKey,
          }
        : {}),
      ...more,
      getUserFromRequest: () => this.user,
      profileMapper: mapper,
      getPostURL: (audience, dom, request, done) => done(null, this.service.acs),
      responseHandler: (token, options, request, response) => {
        const answer = {
          SAMLResponse: token.toString('base64'),
          RelayState: options.RelayState ?? request.query.RelayState ?? '',
        };
        this.answers.push(answer);
        this.#participants = [
          {
            serviceProviderId: this.service.entityId,
            nameId: this.user.name,
            nameIdFormat: EMAIL,
            sessionIndex,
            serviceProviderLogoutURL: this.service.slo,
            cert: this.service.cert,
            binding: REDIRECT,
          },
        ];
        response.setHeader('content-type', 'text/html');
        response.end(page(this.service.acs, answer));
      },
    });
  }

  #logout() {
    const participants = this.#participants;
    const find = (issuer, indices, name) =>
      participants.findIndex((one) => one.nameId === name && [indices].flat().includes(one.sessionIndex));
    return samlp.logout({
      deflate: true,
      issuer: this.issuer,
      protocolBinding: REDIRECT,
      key: this.#key,
      cert: this.#cert,
      store: new SessionStore({ key: 'logout' }),
      sessionParticipants: {
        get: (issuer, indices, name, done) => done(null, participants[find(issuer, indices, name)]),
        hasElements: () => participants.length > 0,
        getFirst: (done) => done(null, participants[0]),
        remove: (issuer, index, name, done) =>
          done(null, participants.splice(find(issuer, index, name), 1)[0]),
      },
    });
  }
}

/** A form that posts itself, as providers send it. */
export function page(to, fields) {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  return `<!doctype html><title>Provider</title><form method="post" action="${to}">${inputs.join('')}</form>
    <script>document.forms[0].submit()</script>`;
}

async function text(request) {
  let whole = '';
  for await (const chunk of request) whole += chunk;
  return whole;
}
