//! Looking over a whole vault: every object is opened and hashed, and held against its row and the ledger.
//!
//! Gives no content out. What is damaged stands in the ledger afterwards.

use super::leftovers;
use super::play::read_plain;
use crate::event::{self, Draft};
use crate::keys::{object_context, version_context};
use crate::{Caller, Error, Result, Vault, operator};
use soundkeep_blobs::BlobName;
use soundkeep_crypto::digest::Sha256;
use soundkeep_crypto::keys::VersionKey;
use soundkeep_crypto::sealed::{HEADER_BYTES, Opener};
use soundkeep_domain::access::{OrganisationPermit, SystemCaller, authorize_plain, marks};
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{OrganisationId, QuarantineId, RecordingId};
use soundkeep_store::audit;
use soundkeep_store::recordings::StoredObject;
use soundkeep_store::recordings::check::{self, HalfThere, Kept};
use std::time::{Duration, UNIX_EPOCH};

/// Rows and entries are read in pages of so many.
const PAGE: u32 = 500;
/// So many plain bytes are opened at once.
const STEP_BYTES: u64 = 1024 * 1024;
/// So many findings are told; the others are counted.
const TOLD_MAX: usize = 100;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// An object doesn't open, is cut or is gone.
    #[error("the {} of recording {recording} is damaged or missing (object {blob})", kind.word())]
    Damaged {
        /// Whose it is.
        recording: RecordingId,
        /// What it is.
        kind: ObjectKind,
        /// Its name in the object store.
        blob: String,
    },
    /// An original opens, and isn't what came in.
    #[error("the original of recording {recording} isn't what came in: its SHA-256 is another")]
    OtherBytes {
        /// Whose it is.
        recording: RecordingId,
    },
    /// A quarantined file doesn't open, or isn't what came in.
    #[error("the file {id} of the quarantine is damaged or missing")]
    QuarantineDamaged {
        /// Its id.
        id: QuarantineId,
    },
    /// The ledger tells of a recording that isn't there.
    #[error("the ledger tells that recording {recording} came in, and it isn't there")]
    Missing {
        /// Its id.
        recording: RecordingId,
    },
    /// The ledger tells of other content than the row.
    #[error("the ledger tells of another SHA-256 than the row of recording {recording}")]
    OtherThanLedger {
        /// Its id.
        recording: RecordingId,
    },
    /// There are more recordings than the ledger tells of.
    #[error("there are {recordings} recordings, and the ledger tells of {told}")]
    Untold {
        /// Rows.
        recordings: i64,
        /// Ledger entries.
        told: i64,
    },
    /// Rows that lack their counterpart.
    #[error("rows are half there: {0:?}")]
    HalfThere(HalfThere),
}

/// What a look over a vault came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Objects that opened.
    pub objects: u64,
    /// Plain bytes in them.
    pub bytes: u64,
    /// Originals whose SHA-256 is that of the ledger.
    pub originals: u64,
    /// Entries of the ledger.
    pub entries: u64,
    /// Objects that nothing refers to; the next start deletes those older than a day.
    pub leftovers: u64,
    /// What is wrong, the first hundred.
    pub findings: Vec<Finding>,
    /// How much is wrong.
    pub wrong: u64,
}

impl Report {
    fn find(&mut self, finding: Finding) {
        self.wrong += 1;
        if self.findings.len() < TOLD_MAX {
            self.findings.push(finding);
        }
    }
}

/// Opens every object of an organisation and holds it against its row and the ledger.
///
/// # Errors
/// When storage is away. What is damaged is in the report.
pub async fn check(vault: &Vault, organisation: OrganisationId) -> Result<Report> {
    let operator = operator::system_caller(vault, organisation, SystemCaller::Operator).await?;
    let intake = operator::system_caller(vault, organisation, SystemCaller::Intake).await?;
    let permit = authorize_plain::<marks::RecordingsIngest>(intake.facts())?;
    let checking = Checking { vault, operator: &operator, permit: &permit };
    let mut report = Report::default();
    checking.objects(&mut report).await?;
    checking.quarantine(&mut report).await?;
    checking.ledger(&mut report).await?;
    let half_there = check::half_there(&mut vault.store().reader(), &permit).await?;
    if half_there != HalfThere::default() {
        report.find(Finding::HalfThere(half_there));
    }
    let now = UNIX_EPOCH + Duration::from_micros(vault.now().as_unix_micros().unsigned_abs());
    report.leftovers = leftovers::count(vault, organisation, now + Duration::from_secs(60)).await?;
    Ok(report)
}

struct Checking<'a> {
    vault: &'a Vault,
    operator: &'a Caller,
    permit: &'a OrganisationPermit<marks::RecordingsIngest>,
}

impl Checking<'_> {
    async fn objects(&self, report: &mut Report) -> Result<()> {
        let mut after = None;
        loop {
            let page = check::kept(&mut self.vault.store().reader(), self.permit, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some((last.recording, last.version, last.object.kind));
            for kept in &page {
                self.object(kept, report).await?;
            }
        }
    }

    async fn object(&self, kept: &Kept, report: &mut Report) -> Result<()> {
        let organisation = self.permit.organisation();
        let context = version_context(organisation, kept.recording.as_bytes(), kept.version);
        let finding = match self.hash(&context, &kept.wrapped_key, &kept.object).await {
            Ok((hash, bytes)) => {
                report.objects += 1;
                report.bytes += bytes;
                let is_original = kept.object.kind == ObjectKind::Original;
                if !is_original || kept.version > 1 || kept.sha256.as_deref() == Some(hash.as_slice()) {
                    return Ok(());
                }
                Finding::OtherBytes { recording: kept.recording }
            }
            Err(Error::Damaged) if self.is_erased_meanwhile(kept).await? => return Ok(()),
            Err(Error::Damaged) => {
                Finding::Damaged { recording: kept.recording, kind: kept.object.kind, blob: kept.object.blob.clone() }
            }
            Err(error) => return Err(error),
        };
        report.find(finding);
        self.tell(Object::new("recording", kept.recording), &kept.object.blob).await
    }

    /// Whether the object went between the look at its row and the look at its bytes.
    async fn is_erased_meanwhile(&self, kept: &Kept) -> Result<bool> {
        let organisation = self.permit.organisation();
        let mut reader = self.vault.store().reader();
        Ok(!soundkeep_store::recordings::blob_in_use(&mut reader, organisation, &kept.object.blob).await?)
    }

    async fn quarantine(&self, report: &mut Report) -> Result<()> {
        let organisation = self.permit.organisation();
        let mut after = None;
        loop {
            let page = check::quarantine(&mut self.vault.store().reader(), self.permit, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            for file in page {
                let context = version_context(organisation, file.id.as_bytes(), 1);
                let object = StoredObject {
                    kind: ObjectKind::Original,
                    blob: file.blob,
                    plain_bytes: file.plain_bytes,
                    sealed_bytes: file.sealed_bytes,
                };
                match self.hash(&context, &file.wrapped_key, &object).await {
                    Ok((hash, bytes)) if hash.as_slice() == file.sha256.as_slice() => {
                        report.objects += 1;
                        report.bytes += bytes;
                    }
                    Ok(_) | Err(Error::Damaged) => {
                        report.find(Finding::QuarantineDamaged { id: file.id });
                        self.tell(Object::new("quarantine", file.id), &object.blob).await?;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Opens an object from its first to its last byte; says SHA-256 and length.
    async fn hash(&self, context: &[u8], wrapped_key: &[u8], object: &StoredObject) -> Result<([u8; 32], u64)> {
        let (vault, organisation) = (self.vault, self.permit.organisation());
        let keys = vault.keys(organisation).await?;
        let key: VersionKey = keys.key.unwrap(context, wrapped_key).map_err(|_| Error::Damaged)?;
        let blob = BlobName::parse(&object.blob).map_err(|_| Error::Damaged)?;
        let object_key = key.object_key(object.kind.word(), blob.as_str().as_bytes())?;
        let header_bytes = u64::try_from(HEADER_BYTES).map_err(Error::bug)?;
        let sealed_len = vault.blobs().len(&blob).await?;
        if sealed_len < header_bytes || i64::try_from(sealed_len) != Ok(object.sealed_bytes) {
            return Err(Error::Damaged);
        }
        let header = vault.blobs().read(&blob, 0..header_bytes).await?;
        let opener = Opener::new(&object_key, &object_context(organisation, blob.as_str()), &header, sealed_len)?;
        let len = opener.layout().plain_len();
        let (mut hash, mut from) = (Sha256::new(), 0);
        while from < len {
            let until = (from + STEP_BYTES).min(len);
            for piece in read_plain(vault, &opener, &blob, from..until).await? {
                hash.update(&piece);
            }
            from = until;
        }
        Ok((hash.finish(), len))
    }

    async fn tell(&self, object: Object, blob: &str) -> Result<()> {
        self.vault.metrics().damaged();
        let draft = Draft::of(self.vault, self.operator, EventKind::IntegrityFailure)?
            .object(object)
            .outcome(Outcome::Failed)
            .detail("object", blob);
        event::record_alone(self.vault, draft).await
    }

    /// Every recording that the ledger tells of is there with that content, and the ledger tells of every recording.
    async fn ledger(&self, report: &mut Report) -> Result<()> {
        let vault = self.vault;
        let permit = authorize_plain::<marks::AuditExport>(self.operator.facts())?;
        let recordings = check::count(&mut vault.store().reader(), self.permit).await?;
        crate::audit::sequence::sequence(vault).await?;
        let (mut next, mut told) = (0, 0);
        loop {
            let page = audit::export(&mut vault.store().reader(), &permit, next, i64::MAX, PAGE).await?;
            let Some(last) = page.last().and_then(|entry| entry.leaf_index) else {
                break;
            };
            next = last + 1;
            for entry in &page {
                report.entries += 1;
                let leaf: serde_json::Value = serde_json::from_str(&entry.leaf).map_err(|_| Error::Damaged)?;
                if leaf.get("kind").and_then(|kind| kind.as_str()) == Some(EventKind::RecordingIngest.key()) {
                    told += 1;
                    self.entry(&leaf, report).await?;
                }
            }
        }
        if told < recordings {
            report.find(Finding::Untold { recordings, told });
        }
        Ok(())
    }

    async fn entry(&self, leaf: &serde_json::Value, report: &mut Report) -> Result<()> {
        let text = |path: &str| leaf.pointer(path).and_then(|value| value.as_str()).unwrap_or_default();
        let recording: RecordingId = text("/object/id").parse().map_err(|_| Error::Damaged)?;
        match check::content_of(&mut self.vault.store().reader(), self.permit, recording).await? {
            None => report.find(Finding::Missing { recording }),
            Some(Some(hash)) if hex::encode(&hash) != text("/detail/sha256") => {
                report.find(Finding::OtherThanLedger { recording });
            }
            Some(Some(_)) => report.originals += 1,
            Some(None) => {}
        }
        Ok(())
    }
}
