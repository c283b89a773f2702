/**
 * The REST contract as types, in the shape that openapi-typescript generates: `paths` and `components`.
 * It knows nothing of React and nothing of the pages; only client.ts imports it.
 */
type Json<T> = { content: { 'application/json': T } };
type Empty = { content?: never };
type Op<R, P = undefined, Q = never, B = never, H = never> = {
  parameters: ([P] extends [object] ? { path: P } : { path?: never }) & { query?: Q; header?: H; cookie?: never };
  responses: R;
} & ([B] extends [never] ? { requestBody?: never } : { requestBody: Json<B> });
type Id = { id: string };

export interface components {
  schemas: {
    GateAnswer: {
      gate: 'account' | 'role_and_scope' | 'record_state';
      outcome: 'passed' | 'failed' | 'not_reached';
      code: string;
      sentence: string;
      set_in: string | null;
    };
    Problem: {
      type?: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      errors?: { field: string; message: string }[];
      gates?: components['schemas']['GateAnswer'][];
    };
    Named: { id: string; name: string };
    Me: {
      user: { id: string; email: string | null; name: string };
      organisation: { id: string; name: string; slug: string };
      roles: { key: string; name: string; limit: 'none' | 'groups' | 'supervised'; groups: components['schemas']['Named'][] }[];
      permissions: { [key: string]: 'none' | 'own' | 'groups' | 'all' | 'no' | 'yes' };
      session_expires_at: string | null;
    };
    LinkPurpose: {
      purpose: 'setup' | 'invitation' | 'demo' | 'password';
      email: string | null;
      name: string | null;
      organisation: string;
      expires_at: string;
    };
    RedeemLink: {
      token: string;
      email?: string;
      name?: string;
      password?: string;
      organisation_name?: string;
    };
    Conversation: {
      id: string;
      started_at: string;
      duration_ms: number | null;
      direction: 'inbound' | 'outbound' | 'internal' | 'unknown';
      channel: 'voice' | 'chat' | 'email';
      from_number: string | null;
      to_number: string | null;
      contact: string | null;
      agents: { user_id: string | null; name: string }[];
      groups: components['schemas']['Named'][];
      tags: string[];
      status: 'processing' | 'ready' | 'failed' | 'erased';
      source: 'upload' | 'folder' | 'import' | 'demo';
      audio: {
        state: 'none' | 'processing' | 'ready' | 'failed' | 'erased';
        recording_id: string | null;
        may_play: boolean;
      };
      version: number;
    };
    ConversationDetail: components['schemas']['Conversation'] & {
      external_id: string | null;
      notes_count: number;
      recording: components['schemas']['Recording'] | null;
      received_at: string;
      permissions: Record<string, boolean>;
    };
    ConversationPatch: { tags?: string[]; contact?: string | null; agent_user_id?: string | null };
    Recording: {
      id: string;
      conversation_id: string;
      state: 'none' | 'processing' | 'ready' | 'failed' | 'erased';
      version: number;
      codec: string | null;
      container: string | null;
      sample_rate_hz: number | null;
      channels: number | null;
      duration_ms: number | null;
      bytes: number;
      sha256: string;
      failure: string | null;
      media_type: string | null;
    };
    Peaks: {
      duration_ms: number;
      points_per_second: number;
      channels: { label: string | null; peaks: number[]; speech: number[][] }[];
    };
    Note: {
      id: string;
      text: string;
      author: { user_id: string | null; name: string };
      created_at: string;
    };
    AccessExplanation: {
      user: { id: string; name: string; email: string | null };
      permissions: {
        permission: string;
        sentence: string;
        allowed: boolean;
        gates: components['schemas']['GateAnswer'][];
      }[];
    };
    Uploaded: {
      conversation_id: string;
      recording_id: string;
      sha256: string;
      bytes: number;
      duplicate: boolean;
    };
    QuarantineItem: {
      id: string;
      name: string;
      source: string;
      reason: string;
      code: string;
      bytes: number;
      received_at: string;
      state: 'waiting' | 'retrying';
    };
    Assignment: {
      id: string;
      role: { key: string; name: string };
      limit: 'none' | 'groups' | 'supervised';
      groups: components['schemas']['Named'][];
      until: string | null;
    };
    NewAssignment: {
      role: string;
      limit: 'none' | 'groups' | 'supervised';
      groups?: string[];
      until?: string;
    };
    AgentId: { id: string; value: string; from: string; until: string | null };
    User: {
      id: string;
      email: string;
      name: string;
      state: 'invited' | 'active' | 'disabled';
      assignments: components['schemas']['Assignment'][];
      agent_ids: components['schemas']['AgentId'][];
      groups: components['schemas']['Named'][];
      supervises: components['schemas']['Named'][];
      last_sign_in_at: string | null;
      version: number;
    };
    Invited: { user: components['schemas']['User']; invitation_link: string; expires_at: string };
    Invitation: { invitation_link: string; expires_at: string };
    Group: {
      id: string;
      name: string;
      members: components['schemas']['Named'][];
      supervisors: components['schemas']['Named'][];
      version: number;
    };
    Directory: {
      users: components['schemas']['Named'][];
      groups: components['schemas']['Named'][];
      tags: string[];
    };
    Role: { key: string; name: string; built_in: boolean; permissions: Record<string, string> };
    Matrix: {
      columns: string[];
      rows: {
        permission: string;
        scopes: string;
        cells: Record<string, string>;
        source: string;
        meaning: string;
        available: boolean;
      }[];
    };
    ApiKey: {
      id: string;
      name: string;
      prefix: string;
      role: { key: string; name: string };
      created_at: string;
      expires_at: string | null;
      last_used_at: string | null;
      created_by: components['schemas']['Named'] | null;
    };
    CreatedApiKey: components['schemas']['ApiKey'] & { key: string };
    LedgerEvent: {
      id: string;
      index: number | null;
      at: string;
      kind: string;
      outcome: 'success' | 'refused' | 'failed';
      actor: {
        type: 'user' | 'api_key' | 'system' | 'anonymous';
        id: string | null;
        name: string | null;
      };
      address: string | null;
      object: { type: string; id: string; name: string | null } | null;
      old: unknown;
      new: unknown;
      reason: string | null;
      detail: Record<string, unknown>;
    };
    Checkpoint: {
      origin: string;
      size: number;
      root_hash: string;
      signed_note: string;
      at: string;
      public_key: string;
    };
    About: { name: string; version: string; needs_setup: boolean; demo: boolean };
  };
}

type S = components['schemas'];
type Page<T> = { items: T[]; next: string | null };
type Paging = { limit?: number; cursor?: string };
type Filters = {
  q?: string;
  from?: string;
  until?: string;
  direction?: 'inbound' | 'outbound' | 'internal' | 'unknown';
  channel?: 'voice' | 'chat' | 'email';
  agent?: string;
  group?: string;
  tag?: string;
  status?: 'processing' | 'ready' | 'failed' | 'erased';
  number?: string;
  min_duration_ms?: number;
  max_duration_ms?: number;
  unattributed?: boolean;
};
type IfMatch = { 'If-Match'?: string };
type Once = { 'Idempotency-Key'?: string };

export interface paths {
  '/api/v1/about': { get: Op<{ 200: Json<S['About']> }> };
  '/api/v1/session': {
    get: Op<{ 200: Json<S['Me']> }>;
    post: Op<{ 200: Json<S['Me']> }, undefined, never, { email: string; password: string; organisation?: string }>;
    delete: Op<{ 204: Empty }>;
  };
  '/api/v1/links/inspect': { post: Op<{ 200: Json<S['LinkPurpose']> }, undefined, never, { token: string }> };
  '/api/v1/links/redeem': { post: Op<{ 200: Json<S['Me']> }, undefined, never, S['RedeemLink']> };
  '/api/v1/conversations': {
    get: Op<{ 200: Json<Page<S['Conversation']>> }, undefined, Filters & Paging & { sort?: 'started_at' | '-started_at' | 'duration' | '-duration' }>;
  };
  '/api/v1/conversations/count': {
    get: Op<{ 200: Json<{ count: number; exact: boolean }> }, undefined, Filters & { exact?: boolean }>;
  };
  '/api/v1/conversations/{id}': {
    get: Op<{ 200: Json<S['ConversationDetail']> }, Id>;
    patch: Op<{ 200: Json<S['ConversationDetail']> }, Id, never, S['ConversationPatch'], IfMatch>;
    delete: Op<{ 204: Empty }, Id, never, { confirm: string; reason?: string }, IfMatch>;
  };
  '/api/v1/conversations/{id}/notes': {
    get: Op<{ 200: Json<{ items: S['Note'][] }> }, Id>;
    post: Op<{ 201: Json<S['Note']> }, Id, never, { text: string }>;
  };
  '/api/v1/conversations/{id}/notes/{note_id}': {
    delete: Op<{ 204: Empty }, { id: string; note_id: string }>;
  };
  '/api/v1/conversations/{id}/access': {
    get: Op<{ 200: Json<S['AccessExplanation']> }, Id, { user?: string }>;
  };
  '/api/v1/conversations/{id}/history': { get: Op<{ 200: Json<Page<S['LedgerEvent']>> }, Id, Paging> };
  '/api/v1/recordings/{id}': { get: Op<{ 200: Json<S['Recording']> }, Id> };
  '/api/v1/recordings/{id}/peaks': { get: Op<{ 200: Json<S['Peaks']> }, Id> };
  '/api/v1/quarantine': { get: Op<{ 200: Json<Page<S['QuarantineItem']>> }, undefined, Paging> };
  '/api/v1/quarantine/{id}': { delete: Op<{ 204: Empty }, Id> };
  '/api/v1/quarantine/{id}/retry': { post: Op<{ 202: Empty }, Id> };
  '/api/v1/users': {
    get: Op<{ 200: Json<Page<S['User']>> }, undefined, { q?: string } & Paging>;
    post: Op<
      { 201: Json<S['Invited']> },
      undefined,
      never,
      { email: string; name: string; assignments?: S['NewAssignment'][] },
      Once
    >;
  };
  '/api/v1/users/{id}': {
    get: Op<{ 200: Json<S['User']> }, Id>;
    patch: Op<{ 200: Json<S['User']> }, Id, never, { name?: string; state?: 'invited' | 'active' | 'disabled' }, IfMatch>;
  };
  '/api/v1/users/{id}/invitation': { post: Op<{ 201: Json<S['Invitation']> }, Id> };
  '/api/v1/users/{id}/assignments': { post: Op<{ 201: Json<S['Assignment']> }, Id, never, S['NewAssignment']> };
  '/api/v1/users/{id}/assignments/{assignment_id}': {
    delete: Op<{ 204: Empty }, { id: string; assignment_id: string }>;
  };
  '/api/v1/users/{id}/agent-ids': {
    post: Op<{ 201: Json<S['AgentId']> }, Id, never, { value: string; from?: string; until?: string }>;
  };
  '/api/v1/users/{id}/agent-ids/{agent_id}': { delete: Op<{ 204: Empty }, { id: string; agent_id: string }> };
  '/api/v1/groups': {
    get: Op<{ 200: Json<Page<S['Group']>> }, undefined, Paging>;
    post: Op<{ 201: Json<S['Group']> }, undefined, never, { name: string }, Once>;
  };
  '/api/v1/groups/{id}': {
    get: Op<{ 200: Json<S['Group']> }, Id>;
    patch: Op<{ 200: Json<S['Group']> }, Id, never, { name: string }, IfMatch>;
    delete: Op<{ 204: Empty }, Id, never, never, IfMatch>;
  };
  '/api/v1/groups/{id}/members/{user_id}': {
    put: Op<{ 204: Empty }, { id: string; user_id: string }>;
    delete: Op<{ 204: Empty }, { id: string; user_id: string }>;
  };
  '/api/v1/groups/{id}/supervisors/{user_id}': {
    put: Op<{ 204: Empty }, { id: string; user_id: string }>;
    delete: Op<{ 204: Empty }, { id: string; user_id: string }>;
  };
  '/api/v1/directory': { get: Op<{ 200: Json<S['Directory']> }> };
  '/api/v1/roles': { get: Op<{ 200: Json<{ items: S['Role'][] }> }> };
  '/api/v1/access/matrix': { get: Op<{ 200: Json<S['Matrix']> }> };
  '/api/v1/api-keys': {
    get: Op<{ 200: Json<Page<S['ApiKey']>> }, undefined, Paging>;
    post: Op<
      { 201: Json<S['CreatedApiKey']> },
      undefined,
      never,
      { name: string; role: string; expires_in_days?: number },
      Once
    >;
  };
  '/api/v1/api-keys/{id}': { delete: Op<{ 204: Empty }, Id> };
  '/api/v1/ledger/events': {
    get: Op<
      { 200: Json<Page<S['LedgerEvent']>> },
      undefined,
      { kind?: string; actor?: string; object?: string; outcome?: 'success' | 'refused' | 'failed'; from?: string; until?: string } & Paging
    >;
  };
  '/api/v1/ledger/kinds': { get: Op<{ 200: Json<{ items: { kind: string; sentence: string }[] }> }> };
  '/api/v1/ledger/checkpoint': { get: Op<{ 200: Json<S['Checkpoint']> }> };
}
