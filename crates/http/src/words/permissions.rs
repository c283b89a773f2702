//! What permissions allow, as the end of a sentence: "allows you to …", "erlaubt Ihnen, …".

use super::Language;
use soundkeep_app::domain::access::Permission;

/// What a permission allows.
#[must_use]
pub const fn permission(language: Language, permission: Permission) -> &'static str {
    match language {
        Language::English => permission.row().meaning,
        Language::German => german(permission),
    }
}

const fn german(permission: Permission) -> &'static str {
    use Permission as P;
    match permission {
        P::ConversationsView => "die Einträge der Gesprächsliste und ihre Metadaten zu sehen",
        P::TranscriptsView => "Mitschriften und Zusammenfassungen zu lesen",
        P::RecordingsPlay => "Tonaufnahmen anzuhören",
        P::RecordingsListenLive => "während der Aufnahme eines Gesprächs mitzuhören",
        P::RecordingsDownload => "Aufnahmen herunterzuladen oder zu exportieren",
        P::RecordingsEmail => "eine Aufnahme per E-Mail zu senden",
        P::ConversationsEmail => "Kennung und Metadaten eines Gesprächs per E-Mail zu senden oder weiterzuleiten",
        P::RecordingsShare => "Freigabelinks zu erstellen",
        P::RecordingsDelete => "Gespräche und Aufnahmen zu löschen",
        P::RecordingsBlackout => "einen Bereich endgültig zu schwärzen",
        P::VideoView => "Bildschirmvideos anzusehen",
        P::VideoWatchLive => "einem Bildschirm live zuzusehen",
        P::BookmarksWrite => "öffentliche und private Lesezeichen anzulegen",
        P::TranscriptsEdit => "Mitschriften und Zusammenfassungen einzugeben oder zu ändern",
        P::SentimentApprove => "Stimmungswerte zu bestätigen oder zu verwerfen",
        P::SchedulesView => "Aufnahmepläne zu sehen",
        P::SchedulesCreate => "Aufnahmepläne anzulegen",
        P::SchedulesEdit => "Aufnahmepläne zu ändern",
        P::SchedulesDelete => "Aufnahmepläne zu löschen",
        P::ExportMasksManage => "Dateimasken für Exporte anzulegen und zu löschen",
        P::RecordingSettingsManage => "Aufnahmeeinstellungen zu ändern",
        P::KnowledgeEdit => "Wissensbasis und Leitfäden zu bearbeiten",
        P::IntegrationsManage => "Anbindungen zu verwalten",
        P::RetentionManage => "Aufbewahrungseinstellungen zu ändern",
        P::UsersManage => "Benutzer und Rollen zu verwalten",
        P::AnalyticsView => "die Auswertungen zu sehen",
        P::SecuritySettingsManage => "Sicherheits- und Datenschutzeinstellungen zu ändern",
        P::AuditView => "das Hauptbuch zu lesen",
        P::AuditExport => "das Hauptbuch zu exportieren",
        P::HoldsManage => "Sperrvermerke zu setzen und aufzuheben",
        P::RemoteAccessUse => "sich von außerhalb des Verwaltungsnetzes anzumelden",
        P::ConversationsEdit => "Schlagwörter und Notizen zu bearbeiten und die Zuordnung zu berichtigen",
        P::ConversationsExport => "die Gesprächsliste zu exportieren",
        P::AttachmentsAdd => "einem Gespräch Dateien anzuhängen",
        P::RecordingsIngest => "Aufnahmen einzuliefern",
        P::RecordingsPlayUnredacted => "anzuhören, was eine Schwärzung verdeckt",
        P::RecordingsMaskLive => "während eines Gesprächs eine Schwärzung zu beginnen und zu beenden",
        P::QuarantineManage => "zu sehen und erneut zu versuchen, was nicht gelesen werden konnte",
        P::HoldsRelease => "Sperrvermerke aufzuheben",
        P::SubjectRequestsManage => "Lösch- und Auskunftsersuchen zu beantworten",
        P::ApiKeysManage => "API-Schlüssel zu erstellen, zu erneuern und zu widerrufen",
        P::AccessExplain => "für andere Benutzer nach Warum und Wer zu fragen",
        P::AccessGroupsManage => "Zugriffsgruppen und Zugriffstests zu verwalten",
        P::LicencesManage => "Lizenzen zuzuweisen",
        P::ApprovalsDecide => "Anträge auf Zugriff und Vier-Augen-Handlungen zu bewilligen oder abzulehnen",
    }
}
