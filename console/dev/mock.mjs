/**
 * A stand-in for the server while the console is being built: the REST contract from memory, and the built
 * console with the same Content-Security-Policy as the real one. `node dev/mock.mjs [port]`. Not shipped.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { synthesise } from './mock-audio.mjs';
import * as seed from './mock-data.mjs';
import { matrix } from './mock-matrix.mjs';

const now = Date.now();
const conversations = seed.makeConversations(1240, now);
const ledger = seed.makeLedger(conversations.slice(0, 60), now);
const { users, groups, apiKeys } = seed;
let quarantine = [...seed.quarantine];
const sounds = new Map();
const sessions = new Map();
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html' };

const soundOf = (conversation) => {
  if (!sounds.has(conversation.id))
    sounds.set(
      conversation.id,
      synthesise(
        Number(conversation.id.slice(-6)),
        conversation.duration_ms ?? 30_000,
        conversation.channels,
      ),
    );
  return sounds.get(conversation.id);
};

class Refusal extends Error {
  constructor(status, code, title, more = {}) {
    super(title);
    this.body = { type: 'about:blank', title, status, code, ...more };
  }
}
const notFound = () => new Refusal(404, 'not_found', 'There is nothing here that you may see.');
const find = (list, id) => {
  const thing = list.find((entry) => entry.id === id);
  if (!thing) throw notFound();
  return thing;
};

const roleOf = (user) => user.assignments[0]?.role.key ?? 'agent';
const cell = (user, permission) =>
  matrix.rows.find((row) => row.permission === permission)?.cells[roleOf(user)] ?? 'none';
const me = (user) => ({
  user: { id: user.id, email: user.email, name: user.name },
  organisation: { id: seed.uuid('0001', 1), name: 'Brightwater Telecom', slug: 'brightwater' },
  roles: user.assignments.map((assignment) => ({ name: assignment.role.name, limit: assignment.limit })),
  permissions: Object.fromEntries(
    matrix.rows.filter((row) => row.available).map((row) => [row.permission, row.cells[roleOf(user)]]),
  ),
  session_expires_at: new Date(Date.now() + 8 * 3_600_000).toISOString(),
});

function sees(user, conversation, scope) {
  if (scope === 'all') return true;
  if (scope === 'own') return conversation.agents.some((agent) => agent.user_id === user.id);
  return false;
}
const supervised = (user, scope) => (roleOf(user) === 'supervisor' && scope === 'all' ? 'groups' : scope);
function may(user, permission, conversation) {
  const scope = supervised(user, cell(user, permission));
  if (scope === 'groups')
    return conversation.groups.some((group) => user.supervises.some((own) => own.id === group.id));
  return sees(user, conversation, scope);
}

function gates(user, permission, conversation) {
  const allowedByRole = may(user, permission, conversation);
  const content = permission.startsWith('recordings.');
  const erased = content && conversation.status === 'erased';
  const roles = user.assignments.map((assignment) => assignment.role.name).join(', ');
  return [
    {
      gate: 'account',
      outcome: 'passed',
      code: 'active',
      sentence: 'The account is active.',
      set_in: 'People',
    },
    {
      gate: 'role_and_scope',
      outcome: allowedByRole ? 'passed' : 'failed',
      code: allowedByRole ? 'granted' : 'no_grant',
      sentence: allowedByRole
        ? `The role ${roles} grants this for this conversation.`
        : `No role of this person (${roles}) grants this for this conversation.`,
      set_in: 'Roles',
    },
    {
      gate: 'record_state',
      outcome: allowedByRole ? (erased ? 'failed' : 'passed') : 'not_reached',
      code: erased ? 'erased' : 'available',
      sentence: erased ? 'The recording has been erased for good.' : 'The recording is available.',
      set_in: null,
    },
  ];
}
const explained = ['conversations.view', 'recordings.play', 'conversations.edit', 'recordings.delete'];
const explain = (user, conversation) => ({
  user: { id: user.id, name: user.name, email: user.email },
  permissions: explained.map((permission) => {
    const list = gates(user, permission, conversation);
    return {
      permission,
      sentence: matrix.rows.find((row) => row.permission === permission).meaning,
      allowed: list.every((gate) => gate.outcome === 'passed'),
      gates: list,
    };
  }),
});

function conversationFor(user, conversation) {
  const { received_at, external_id, channels, notes, ...row } = conversation;
  (void received_at, external_id, channels, notes);
  return {
    ...row,
    audio: {
      state: row.status,
      recording_id: row.id.replace('c001', 'e001'),
      may_play: row.status === 'ready' && may(user, 'recordings.play', conversation),
    },
  };
}
function recordingOf(conversation) {
  const bytes = 44 + Math.floor((conversation.duration_ms ?? 0) * 8) * conversation.channels * 2;
  return {
    id: conversation.id.replace('c001', 'e001'),
    conversation_id: conversation.id,
    state: conversation.status,
    version: 1,
    codec: 'PCM 16 bit',
    container: 'WAV',
    sample_rate_hz: 8000,
    channels: conversation.channels,
    duration_ms: conversation.duration_ms,
    bytes,
    sha256: createHash('sha256').update(conversation.id).digest('hex'),
    failure:
      conversation.status === 'failed'
        ? 'The audio ends after 4 seconds although its header promises 310.'
        : null,
    media_type: 'audio/wav',
  };
}
const detail = (user, conversation) => ({
  ...conversationFor(user, conversation),
  external_id: conversation.external_id,
  received_at: conversation.received_at,
  notes_count: conversation.notes.length,
  recording: recordingOf(conversation),
  permissions: Object.fromEntries(
    explain(user, conversation).permissions.map((entry) => [entry.permission, entry.allowed]),
  ),
});

function matching(user, query) {
  const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const digits = (query.get('number') ?? '').replace(/\D/g, '');
  return conversations.filter((conversation) => {
    if (!may(user, 'conversations.view', conversation)) return false;
    const text = [
      conversation.contact,
      conversation.from_number,
      conversation.to_number,
      ...conversation.tags,
      ...conversation.agents.map((agent) => agent.name),
      ...conversation.notes.map((note) => note.text),
    ]
      .join(' ')
      .toLowerCase();
    const equal = (name, values) => !query.get(name) || values.includes(query.get(name));
    return (
      words.every((word) => text.includes(word)) &&
      (!digits ||
        [conversation.from_number, conversation.to_number]
          .join(' ')
          .replace(/[^\d ]/g, '')
          .includes(digits)) &&
      (!query.get('from') || conversation.started_at >= new Date(query.get('from')).toISOString()) &&
      (!query.get('until') || conversation.started_at < new Date(query.get('until')).toISOString()) &&
      equal('direction', [conversation.direction]) &&
      equal('channel', [conversation.channel]) &&
      equal('status', [conversation.status]) &&
      equal('tag', conversation.tags) &&
      equal(
        'agent',
        conversation.agents.map((agent) => agent.user_id),
      ) &&
      equal(
        'group',
        conversation.groups.map((group) => group.id),
      ) &&
      (query.get('unattributed') !== 'true' || conversation.agents.length === 0) &&
      (!query.get('min_duration_ms') || conversation.duration_ms >= Number(query.get('min_duration_ms'))) &&
      (!query.get('max_duration_ms') || conversation.duration_ms <= Number(query.get('max_duration_ms')))
    );
  });
}
function page(list, query) {
  const limit = Math.min(200, Number(query.get('limit') ?? 50));
  const from = Number(query.get('cursor') ?? 0);
  return {
    items: list.slice(from, from + limit),
    next: from + limit < list.length ? String(from + limit) : null,
  };
}

function record(kind, user, object, extra = {}) {
  ledger.unshift({
    id: randomUUID(),
    index: (ledger[0]?.index ?? 0) + 1,
    at: new Date().toISOString(),
    kind,
    outcome: 'success',
    actor: { type: 'user', id: user.id, name: user.name },
    address: '192.0.2.10',
    object,
    old: null,
    new: null,
    reason: null,
    detail: {},
    ...extra,
  });
}
const demand = (user, permission) => {
  if (['none', 'no'].includes(cell(user, permission)))
    throw new Refusal(403, 'denied', 'You may not do this.', {
      gates: [
        {
          gate: 'account',
          outcome: 'passed',
          code: 'active',
          sentence: 'The account is active.',
          set_in: 'People',
        },
        {
          gate: 'role_and_scope',
          outcome: 'failed',
          code: 'no_grant',
          sentence: `No role of yours grants “${matrix.rows.find((row) => row.permission === permission).meaning}”.`,
          set_in: 'Roles',
        },
      ],
    });
};
const signIn = (user, response) => {
  const token = randomUUID();
  sessions.set(token, user.id);
  response.setHeader('Set-Cookie', `soundkeep_mock=${token}; Path=/; HttpOnly; SameSite=Strict`);
  return me(user);
};
const linkUser = (token) => users.find((user) => roleOf(user) === token?.replace('demo-', ''));
const invitation = () => ({
  invitation_link: `http://127.0.0.1:8481/welcome#inv_${randomUUID().replaceAll('-', '')}`,
  expires_at: new Date(Date.now() + 7 * 86_400_000).toISOString(),
});

/** One line per end point: method, path, what it answers. `null` is 204. */
const routes = [
  ['GET', '/about', () => ({ name: 'Soundkeep', version: '0.1.0', needs_setup: false, demo: true }), 'open'],
  [
    'POST',
    '/session',
    ({ body, response }) => {
      const user = users.find((entry) => entry.email === body.email && body.password === 'soundkeep');
      if (!user) throw new Refusal(401, 'not_signed_in', 'That email and password do not match.');
      return signIn(user, response);
    },
    'open',
  ],
  ['GET', '/session', ({ user }) => me(user)],
  ['DELETE', '/session', ({ token }) => (sessions.delete(token), null)],
  [
    'POST',
    '/links/inspect',
    ({ body }) => {
      const expires_at = new Date(Date.now() + 86_400_000).toISOString();
      if (body.token === 'setup') return { purpose: 'setup', expires_at };
      if (body.token === 'invite')
        return {
          purpose: 'invitation',
          email: 'new@example.org',
          organisation: 'Brightwater Telecom',
          expires_at,
        };
      if (linkUser(body.token)) return { purpose: 'demo', organisation: 'Brightwater Telecom', expires_at };
      throw notFound();
    },
    'open',
  ],
  [
    'POST',
    '/links/redeem',
    ({ body, response }) => signIn(linkUser(body.token) ?? users[0], response),
    'open',
  ],
  [
    'GET',
    '/conversations',
    ({ user, query }) => {
      const sort = query.get('sort') ?? '-started_at';
      const key = sort.replace('-', '') === 'duration' ? 'duration_ms' : 'started_at';
      const list = matching(user, query).sort((a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0));
      if (sort.startsWith('-')) list.reverse();
      const result = page(list, query);
      return { ...result, items: result.items.map((row) => conversationFor(user, row)) };
    },
  ],
  [
    'GET',
    '/conversations/count',
    ({ user, query }) => {
      const count = matching(user, query).length;
      return count > 1000 && query.get('exact') !== 'true'
        ? { count: 1000, exact: false }
        : { count, exact: true };
    },
  ],
  ['GET', '/conversations/:id', ({ user, id }) => detail(user, seen(user, id))],
  [
    'PATCH',
    '/conversations/:id',
    ({ user, id, body, request }) => {
      const conversation = seen(user, id);
      if (request.headers['if-match'] !== `"v${conversation.version}"`)
        throw new Refusal(412, 'precondition_failed', 'Somebody else has changed this meanwhile.');
      if (body.tags) {
        record('conversation_edit', user, objectOf(conversation), {
          old: { tags: conversation.tags },
          new: { tags: body.tags },
        });
        conversation.tags = body.tags;
      }
      if ('contact' in body) conversation.contact = body.contact;
      if (body.agent_user_id) {
        const agent = find(users, body.agent_user_id);
        conversation.agents = [{ user_id: agent.id, name: agent.name }];
        conversation.groups = agent.groups;
      }
      conversation.version += 1;
      return detail(user, conversation);
    },
  ],
  [
    'DELETE',
    '/conversations/:id',
    ({ user, id, body }) => {
      const conversation = seen(user, id);
      record('recording_delete', user, objectOf(conversation), { reason: body?.reason ?? null });
      conversation.status = 'erased';
      conversation.notes = [];
      conversation.tags = [];
      return null;
    },
  ],
  ['GET', '/conversations/:id/notes', ({ user, id }) => ({ items: seen(user, id).notes })],
  [
    'POST',
    '/conversations/:id/notes',
    ({ user, id, body }) => {
      const note = {
        id: randomUUID(),
        text: body.text,
        author: { user_id: user.id, name: user.name },
        created_at: new Date().toISOString(),
      };
      seen(user, id).notes.push(note);
      return note;
    },
  ],
  [
    'DELETE',
    '/conversations/:id/notes/:other',
    ({ user, id, other }) => {
      const conversation = seen(user, id);
      conversation.notes = conversation.notes.filter((note) => note.id !== other);
      return null;
    },
  ],
  [
    'GET',
    '/conversations/:id/access',
    ({ user, id, query }) =>
      explain(query.get('user') ? find(users, query.get('user')) : user, seen(user, id)),
  ],
  [
    'GET',
    '/conversations/:id/history',
    ({ user, id, query }) => {
      demand(user, 'audit.view');
      return page(
        ledger.filter((event) => event.object?.id === id),
        query,
      );
    },
  ],
  ['GET', '/recordings/:id', ({ user, id }) => recordingOf(seen(user, id.replace('e001', 'c001')))],
  ['GET', '/recordings/:id/peaks', ({ user, id }) => soundOf(seen(user, id.replace('e001', 'c001'))).peaks],
  [
    'POST',
    '/recordings',
    ({ user }) => {
      demand(user, 'recordings.ingest');
      return {
        conversation_id: conversations[0].id,
        recording_id: conversations[0].id.replace('c001', 'e001'),
        sha256: createHash('sha256').update('x').digest('hex'),
        bytes: 312_320,
        duplicate: false,
      };
    },
  ],
  ['GET', '/quarantine', ({ user, query }) => (demand(user, 'quarantine.manage'), page(quarantine, query))],
  ['POST', '/quarantine/:id/retry', ({ id }) => ((find(quarantine, id).state = 'retrying'), null)],
  [
    'DELETE',
    '/quarantine/:id',
    ({ id }) => ((quarantine = quarantine.filter((item) => item.id !== id)), null),
  ],
  [
    'GET',
    '/users',
    ({ user, query }) => {
      demand(user, 'users.manage');
      const q = (query.get('q') ?? '').toLowerCase();
      return page(
        users.filter((entry) => `${entry.name} ${entry.email}`.toLowerCase().includes(q)),
        query,
      );
    },
  ],
  [
    'POST',
    '/users',
    ({ body }) => {
      if (!/@/.test(body.email))
        throw new Refusal(422, 'invalid_fields', 'Some fields are not right.', {
          errors: [{ field: 'email', message: 'This is not an email address.' }],
        });
      const user = {
        id: randomUUID(),
        email: body.email,
        name: body.name,
        state: 'invited',
        assignments: (body.assignments ?? []).map(assignmentFrom),
        agent_ids: [],
        groups: [],
        supervises: [],
        last_sign_in_at: null,
        version: 1,
      };
      users.push(user);
      return { user, ...invitation() };
    },
  ],
  ['GET', '/users/:id', ({ id }) => find(users, id)],
  ['PATCH', '/users/:id', ({ id, body }) => bump(Object.assign(find(users, id), body))],
  ['POST', '/users/:id/invitation', invitation],
  [
    'POST',
    '/users/:id/assignments',
    ({ id, body }) => {
      const assignment = assignmentFrom(body);
      find(users, id).assignments.push(assignment);
      return assignment;
    },
  ],
  ['DELETE', '/users/:id/assignments/:other', ({ id, other }) => drop(find(users, id), 'assignments', other)],
  [
    'POST',
    '/users/:id/agent-ids',
    ({ id, body }) => {
      const agentId = { id: randomUUID(), from: new Date().toISOString(), until: null, ...body };
      find(users, id).agent_ids.push(agentId);
      return agentId;
    },
  ],
  ['DELETE', '/users/:id/agent-ids/:other', ({ id, other }) => drop(find(users, id), 'agent_ids', other)],
  ['GET', '/groups', ({ query }) => page(groups, query)],
  [
    'POST',
    '/groups',
    ({ body }) => {
      const group = { id: randomUUID(), name: body.name, members: [], supervisors: [], version: 1 };
      groups.push(group);
      return group;
    },
  ],
  ['GET', '/groups/:id', ({ id }) => find(groups, id)],
  ['PATCH', '/groups/:id', ({ id, body }) => bump(Object.assign(find(groups, id), body))],
  ['DELETE', '/groups/:id', ({ id }) => (groups.splice(groups.indexOf(find(groups, id)), 1), null)],
  ...['members', 'supervisors'].flatMap((list) => [
    [
      'PUT',
      `/groups/:id/${list}/:other`,
      ({ id, other }) => {
        const { id: userId, name } = find(users, other);
        find(groups, id)[list].push({ id: userId, name });
        const inverse = list === 'members' ? 'groups' : 'supervises';
        find(users, other)[inverse].push({ id, name: find(groups, id).name });
        return null;
      },
    ],
    [
      'DELETE',
      `/groups/:id/${list}/:other`,
      ({ id, other }) => {
        drop(find(users, other), list === 'members' ? 'groups' : 'supervises', id);
        return drop(find(groups, id), list, other);
      },
    ],
  ]),
  [
    'GET',
    '/directory',
    () => ({
      users: users.map(({ id, name }) => ({ id, name })),
      groups: groups.map(({ id, name }) => ({ id, name })),
      tags: seed.tags,
    }),
  ],
  [
    'GET',
    '/roles',
    () => ({
      items: matrix.columns.map((key) => ({
        key,
        name: seed.roleNames[key],
        built_in: true,
        permissions: Object.fromEntries(matrix.rows.map((row) => [row.permission, row.cells[key]])),
      })),
    }),
  ],
  ['GET', '/access/matrix', () => matrix],
  ['GET', '/api-keys', ({ user, query }) => (demand(user, 'api_keys.manage'), page(apiKeys, query))],
  [
    'POST',
    '/api-keys',
    ({ user, body }) => {
      const key = {
        id: randomUUID(),
        name: body.name,
        prefix: 'sk_live_9hTx',
        role: { key: body.role, name: seed.roleNames[body.role] },
        created_at: new Date().toISOString(),
        expires_at: new Date(Date.now() + (body.expires_in_days ?? 90) * 86_400_000).toISOString(),
        last_used_at: null,
        created_by: { id: user.id, name: user.name },
      };
      apiKeys.unshift(key);
      return { ...key, key: `sk_live_9hTx${randomUUID().replaceAll('-', '')}` };
    },
  ],
  ['DELETE', '/api-keys/:id', ({ id }) => (apiKeys.splice(apiKeys.indexOf(find(apiKeys, id)), 1), null)],
  [
    'GET',
    '/ledger/events',
    ({ user, query }) => {
      demand(user, 'audit.view');
      const wants = (name, value) => !query.get(name) || query.get(name) === value;
      return page(
        ledger.filter(
          (event) =>
            wants('kind', event.kind) &&
            wants('outcome', event.outcome) &&
            wants('actor', event.actor.id) &&
            wants('object', event.object?.id) &&
            (!query.get('from') || event.at >= new Date(query.get('from')).toISOString()) &&
            (!query.get('until') || event.at < new Date(query.get('until')).toISOString()),
        ),
        query,
      );
    },
  ],
  ['GET', '/ledger/kinds', () => ({ items: seed.kinds })],
  [
    'GET',
    '/ledger/checkpoint',
    () => ({
      origin: 'brightwater.soundkeep',
      size: ledger[0].index + 1,
      root_hash: 'qW8xH3Zt1m0m2ys5n1kVgq0o3bHc1gqP1r9y7v0y8lE=',
      signed_note: 'brightwater.soundkeep\n18432\nqW8xH3Zt1m0m2ys5n1kVgq0o3bHc1gqP1r9y7v0y8lE=\n',
      at: new Date(now - 4000).toISOString(),
      public_key: 'brightwater.soundkeep+5f1d2c88+AVmOeN2N7o4hLxE9p2Z5yQ3d0m4p8l7K6j5h4g3f2d1s',
    }),
  ],
];
function seen(user, id) {
  const conversation = find(conversations, id);
  if (!may(user, 'conversations.view', conversation)) throw notFound();
  return conversation;
}
function objectOf(conversation) {
  return { type: 'conversation', id: conversation.id, name: conversation.contact };
}
function bump(thing) {
  thing.version += 1;
  return thing;
}
function drop(thing, list, id) {
  thing[list] = thing[list].filter((entry) => entry.id !== id);
  return null;
}
function assignmentFrom(body) {
  return {
    id: randomUUID(),
    role: { key: body.role, name: seed.roleNames[body.role] },
    limit: body.limit,
    groups: (body.groups ?? []).map((id) => ({ id, name: find(groups, id).name })),
    until: body.until ?? null,
  };
}

function serveAudio(request, response, user, id) {
  const conversation = seen(user, id.replace('e001', 'c001'));
  const { wav } = soundOf(conversation);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  const until = range?.[2] ? Number(range[2]) : wav.length - 1;
  const headers = {
    'Content-Type': 'audio/wav',
    'Accept-Ranges': 'bytes',
    'Content-Length': until - from + 1,
  };
  if (range) headers['Content-Range'] = `bytes ${from}-${until}/${wav.length}`;
  if (!range || from === 0) record('recording_play', user, objectOf(conversation));
  response.writeHead(range ? 206 : 200, headers).end(wav.subarray(from, until + 1));
}

async function serveFile(path, response) {
  const root = join(import.meta.dirname, '..', 'dist');
  const nonce = randomUUID().replaceAll('-', '');
  const file = extname(path) ? path : '/index.html';
  try {
    let body = await readFile(join(root, file));
    if (file === '/index.html') body = body.toString().replaceAll('__CSP_NONCE__', nonce);
    response
      .writeHead(200, {
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': [
          "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'",
          `style-src 'self' 'nonce-${nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
        ].join('; '),
      })
      .end(body);
  } catch {
    response.writeHead(404).end();
  }
}

function match(method, path) {
  for (const [wanted, pattern, handler, open] of routes) {
    const names = [];
    const expression = new RegExp(
      `^${pattern.replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)'))}$`,
    );
    const found = wanted === method && expression.exec(path);
    if (found)
      return { handler, open, params: Object.fromEntries(names.map((name, i) => [name, found[i + 1]])) };
  }
  return null;
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith('/api/v1')) return serveFile(url.pathname, response);
  const path = url.pathname.slice('/api/v1'.length);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const token = /soundkeep_mock=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const user = users.find((entry) => entry.id === sessions.get(token));
  try {
    const json = /json/.test(request.headers['content-type'] ?? '') && chunks.length > 0;
    const body = json ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const audio = /^\/recordings\/([^/]+)\/audio$/.exec(path);
    const route = match(request.method, path);
    if (!user && !route?.open) throw new Refusal(401, 'not_signed_in', 'Sign in first.');
    if (audio) return serveAudio(request, response, user, audio[1]);
    if (path === '/ledger/export')
      return response
        .writeHead(200, {
          'Content-Type': 'application/jsonl',
          'Content-Disposition': 'attachment; filename="ledger.jsonl"',
        })
        .end(ledger.map((event) => JSON.stringify(event)).join('\n'));
    if (!route) throw notFound();
    const result = route.handler({
      ...route.params,
      user,
      token,
      body,
      query: url.searchParams,
      request,
      response,
    });
    if (result === null) response.writeHead(204).end();
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(result));
  } catch (error) {
    const body = error instanceof Refusal ? error.body : { title: String(error), status: 500, code: 'bug' };
    response.writeHead(body.status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(body));
  }
}

export function startMock(port = 8481) {
  const server = createServer((request, response) => void answer(request, response));
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === import.meta.filename) {
  const server = await startMock(Number(process.argv[2] ?? 8481));
  console.log(`mock server at http://127.0.0.1:${server.address().port}/welcome#demo-admin`);
}
