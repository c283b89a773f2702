/**
 * The only door to the server: every call that the console makes, one function each, typed from the contract.
 * It knows nothing of React, and nothing else in the console knows a path or a header.
 */
import createClient from 'openapi-fetch';
import { heardTime, isQuiet } from './activity';
import { problemFrom, ProblemError, UnreachableError } from './problem';
import type { PasskeyAnswer } from './passkey';
import { isProven, proven } from './proving';
import type { paths } from './schema';
import type {
  AccessGroupWish,
  AttributionCorrection,
  ConversationFilters,
  ConversationPatch,
  ConversationQuery,
  IdentityProviderWish,
  Me,
  KeyEnd,
  LedgerQuery,
  Matrix,
  NewAssignment,
  NewPasskey,
  NewRole,
  Proof,
  RedeemLink,
  RoleChange,
  Schemas,
  SettingsPatch,
  StepAnswer,
  ThenQuery,
  User,
  WhoQuery,
} from './types';
import { looked, type Wanted, weighed } from './weighing';

export type * from './types';
export type { Gate, Problem } from './problem';

/** The language that the server answers in; set when the person changes theirs. */
let language = 'en';
export function answerIn(next: string) {
  language = next;
}
export const answersIn = () => language;

let onSignedOut: () => void = () => {};
/** Called whenever the server no longer knows the session. */
export function whenSignedOut(listener: () => void) {
  onSignedOut = listener;
}

const http = createClient<paths>({
  baseUrl: typeof window === 'undefined' ? 'http://localhost' : window.location.origin,
  credentials: 'same-origin',
  headers: { Accept: 'application/json, application/problem+json' },
  fetch: async (request: Request) => {
    request.headers.set('Accept-Language', language);
    // A page that refreshes itself keeps no session open.
    const isLook = request.method === 'GET' || request.headers.has('Soundkeep-What-If');
    if (isLook && isQuiet()) request.headers.set('Soundkeep-Background', '1');
    try {
      const answer = await proven(request, (sent) => globalThis.fetch(sent));
      heardTime(answer.headers.get('Date'));
      return answer;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new UnreachableError();
    }
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function refuse(response: Response, body: unknown): never {
  const problem = problemFrom(response.status, body);
  if (problem.code === 'not_signed_in' && !response.url.endsWith('/session')) onSignedOut();
  const after = Number(response.headers.get('Retry-After'));
  throw new ProblemError(problem, Number.isFinite(after) && after > 0 ? after : null);
}

async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) refuse(response, error);
  return data as T;
}

async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) refuse(response, error);
}

/** A change of rights, which is weighed before it is carried out; and one whose answer says nothing. */
const change = <T>(send: (wanted: Wanted) => Promise<Answer<T>>) => weighed((wanted) => take(send(wanted)));
const silent = async (send: (wanted: Wanted) => Promise<Answer<unknown>>): Promise<void> => {
  await change(send);
};
/** Shows what a change of rights would do. */
const look = (send: (wanted: Wanted) => Promise<Answer<unknown>>) => looked((wanted) => take(send(wanted)));

const ifMatch = (version: number) => ({ 'If-Match': `"v${version}"` });
const once = () => ({ 'Idempotency-Key': crypto.randomUUID() });
const at = (id: string) => ({ path: { id } });
/** Why something is taken away, if anything was said. */
const because = (reason?: string) => (reason ? { body: { reason } } : {});

const roleChange = (id: string, version: number, body: RoleChange) => (wanted: Wanted) =>
  http.PATCH('/api/v1/roles/{id}', {
    params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
    body,
  });
const accessGroupChange = (id: string, version: number, body: AccessGroupWish) => (wanted: Wanted) =>
  http.PUT('/api/v1/access-groups/{id}', {
    params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
    body,
  });
const providerChange = (id: string, version: number, body: IdentityProviderWish) => (wanted: Wanted) =>
  http.PUT('/api/v1/identity-providers/{id}', {
    params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
    body,
  });
function newAccessGroup(body: AccessGroupWish) {
  const key = once();
  return (wanted: Wanted) =>
    http.POST('/api/v1/access-groups', { params: { header: { ...key, ...wanted } }, body });
}

/** Asks with what a program shows, and without the session of whoever tries it. */
async function shownBy(path: string, shown: string): Promise<unknown> {
  const headers = {
    Authorization: `Bearer ${shown}`,
    Accept: 'application/json',
    'Accept-Language': language,
  };
  const response = await globalThis
    .fetch(path, { headers, credentials: 'omit', cache: 'no-store' })
    .catch(() => {
      throw new UnreachableError();
    });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  // An error of SCIM says in `detail` what an error of ours says.
  const told = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : null;
  const problem = problemFrom(response.status, body);
  throw new ProblemError(told ? { ...problem, detail: told } : problem);
}

export const api = {
  about: () => take(http.GET('/api/v1/about')),

  session: {
    get: () => take(http.GET('/api/v1/session')),
    signIn: (email: string, password: string, organisation?: string) =>
      take(
        http.POST('/api/v1/session', {
          body: { email, password, ...(organisation ? { organisation } : {}) },
        }),
      ),
    /** Goes on with a sign-in that isn't complete. */
    step: (signIn: string, answer: StepAnswer) =>
      take(http.POST('/api/v1/session/step', { body: { sign_in: signIn, ...answer } })),
    /** Asks for a passkey at the door, in a sign-in that isn't complete, and to prove who one is. */
    askPasskey: () => take(http.POST('/api/v1/session/passkey/options')),
    signInWithPasskey: (body: PasskeyAnswer) => take(http.POST('/api/v1/session/passkey', { body })),
    askPasskeyInStep: (signIn: string) =>
      take(http.POST('/api/v1/session/step/passkey', { body: { sign_in: signIn } })),
    askPasskeyToProve: () => take(http.POST('/api/v1/session/step-up/passkey')),
    /** Goes on with a sign-in that a provider began: this browser keeps its token in a cookie. */
    goOn: () => take(http.POST('/api/v1/session/step', { body: {} })),
    /** The providers through which people of the domain of an address sign in. */
    ways: async (email: string) =>
      (await take(http.POST('/api/v1/session/ways', { body: { email } }))).providers,
    /** Where this browser goes to sign in through a provider. */
    through: async (provider: string, email: string, returnTo: string, anew: boolean) => {
      const body = { provider, email, return_to: returnTo, anew };
      return (await take(http.POST('/api/v1/session/provider', { body }))).address;
    },
    /** Where this browser goes to prove anew who somebody is, at the provider through which they came. */
    proveThere: async (returnTo: string) =>
      (await take(http.POST('/api/v1/session/step-up/provider', { body: { return_to: returnTo } }))).address,
    /** Where this browser goes to sign out at the provider, too; nothing when there is no such place. */
    signOutThere: async () => (await take(http.GET('/api/v1/session/provider'))).address,
    /** Asks for a link to choose another password; answered alike whoever asks. */
    forgot: (email: string, organisation?: string) =>
      done(
        http.POST('/api/v1/session/reset', { body: { email, ...(organisation ? { organisation } : {}) } }),
      ),
    /** Has a code sent for a sign-in that waits for one. */
    sendCode: (signIn: string) => take(http.POST('/api/v1/session/step/code', { body: { sign_in: signIn } })),
    /** Has a code sent to prove oneself anew. */
    sendProof: () => take(http.POST('/api/v1/session/step-up/code')),
    prove: (body: Proof) => done(http.POST('/api/v1/session/step-up', { body })),
    signOut: () => done(http.DELETE('/api/v1/session')),
  },

  account: {
    get: () => take(http.GET('/api/v1/account')),
    changePassword: (current: string, next: string) =>
      done(http.PUT('/api/v1/account/password', { body: { current_password: current, new_password: next } })),
    sessions: () => take(http.GET('/api/v1/account/sessions')),
    endSession: (id: string) => done(http.DELETE('/api/v1/account/sessions/{id}', { params: at(id) })),
    endOtherSessions: () => done(http.DELETE('/api/v1/account/sessions')),
    beginApp: () => take(http.POST('/api/v1/account/factors')),
    confirmApp: (code: string) => take(http.POST('/api/v1/account/factors/confirm', { body: { code } })),
    askForNewPasskey: () => take(http.POST('/api/v1/account/passkeys/options')),
    addPasskey: (body: NewPasskey) => take(http.POST('/api/v1/account/passkeys', { body })),
    renameFactor: (id: string, name: string) =>
      done(http.PATCH('/api/v1/account/factors/{id}', { params: at(id), body: { name } })),
    removeFactor: (id: string) => done(http.DELETE('/api/v1/account/factors/{id}', { params: at(id) })),
    claimPhone: (number: string) => take(http.PUT('/api/v1/account/phone', { body: { number } })),
    confirmPhone: (code: string) => done(http.POST('/api/v1/account/phone/confirm', { body: { code } })),
    removePhone: () => done(http.DELETE('/api/v1/account/phone')),
    renewRecoveryCodes: () => take(http.POST('/api/v1/account/recovery-codes')),
  },

  links: {
    inspect: (token: string) => take(http.POST('/api/v1/links/inspect', { body: { token } })),
    askPasskey: (token: string) => take(http.POST('/api/v1/links/passkey', { body: { token } })),
    redeem: (body: RedeemLink) => take(http.POST('/api/v1/links/redeem', { body })),
  },

  conversations: {
    list: (query: ConversationQuery, signal?: AbortSignal) =>
      take(http.GET('/api/v1/conversations', { params: { query }, signal })),
    count: (query: ConversationFilters, signal?: AbortSignal) =>
      take(http.GET('/api/v1/conversations/count', { params: { query }, signal })),
    get: (id: string) => take(http.GET('/api/v1/conversations/{id}', { params: at(id) })),
    change: (id: string, version: number, body: ConversationPatch) =>
      take(
        http.PATCH('/api/v1/conversations/{id}', { params: { ...at(id), header: ifMatch(version) }, body }),
      ),
    delete: (id: string, version: number, reason?: string) =>
      done(
        http.DELETE('/api/v1/conversations/{id}', {
          params: { ...at(id), header: ifMatch(version) },
          body: { confirm: 'delete', ...(reason ? { reason } : {}) },
        }),
      ),
    notes: (id: string) => take(http.GET('/api/v1/conversations/{id}/notes', { params: at(id) })),
    addNote: (id: string, text: string) =>
      take(http.POST('/api/v1/conversations/{id}/notes', { params: at(id), body: { text } })),
    deleteNote: (id: string, noteId: string) =>
      done(
        http.DELETE('/api/v1/conversations/{id}/notes/{note_id}', {
          params: { path: { id, note_id: noteId } },
        }),
      ),
    access: (id: string, user?: string) =>
      take(
        http.GET('/api/v1/conversations/{id}/access', { params: { ...at(id), query: user ? { user } : {} } }),
      ),
    who: (id: string, query: WhoQuery) =>
      take(http.GET('/api/v1/conversations/{id}/access/users', { params: { ...at(id), query } })),
    then: (id: string, query: ThenQuery) =>
      take(http.GET('/api/v1/conversations/{id}/access/then', { params: { ...at(id), query } })),
    history: (id: string, cursor?: string) =>
      take(
        http.GET('/api/v1/conversations/{id}/history', {
          params: { ...at(id), query: cursor ? { cursor } : {} },
        }),
      ),
  },

  recordings: {
    get: (id: string) => take(http.GET('/api/v1/recordings/{id}', { params: at(id) })),
    peaks: (id: string) => take(http.GET('/api/v1/recordings/{id}/peaks', { params: at(id) })),
    /** Asks for one byte of the audio, to hear the server's reason when it gives none. */
    probe: async (id: string): Promise<void> => {
      const headers = { Range: 'bytes=0-0', 'Accept-Language': language };
      const response = await globalThis.fetch(api.recordings.audioUrl(id), { headers }).catch(() => {
        throw new UnreachableError();
      });
      if (!response.ok) refuse(response, await response.json().catch(() => null));
      await response.body?.cancel();
    },
    audioUrl: (id: string) => `/api/v1/recordings/${encodeURIComponent(id)}/audio`,
  },

  quarantine: {
    list: (cursor?: string) =>
      take(http.GET('/api/v1/quarantine', { params: { query: cursor ? { cursor } : {} } })),
    retry: (id: string) => done(http.POST('/api/v1/quarantine/{id}/retry', { params: at(id) })),
    delete: (id: string) => done(http.DELETE('/api/v1/quarantine/{id}', { params: at(id) })),
  },

  users: {
    list: (query: { q?: string; cursor?: string }) => take(http.GET('/api/v1/users', { params: { query } })),
    get: (id: string) => take(http.GET('/api/v1/users/{id}', { params: at(id) })),
    reach: (id: string) => take(http.GET('/api/v1/users/{id}/reach', { params: at(id) })),
    invite: (body: { email: string; name: string; assignments?: NewAssignment[] }) => {
      const key = once();
      return change((wanted) =>
        http.POST('/api/v1/users', { params: { header: { ...key, ...wanted } }, body }),
      );
    },
    change: (id: string, version: number, body: { name?: string; state?: User['state']; reason?: string }) =>
      change((wanted) =>
        http.PATCH('/api/v1/users/{id}', {
          params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
          body,
        }),
      ),
    sessions: (id: string) => take(http.GET('/api/v1/users/{id}/sessions', { params: at(id) })),
    endSessions: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/users/{id}/sessions', { params: at(id), ...because(reason) })),
    endSession: (id: string, sessionId: string, reason?: string) =>
      done(
        http.DELETE('/api/v1/users/{id}/sessions/{session_id}', {
          params: { path: { id, session_id: sessionId } },
          ...because(reason),
        }),
      ),
    resetSecondFactor: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/users/{id}/factors', { params: at(id), ...because(reason) })),
    setPhone: (id: string, number: string) =>
      done(http.PUT('/api/v1/users/{id}/phone', { params: at(id), body: { number } })),
    removePhone: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/users/{id}/phone', { params: at(id), ...because(reason) })),
    forgetIdentities: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/users/{id}/identities', { params: at(id), ...because(reason) })),
    renewInvitation: (id: string) => take(http.POST('/api/v1/users/{id}/invitation', { params: at(id) })),
    assign: (id: string, body: NewAssignment) => {
      const key = once();
      return change((wanted) =>
        http.POST('/api/v1/users/{id}/assignments', {
          params: { ...at(id), header: { ...key, ...wanted } },
          body,
        }),
      );
    },
    unassign: (id: string, assignmentId: string) =>
      silent((header) =>
        http.DELETE('/api/v1/users/{id}/assignments/{assignment_id}', {
          params: { path: { id, assignment_id: assignmentId }, header },
        }),
      ),
    addAgentId: (id: string, body: { value: string; from?: string; until?: string }) =>
      take(http.POST('/api/v1/users/{id}/agent-ids', { params: at(id), body })),
    removeAgentId: (id: string, agentId: string) =>
      done(
        http.DELETE('/api/v1/users/{id}/agent-ids/{agent_id}', {
          params: { path: { id, agent_id: agentId } },
        }),
      ),
  },

  groups: {
    list: () => take(http.GET('/api/v1/groups', { params: { query: { limit: 200 } } })),
    get: (id: string) => take(http.GET('/api/v1/groups/{id}', { params: at(id) })),
    create: (name: string) =>
      take(http.POST('/api/v1/groups', { params: { header: once() }, body: { name } })),
    rename: (id: string, version: number, name: string) =>
      take(
        http.PATCH('/api/v1/groups/{id}', {
          params: { ...at(id), header: ifMatch(version) },
          body: { name },
        }),
      ),
    delete: (id: string, version: number) =>
      silent((wanted) =>
        http.DELETE('/api/v1/groups/{id}', {
          params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
        }),
      ),
    addMember: (id: string, userId: string) =>
      silent((header) =>
        http.PUT('/api/v1/groups/{id}/members/{user_id}', {
          params: { path: { id, user_id: userId }, header },
        }),
      ),
    removeMember: (id: string, userId: string) =>
      silent((header) =>
        http.DELETE('/api/v1/groups/{id}/members/{user_id}', {
          params: { path: { id, user_id: userId }, header },
        }),
      ),
    addSupervisor: (id: string, userId: string) =>
      silent((header) =>
        http.PUT('/api/v1/groups/{id}/supervisors/{user_id}', {
          params: { path: { id, user_id: userId }, header },
        }),
      ),
    removeSupervisor: (id: string, userId: string) =>
      silent((header) =>
        http.DELETE('/api/v1/groups/{id}/supervisors/{user_id}', {
          params: { path: { id, user_id: userId }, header },
        }),
      ),
  },

  directory: () => take(http.GET('/api/v1/directory')),
  roles: () => take(http.GET('/api/v1/roles')),
  role: {
    get: (id: string) => take(http.GET('/api/v1/roles/{id}', { params: at(id) })),
    create: (body: NewRole) => {
      const key = once();
      return change((wanted) =>
        http.POST('/api/v1/roles', { params: { header: { ...key, ...wanted } }, body }),
      );
    },
    change: (...asked: Parameters<typeof roleChange>) => change(roleChange(...asked)),
    whatIf: (...asked: Parameters<typeof roleChange>) => look(roleChange(...asked)),
    delete: (id: string, version: number) =>
      silent((wanted) =>
        http.DELETE('/api/v1/roles/{id}', {
          params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
        }),
      ),
  },
  accessGroups: {
    list: () => take(http.GET('/api/v1/access-groups')),
    get: (id: string) => take(http.GET('/api/v1/access-groups/{id}', { params: at(id) })),
    create: (body: AccessGroupWish) => change(newAccessGroup(body)),
    change: (...asked: Parameters<typeof accessGroupChange>) => change(accessGroupChange(...asked)),
    whatIf: (now: { id: string; version: number } | null, body: AccessGroupWish) =>
      look(now ? accessGroupChange(now.id, now.version, body) : newAccessGroup(body)),
    delete: (id: string, version: number) =>
      silent((wanted) =>
        http.DELETE('/api/v1/access-groups/{id}', {
          params: { ...at(id), header: { ...ifMatch(version), ...wanted } },
        }),
      ),
    preview: (body: Schemas['PreviewWish'], signal?: AbortSignal) =>
      take(http.POST('/api/v1/access-groups/preview', { body, signal })),
  },
  accessTests: {
    get: () => take(http.GET('/api/v1/access-tests')),
    replace: (version: number, text: string) =>
      take(http.PUT('/api/v1/access-tests', { params: { header: ifMatch(version) }, body: { text } })),
    run: (text: string) => take(http.POST('/api/v1/access-tests/run', { body: { text } })),
  },
  providers: {
    list: () => take(http.GET('/api/v1/identity-providers')),
    get: (id: string) => take(http.GET('/api/v1/identity-providers/{id}', { params: at(id) })),
    create: (body: IdentityProviderWish) =>
      take(http.POST('/api/v1/identity-providers', { params: { header: once() }, body })),
    change: (...asked: Parameters<typeof providerChange>) => change(providerChange(...asked)),
    whatIf: (now: { id: string; version: number }, body: IdentityProviderWish) =>
      look(providerChange(now.id, now.version, body)),
    delete: (id: string, reason?: string) =>
      silent((header) =>
        http.DELETE('/api/v1/identity-providers/{id}', {
          params: { ...at(id), header },
          ...because(reason),
        }),
      ),
    /** Ends all sessions that came in through it. */
    endSessions: (id: string) =>
      done(http.DELETE('/api/v1/identity-providers/{id}/sessions', { params: at(id) })),
    /** Where this browser goes to try a sign-in; nobody is signed in by it. */
    test: async (id: string) =>
      (await take(http.POST('/api/v1/identity-providers/{id}/test', { params: at(id) }))).address,
    finding: (id: string) => take(http.GET('/api/v1/identity-providers/{id}/test', { params: at(id) })),
    /** What metadata of a SAML provider says; nothing is kept. */
    readMetadata: (body: { url: string } | { document: string }) =>
      take(http.POST('/api/v1/identity-providers/metadata', { body })),
    /** One step of changing our certificate. */
    renewKey: (id: string) => done(http.POST('/api/v1/identity-providers/{id}/keys', { params: at(id) })),
  },
  /** What directories come in with, and what they brought. */
  directories: {
    /** Asks the SCIM service with this token, as a directory would. */
    test: async (token: string) => {
      await shownBy('/scim/v2/ServiceProviderConfig', token);
      return null;
    },
    tokens: (id: string) => take(http.GET('/api/v1/identity-providers/{id}/scim-tokens', { params: at(id) })),
    createToken: (id: string, body: KeyEnd) => {
      const key = once();
      return take(
        http.POST('/api/v1/identity-providers/{id}/scim-tokens', {
          params: { ...at(id), header: key },
          body,
        }),
      );
    },
    rotateToken: (id: string, tokenId: string, body: Schemas['KeyRotation']) => {
      const key = once();
      return take(
        http.POST('/api/v1/identity-providers/{id}/scim-tokens/{token_id}/rotate', {
          params: { path: { id, token_id: tokenId }, header: key },
          body,
        }),
      );
    },
    revokeToken: (id: string, tokenId: string, reason?: string) =>
      done(
        http.DELETE('/api/v1/identity-providers/{id}/scim-tokens/{token_id}', {
          params: { path: { id, token_id: tokenId } },
          ...because(reason),
        }),
      ),
    groups: (id: string) =>
      take(http.GET('/api/v1/identity-providers/{id}/directory-groups', { params: at(id) })),
  },
  unattributed: () => take(http.GET('/api/v1/unattributed')),
  jobs: {
    list: (cursor?: string) =>
      take(http.GET('/api/v1/jobs', { params: { query: cursor ? { cursor } : {} } })),
    get: (id: string) => take(http.GET('/api/v1/jobs/{id}', { params: at(id) })),
    cancel: (id: string) => done(http.DELETE('/api/v1/jobs/{id}', { params: at(id) })),
    correctAttribution: (body: AttributionCorrection) =>
      take(http.POST('/api/v1/jobs/attribution-corrections', { params: { header: once() }, body })),
  },
  // The same address also gives CSV, to those who accept that.
  matrix: async () => (await take(http.GET('/api/v1/access/matrix'))) as Matrix,
  matrixCsv: async (): Promise<Blob> => {
    const response = await globalThis.fetch('/api/v1/access/matrix', { headers: { Accept: 'text/csv' } });
    if (!response.ok) refuse(response, await response.json().catch(() => null));
    return response.blob();
  },

  apiKeys: {
    /** Asks the server with this key, as a program would; answers with what it is called. */
    test: async (key: string) => ((await shownBy('/api/v1/session', key)) as Me).user.name,
    list: () => take(http.GET('/api/v1/api-keys', { params: { query: { limit: 200 } } })),
    rotate: (id: string, body: Schemas['KeyRotation']) => {
      const key = once();
      return take(http.POST('/api/v1/api-keys/{id}/rotate', { params: { ...at(id), header: key }, body }));
    },
    create: (
      body: {
        name: string;
        role?: string;
        acts_for?: string;
        scopes?: string[];
        networks?: string[];
      } & KeyEnd,
    ) => {
      const key = once();
      return change((wanted) =>
        http.POST('/api/v1/api-keys', { params: { header: { ...key, ...wanted } }, body }),
      );
    },
    changeNetworks: (id: string, networks: string[]) =>
      take(http.PUT('/api/v1/api-keys/{id}/networks', { params: at(id), body: { networks } })),
    testAddress: (address: string, networks: string[]) =>
      take(
        http.GET('/api/v1/api-keys/networks', {
          params: { query: { address, networks: networks.join(',') } },
        }),
      ),
    revoke: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/api-keys/{id}', { params: at(id), ...because(reason) })),
    endTokens: (id: string, reason?: string) =>
      done(http.DELETE('/api/v1/api-keys/{id}/access-tokens', { params: at(id), ...because(reason) })),
  },

  settings: {
    get: () => take(http.GET('/api/v1/settings')),
    preview: (version: number, patch: Pick<SettingsPatch, 'organisation' | 'channels'>) =>
      take(
        http.PATCH('/api/v1/settings', {
          params: { header: ifMatch(version) },
          body: { ...patch, dry_run: true },
        }),
      ),
    change: (version: number, patch: Pick<SettingsPatch, 'organisation' | 'channels'>) =>
      change((wanted) =>
        http.PATCH('/api/v1/settings', {
          params: { header: { ...ifMatch(version), ...wanted } },
          body: { ...patch, dry_run: false },
        }),
      ),
    testAddress: (address: string, networks: string[]) =>
      take(
        http.GET('/api/v1/settings/networks', {
          params: { query: { address, networks: networks.join(',') } },
        }),
      ),
    testMail: () => take(http.POST('/api/v1/settings/mail/test')),
    testSms: () => take(http.POST('/api/v1/settings/sms/test')),
    history: (cursor?: string) =>
      take(
        http.GET('/api/v1/settings/history', {
          params: { query: { limit: 20, ...(cursor ? { cursor } : {}) } },
        }),
      ),
    restore: (restored: number, version: number) =>
      change((wanted) =>
        http.POST('/api/v1/settings/history/{version}/restore', {
          params: { path: { version: restored }, header: { ...ifMatch(version), ...wanted } },
        }),
      ),
  },

  ledger: {
    events: (query: LedgerQuery) => take(http.GET('/api/v1/ledger/events', { params: { query } })),
    kinds: () => take(http.GET('/api/v1/ledger/kinds')),
    checkpoint: () => take(http.GET('/api/v1/ledger/checkpoint')),
    /** The browser takes the file itself, and can't be asked for a proof on the way: it is asked for before. */
    mayExport: async () => isProven((await api.account.get()).step_up_until),
    exportUrl: '/api/v1/ledger/export',
  },
};
