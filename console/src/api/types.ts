/** What the server speaks of, by the names that the console uses: all from the contract. */
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Me = Schemas['Me'];
export type CodeSent = Schemas['CodeSent'];
/** How a code comes that is sent. */
export type SentBy = Schemas['SentBy'];
export type NextStep = Schemas['NextStep'];
export type StepAnswer = Omit<Schemas['StepAnswer'], 'sign_in'>;
export type Account = Schemas['Account'];
export type Enrolment = Schemas['Enrolment'];
export type Factor = Schemas['Factor'];
export type FactorKind = Schemas['FactorKind'];
export type NewPasskey = Schemas['NewPasskey'];
export type Proof = Schemas['StepUp'];
export type Session = Schemas['Session'];
export type KeyEnd = Pick<Schemas['NewApiKey'], 'expires_in_days' | 'never_expires'>;
export type Named = Schemas['Named'];
export type Conversation = Schemas['Conversation'];
export type ConversationDetail = Schemas['ConversationDetail'];
export type ConversationPatch = Schemas['ConversationPatch'];
export type Recording = Schemas['Recording'];
export type Peaks = Schemas['Peaks'];
export type Note = Schemas['Note'];
export type AccessExplanation = Schemas['AccessExplanation'];
export type AccessOutcome = Schemas['AccessOutcome'];
export type AccessUsers = Schemas['AccessUsers'];
export type AccessThen = Schemas['AccessThen'];
export type UserReach = Schemas['UserReach'];
export type QuarantineItem = Schemas['QuarantineItem'];
export type User = Schemas['User'];
export type Assignment = Schemas['Assignment'];
export type NewAssignment = Schemas['NewAssignment'];
export type Group = Schemas['Group'];
export type Directory = Schemas['Directory'];
export type Role = Schemas['Role'];
export type NewRole = Schemas['NewRole'];
export type RoleChange = Schemas['RoleChange'];
export type Job = Schemas['Job'];
export type Unattributed = Schemas['Unattributed'];
export type AttributionCorrection = Schemas['AttributionCorrection'];
export type AccessGroup = Schemas['AccessGroup'];
export type AccessGroups = Schemas['AccessGroups'];
export type AccessGroupRows = Schemas['Rows'];
export type AccessGroupTarget = Schemas['TargetName'];
export type AccessGroupWish = Schemas['AccessGroupWish'];
export type AccessTests = Schemas['AccessTests'];
export type AccessTestRun = Schemas['AccessTestRun'];
export type AccessTestResult = Schemas['AccessTestResult'];
export type Matrix = Schemas['Matrix'];
export type ApiKey = Schemas['ApiKey'];
export type ScimToken = Schemas['ScimToken'];
export type DirectoryGroup = Schemas['DirectoryGroup'];
export type LedgerEvent = Schemas['LedgerEvent'];
export type Checkpoint = Schemas['Checkpoint'];
export type About = Schemas['About'];
export type Settings = Schemas['Settings'];
export type Setting = Schemas['Setting'];
export type SettingsSection = Schemas['SettingsSection'];
export type SettingValue = Schemas['SettingValue'];
export type SettingChange = Schemas['SettingChange'];
export type SettingsPatch = Schemas['SettingsPatch'];
export type RedeemLink = Schemas['RedeemLink'];
export type WayIn = Schemas['WayIn'];
export type IdentityProvider = Schemas['IdentityProvider'];
export type SamlProvider = Schemas['Saml'];
export type ProviderCertificate = Schemas['Certificate'];
export type IdentityProviderWish = Schemas['NewIdentityProvider'];
export type ProviderMapping = Schemas['ProviderMapping'];
export type ProviderFinding = Schemas['ProviderFinding'];
export type Uploaded = Schemas['Uploaded'];

export type ConversationFilters = NonNullable<
  paths['/api/v1/conversations/count']['get']['parameters']['query']
>;
export type ConversationQuery = NonNullable<paths['/api/v1/conversations']['get']['parameters']['query']>;
export type WhoQuery = NonNullable<
  paths['/api/v1/conversations/{id}/access/users']['get']['parameters']['query']
>;
export type ThenQuery = NonNullable<
  paths['/api/v1/conversations/{id}/access/then']['get']['parameters']['query']
>;
export type LedgerQuery = NonNullable<paths['/api/v1/ledger/events']['get']['parameters']['query']>;
