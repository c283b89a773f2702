//! What ledger events tell.

use super::Language;
use soundkeep_app::domain::audit::EventKind;

/// What an event tells, in a few words.
#[must_use]
pub const fn event(language: Language, kind: EventKind) -> &'static str {
    match language {
        Language::English => kind.sentence(),
        Language::German => german(kind),
    }
}

const fn german(kind: EventKind) -> &'static str {
    use EventKind as E;
    match kind {
        E::OrganisationCreated => "eine Organisation wurde angelegt, mit ihren Schlüsseln",
        E::SetupLinkCreated => "ein einmaliger Einrichtungslink wurde erstellt",
        E::SetupCompleted => "der erste Administrator wurde angelegt",
        E::SignIn => "jemand hat sich angemeldet",
        E::SignInStep => "jemand hat sich zum Teil ausgewiesen und ist noch nicht angemeldet",
        E::SecondFactorRefused => "ein Code eines zweiten Faktors war falsch, oder ein Passkey wurde nicht angenommen",
        E::SecondFactorBegun => "jemand hat begonnen, einen zweiten Faktor einzurichten",
        E::SecondFactorRenamed => "ein zweiter Faktor wurde umbenannt",
        E::SecondFactorAdded => "ein zweiter Faktor wurde eingerichtet",
        E::SecondFactorRemoved => "zweite Faktoren wurden entfernt",
        E::RecoveryCodesCreated => "Wiederherstellungscodes wurden gemacht, und die früheren gelten nicht mehr",
        E::RecoveryCodeUsed => "ein Wiederherstellungscode wurde benutzt",
        E::StepUp => "jemand hat sich für heikle Änderungen noch einmal ausgewiesen",
        E::StepUpRefused => "jemand Angemeldetes konnte sich nicht noch einmal ausweisen",
        E::SignInRefused => "eine Anmeldung wurde abgelehnt",
        E::SessionEnded => "eine Sitzung wurde von anderswo beendet",
        E::SignOut => "jemand hat sich abgemeldet",
        E::AccessRefused => "jemand wollte etwas, das er nicht darf",
        E::InvitationCreated => "ein Einladungslink wurde erstellt",
        E::PasswordLinkCreated => "ein Link für ein neues Passwort wurde erstellt",
        E::PasswordChange => "jemand hat ein neues Passwort gewählt",
        E::UserCreated => "ein Benutzer wurde hinzugefügt",
        E::UserChange => "ein Benutzer wurde geändert",
        E::UserRecovered => "der Betreiber hat einen Benutzer wieder eingelassen, ohne seine zweiten Faktoren",
        E::UserDeprovisioned => "ein Benutzer wurde abgeschaltet, seine Sitzungen beendet",
        E::RoleChange => "eine Rolle wurde gegeben, genommen, angelegt, geändert oder gelöscht",
        E::AccessGroupChange => "eine Zugriffsgruppe wurde angelegt, geändert oder gelöscht",
        E::AccessTestsChange => "die Zugriffstests wurden geändert",
        E::GroupCreated => "eine Gruppe wurde angelegt",
        E::GroupChange => "eine Gruppe wurde umbenannt",
        E::GroupDeleted => "eine Gruppe wurde gelöscht",
        E::MembershipChange => "ein Mitglied oder Supervisor kam in eine Gruppe oder verließ sie",
        E::AgentIdChange => "eine Agentenkennung wurde gegeben oder genommen",
        E::ProviderCreated => "ein Identitätsanbieter wurde eingerichtet",
        E::ProviderChange => "ein Identitätsanbieter wurde geändert",
        E::ProviderDeleted => "ein Identitätsanbieter wurde gelöscht",
        E::ProviderTest => "eine Anmeldung über einen Identitätsanbieter wurde ausprobiert",
        E::ProviderRefused => "was ein Identitätsanbieter sagte, wurde nicht angenommen",
        E::ProviderCertificateEnds => "ein Zertifikat eines Identitätsanbieters läuft bald ab",
        E::ProviderSignOut => "ein Identitätsanbieter beendete Sitzungen von jemandem",
        E::IdentityLinked => "ein Benutzer kam zum ersten Mal über einen Identitätsanbieter",
        E::IdentityUnlinked => "ein Benutzer kommt nicht mehr über seine Identitätsanbieter",
        E::ApiKeyCreated => "ein API-Schlüssel wurde erstellt",
        E::ApiKeyRotated => "ein API-Schlüssel bekam einen anderen Text",
        E::ApiKeyRevoked => "ein API-Schlüssel wurde widerrufen",
        E::RecordingIngest => "eine Aufnahme kam herein und wurde versiegelt",
        E::RecordingDuplicate => "eine Aufnahme kam herein, die schon da war",
        E::RecordingQuarantine => "eine Datei konnte nicht gelesen werden",
        E::QuarantineRetry => "eine Datei in Quarantäne wird erneut gelesen",
        E::QuarantineDelete => "eine Datei in Quarantäne wurde gelöscht",
        E::RecordingPlay => "jemand hat eine Aufnahme angehört",
        E::ListeningEnd => "ein Anhören endete, mit dem, was gehört wurde",
        E::WaveformView => "jemand hat die Wellenform einer Aufnahme gesehen",
        E::NoteView => "jemand hat die Notizen eines Gesprächs gelesen",
        E::NoteAdd => "eine Notiz wurde hinzugefügt",
        E::NoteDelete => "eine Notiz wurde gelöscht",
        E::ConversationEdit => "Schlagwörter oder Kontakt eines Gesprächs wurden geändert",
        E::AttributionChange => "ein Gespräch wurde einem anderen Agenten zugeordnet",
        E::ConversationDelete => "ein Gespräch wurde zur Löschung bestimmt",
        E::KeyDestroyed => "der Schlüssel einer Aufnahmeversion wurde vernichtet",
        E::JobStarted => "eine Arbeit über vieles wurde in Auftrag gegeben",
        E::JobCancelled => "eine Arbeit über vieles wurde abgesagt",
        E::JobDone => "eine Arbeit über vieles endete",
        E::AccessExplain => "jemand hat gefragt, was ein anderer Benutzer darf",
        E::LedgerView => "jemand hat das Hauptbuch gelesen",
        E::LedgerExport => "jemand hat das Hauptbuch exportiert",
        E::SettingsChange => "Einstellungen der Organisation wurden geändert",
        E::IntegrityFailure => "ein gespeichertes Objekt war beschädigt und wurde nicht geöffnet",
    }
}
