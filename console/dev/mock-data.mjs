/**
 * The invented organisation of the mock server: people, groups, conversations, ledger.
 * It knows nothing of HTTP. Nothing here is shipped.
 */
import { createHash } from 'node:crypto';
import { randomFrom } from './mock-audio.mjs';

export const uuid = (kind, n) => `0197${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const pick = (random, list) => list[Math.floor(random() * list.length)];
const sha = (text) => createHash('sha256').update(text).digest('hex');

export const groups = ['Sales', 'Support', 'Billing', 'Retention'].map((name, i) => ({
  id: uuid('a001', i + 1),
  name,
  members: [],
  supervisors: [],
  version: 1,
}));
const named = ({ id, name }) => ({ id, name });

const people = [
  ['Ada Winter', 'admin', 'none', []],
  ['Miriam Okafor', 'manager', 'none', []],
  ['Samuel Reyes', 'supervisor', 'supervised', []],
  ['Ingrid Lund', 'analyst', 'none', []],
  ['Tom Becker', 'agent', 'none', [0]],
  ['Leila Haddad', 'agent', 'none', [1]],
  ['Jonas Weber', 'agent', 'none', [1]],
  ['Priya Nair', 'agent', 'none', [2]],
  ['Carlos Mendes', 'agent', 'none', [0, 3]],
  ['Hanna Virtanen', 'agent', 'none', [2]],
];
export const roleNames = {
  admin: 'Admin',
  manager: 'Manager',
  supervisor: 'Supervisor',
  analyst: 'Analyst',
  agent: 'Agent',
};
export const users = people.map(([name, role, limit, memberOf], i) => ({
  id: uuid('b001', i + 1),
  email: `${name.split(' ')[0].toLowerCase()}@example.org`,
  name,
  state: i === 9 ? 'invited' : 'active',
  assignments: [
    { id: uuid('b002', i + 1), role: { key: role, name: roleNames[role] }, limit, groups: [], until: null },
  ],
  agent_ids:
    role === 'agent'
      ? [{ id: uuid('b003', i + 1), value: String(200 + i), from: '2026-01-05T00:00:00Z', until: null }]
      : [],
  groups: memberOf.map((g) => named(groups[g])),
  supervises: role === 'supervisor' ? [named(groups[0]), named(groups[1])] : [],
  last_sign_in_at: i === 9 ? null : new Date(Date.now() - (1 + i * 7) * 3_600_000).toISOString(),
  version: 1,
}));
people.forEach(([, , , memberOf], i) => memberOf.forEach((g) => groups[g].members.push(named(users[i]))));
groups[0].supervisors.push(named(users[2]));
groups[1].supervisors.push(named(users[2]));

const contacts = [
  'Nordlicht Energie',
  'Harbour Dental',
  'Rosa Delgado',
  'Fjord Logistics',
  'M. Petrov',
  'Keller & Sons',
  'Amelia Stone',
  null,
  null,
  null,
];
export const tags = ['complaint', 'contract', 'refund', 'follow-up', 'praise', 'escalated', 'new customer'];

export function makeConversations(count, now) {
  const random = randomFrom(20261121);
  const agents = users.filter((user) => user.agent_ids.length > 0 && user.state === 'active');
  const list = [];
  let at = now - 7 * 60_000;
  for (let i = 0; i < count; i++) {
    const internal = random() < 0.06;
    const direction = internal ? 'internal' : random() < 0.62 ? 'inbound' : 'outbound';
    const unattributed = random() < 0.04;
    const agent = pick(random, agents);
    const outside = random() < 0.05 ? 'anonymous' : `+49 30 ${Math.floor(1_000_000 + random() * 8_999_999)}`;
    const inside = internal ? String(200 + Math.floor(random() * 9)) : agent.agent_ids[0].value;
    const status =
      i === 1
        ? 'processing'
        : i === 6
          ? 'failed'
          : i === 11
            ? 'erased'
            : random() < 0.01
              ? 'failed'
              : 'ready';
    const duration = Math.round(25_000 + random() * random() * random() * 1_500_000);
    list.push({
      id: uuid('c001', i + 1),
      started_at: new Date(at).toISOString(),
      duration_ms: status === 'processing' ? null : duration,
      direction,
      channel: 'voice',
      from_number: direction === 'inbound' ? outside : inside,
      to_number: direction === 'inbound' ? inside : direction === 'internal' ? '204' : outside,
      contact: internal ? null : pick(random, contacts),
      agents: unattributed ? [] : [{ user_id: agent.id, name: agent.name }],
      groups: unattributed ? [] : agent.groups,
      tags:
        random() < 0.35
          ? [...new Set([pick(random, tags), ...(random() < 0.25 ? [pick(random, tags)] : [])])]
          : [],
      status,
      source: pick(random, ['folder', 'folder', 'folder', 'upload', 'import']),
      version: 1,
      received_at: new Date(at + duration + 4000).toISOString(),
      external_id: `${Math.floor(at / 1000)}.${100 + i}`,
      channels: random() < 0.12 ? 1 : 2,
      notes: [],
    });
    at -= 60_000 * (1 + random() * random() * 55);
    if (new Date(at).getUTCHours() < 6) at -= 11 * 3_600_000;
  }
  list[0].contact = 'Harbour Dental';
  list[0].duration_ms = 214_000;
  list[0].tags = ['refund', 'follow-up'];
  list[0].channels = 2;
  list[0].notes = [
    {
      id: uuid('c002', 1),
      text: 'Customer was charged twice for October. Refund agreed, confirmation by mail promised until Friday.',
      author: { user_id: users[2].id, name: users[2].name },
      created_at: new Date(now - 3 * 60_000).toISOString(),
    },
    {
      id: uuid('c002', 2),
      text: 'Good example of a calm de-escalation, from 1:12 on. Use in the next team meeting.',
      author: { user_id: users[0].id, name: users[0].name },
      created_at: new Date(now - 2 * 60_000).toISOString(),
    },
  ];
  return list;
}

export const kinds = [
  ['recording_play', '{actor} listened to a recording'],
  ['recording_ingest', 'a recording came in and was sealed'],
  ['session_start', 'somebody signed in'],
  ['session_end', 'somebody signed out'],
  ['access_refused', 'a request was refused'],
  ['conversation_edit', 'tags, contact or attribution were changed'],
  ['note_add', 'a note was added'],
  ['recording_delete', 'a conversation was erased for good'],
  ['role_change', 'a role was given or taken'],
  ['membership_change', 'a group got or lost somebody'],
  ['user_invite', 'somebody was invited'],
  ['api_key_create', 'an API key was made'],
  ['quarantine_add', 'a file could not be read'],
  ['key_create', 'a key of the vault was made'],
].map(([kind, sentence]) => ({ kind, sentence: sentence.replace('{actor} ', 'somebody ') }));

export function makeLedger(conversations, now) {
  const random = randomFrom(7);
  const events = [];
  let at = now - 40_000;
  for (let i = 0; i < 260; i++) {
    const kind = i === 4 ? 'role_change' : i === 9 ? 'access_refused' : pick(random, kinds.slice(0, 8)).kind;
    const conversation = pick(random, conversations);
    const person = pick(random, users.slice(0, 9));
    const refused = kind === 'access_refused' || random() < 0.03;
    const system = kind === 'recording_ingest';
    events.push({
      id: uuid('d001', i + 1),
      index: 18_431 - i,
      at: new Date(at).toISOString(),
      kind,
      outcome: refused ? 'refused' : 'success',
      actor: system
        ? { type: 'system', id: null, name: 'intake' }
        : { type: 'user', id: person.id, name: person.name },
      address: system ? null : `192.0.2.${10 + Math.floor(random() * 40)}`,
      object:
        kind === 'role_change'
          ? { type: 'user', id: users[8].id, name: users[8].name }
          : kind.startsWith('session')
            ? { type: 'session', id: sha(String(i)).slice(0, 12), name: null }
            : { type: 'conversation', id: conversation.id, name: conversation.contact },
      old: kind === 'role_change' ? { roles: ['Agent'] } : kind === 'conversation_edit' ? { tags: [] } : null,
      new:
        kind === 'role_change'
          ? { roles: ['Agent', 'Supervisor'], limit: 'supervised' }
          : kind === 'conversation_edit'
            ? { tags: ['refund'] }
            : null,
      reason: kind === 'recording_delete' ? 'asked for by the customer' : null,
      detail:
        kind === 'recording_play'
          ? { recording_id: conversation.id.replace('c001', 'e001'), version: 1 }
          : {},
    });
    at -= 1000 * (20 + random() * random() * 2400);
  }
  return events;
}

export const quarantine = [
  [
    '2026/11/20/in-204-+4930555012-20261120-161512-1795191312.88.wav',
    'folder',
    'truncated',
    'The file ends in the middle of its audio: 48,044 of 312,320 bytes are there.',
    48044,
  ],
  [
    'voicemail-0007.gsm',
    'folder',
    'unsupported_codec',
    'GSM audio without a container cannot be read yet.',
    19800,
  ],
  ['report.pdf', 'upload', 'not_audio', 'This is a PDF document, not audio.', 88211],
].map(([name, source, code, reason, bytes], i) => ({
  id: uuid('f001', i + 1),
  name,
  source,
  reason,
  code,
  bytes,
  received_at: new Date(Date.now() - (3 + i * 26) * 3_600_000).toISOString(),
  state: i === 1 ? 'retrying' : 'waiting',
}));

export const apiKeys = [
  [
    'PBX upload Berlin',
    'sk_live_4fQ7',
    'admin',
    '2026-09-02T08:00:00Z',
    '2026-12-01T08:00:00Z',
    '2026-11-21T08:44:10Z',
  ],
  ['Nightly reporting', 'sk_live_Zk92', 'analyst', '2026-10-12T08:00:00Z', '2027-01-10T08:00:00Z', null],
].map(([name, prefix, role, created_at, expires_at, last_used_at], i) => ({
  id: uuid('f101', i + 1),
  name,
  prefix,
  role: { key: role, name: roleNames[role] },
  created_at,
  expires_at,
  last_used_at,
  created_by: { id: users[0].id, name: users[0].name },
}));
