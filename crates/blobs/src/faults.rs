//! A store that fails when it is told to, for the tests of callers.
//!
//! Must not know: what the caller tests.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use parking_lot::Mutex;

use crate::{BlobEntry, BlobError, BlobName, BlobWriter, Blobs};

/// What a caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// [`Blobs::create`].
    Create,
    /// [`BlobWriter::write`].
    Write,
    /// [`BlobWriter::finish`].
    Finish,
    /// [`BlobWriter::abort`].
    Abort,
    /// [`Blobs::read`].
    Read,
    /// [`Blobs::len`].
    Len,
    /// [`Blobs::delete`].
    Delete,
    /// [`Blobs::list`].
    List,
    /// [`Blobs::sweep_unfinished`].
    Sweep,
    /// [`Blobs::free_bytes`].
    FreeBytes,
}

/// What happens to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails as [`BlobError::Unavailable`] and does nothing.
    Unavailable,
    /// It fails as [`BlobError::Refused`] and does nothing.
    Refused,
    /// It fails as [`BlobError::Full`] and does nothing.
    Full,
    /// It is done, but the answer is lost: it fails as [`BlobError::Unavailable`].
    AnswerLost,
    /// It is done after so long a time (of tokio's clock).
    Slow(Duration),
    /// One bit of what is read is another: counted from the first of the range, modulo its length. Other operations are
    /// done as usual.
    FlippedBit(usize),
}

/// Wraps another store. Clones share the plan.
#[derive(Clone)]
pub struct FaultyBlobs {
    inner: Arc<dyn Blobs>,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    planned: Vec<Planned>,
    free_bytes: Option<u64>,
    done: Vec<Operation>,
}

struct Planned {
    operation: Operation,
    fault: Fault,
    /// Operations of this kind that pass before the fault.
    passes: usize,
    lasting: bool,
}

impl FaultyBlobs {
    /// A store that does as `inner` does until told otherwise.
    #[must_use]
    pub fn new(inner: Arc<dyn Blobs>) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// The `nth` operation of this kind from now on (the first is 1) meets the fault, once.
    pub fn fail_nth(&self, operation: Operation, nth: usize, fault: Fault) {
        self.plan(Planned { operation, fault, passes: nth.saturating_sub(1), lasting: false });
    }

    /// Every operation of this kind meets the fault from now on.
    pub fn fail_all(&self, operation: Operation, fault: Fault) {
        self.plan(Planned { operation, fault, passes: 0, lasting: true });
    }

    /// Pretends that so many bytes are free: [`Blobs::free_bytes`] tells so, and writes beyond them meet a full disk.
    pub fn pretend_free_bytes(&self, free_bytes: u64) {
        self.plan.lock().free_bytes = Some(free_bytes);
    }

    /// From now on no faults.
    pub fn heal(&self) {
        let mut plan = self.plan.lock();
        plan.planned.clear();
        plan.free_bytes = None;
    }

    /// How many operations of this kind were asked for so far.
    #[must_use]
    pub fn count(&self, operation: Operation) -> usize {
        self.plan.lock().done.iter().filter(|done| **done == operation).count()
    }

    fn plan(&self, planned: Planned) {
        self.plan.lock().planned.push(planned);
    }

    /// Counts the operation and takes the fault that it meets.
    fn meet(&self, operation: Operation) -> Option<Fault> {
        let mut plan = self.plan.lock();
        plan.done.push(operation);
        let mut met = None;
        plan.planned.retain_mut(|planned| {
            if planned.operation != operation {
                return true;
            }
            if planned.passes > 0 {
                planned.passes -= 1;
                return true;
            }
            met = met.or(Some(planned.fault));
            planned.lasting
        });
        met
    }

    /// Does the work under the fault that it meets.
    async fn under<T>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        match self.meet(operation) {
            None | Some(Fault::FlippedBit(_)) => work.await,
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                work.await
            }
            Some(Fault::AnswerLost) => {
                work.await?;
                Err(BlobError::unavailable("hear the answer", "an injected fault"))
            }
            Some(Fault::Full) => Err(BlobError::Full),
            Some(Fault::Refused) => Err(BlobError::Refused { action: "do so", source: "an injected fault".into() }),
            Some(Fault::Unavailable) => Err(BlobError::unavailable("do so", "an injected fault")),
        }
    }
}

impl Blobs for FaultyBlobs {
    fn create<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<Box<dyn BlobWriter>, BlobError>> {
        Box::pin(async move {
            let inner = self.under(Operation::Create, self.inner.create(name)).await?;
            Ok(Box::new(FaultyWriter { inner, blobs: self.clone() }) as Box<dyn BlobWriter>)
        })
    }

    fn read<'call>(
        &'call self,
        name: &'call BlobName,
        range: Range<u64>,
    ) -> BoxFuture<'call, Result<Bytes, BlobError>> {
        Box::pin(async move {
            // Looked up first: the plan forgets a fault as soon as it is met.
            let flipped = self.plan.lock().planned.iter().find_map(|planned| match planned {
                Planned { operation: Operation::Read, passes: 0, fault: Fault::FlippedBit(bit), .. } => Some(*bit),
                _ => None,
            });
            let bytes = self.under(Operation::Read, self.inner.read(name, range)).await?;
            Ok(match flipped {
                Some(bit) => flip(&bytes, bit),
                None => bytes,
            })
        })
    }

    fn len<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<u64, BlobError>> {
        Box::pin(self.under(Operation::Len, self.inner.len(name)))
    }

    fn delete<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<(), BlobError>> {
        Box::pin(self.under(Operation::Delete, self.inner.delete(name)))
    }

    fn list(&self, prefix: Option<&BlobName>) -> BoxStream<'_, Result<BlobEntry, BlobError>> {
        let listed = self.inner.list(prefix);
        let first = self.under(Operation::List, async { Ok(listed) });
        stream::once(first)
            .flat_map(|outcome| match outcome {
                Ok(listed) => listed,
                Err(error) => stream::iter([Err(error)]).boxed(),
            })
            .boxed()
    }

    fn sweep_unfinished(&self, older_than: SystemTime) -> BoxFuture<'_, Result<u64, BlobError>> {
        Box::pin(self.under(Operation::Sweep, self.inner.sweep_unfinished(older_than)))
    }

    fn free_bytes(&self) -> BoxFuture<'_, Result<Option<u64>, BlobError>> {
        Box::pin(async move {
            let free_bytes = self.under(Operation::FreeBytes, self.inner.free_bytes()).await?;
            Ok(self.plan.lock().free_bytes.or(free_bytes))
        })
    }
}

struct FaultyWriter {
    inner: Box<dyn BlobWriter>,
    blobs: FaultyBlobs,
}

impl BlobWriter for FaultyWriter {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        let Self { inner, blobs } = self;
        Box::pin(async move {
            if let Some(free_bytes) = &mut blobs.plan.lock().free_bytes {
                let wanted = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                *free_bytes = free_bytes.checked_sub(wanted).ok_or(BlobError::Full)?;
            }
            blobs.under(Operation::Write, inner.write(bytes)).await
        })
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<u64, BlobError>> {
        Box::pin(async move { self.blobs.under(Operation::Finish, self.inner.finish()).await })
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        Box::pin(async move { self.blobs.under(Operation::Abort, self.inner.abort()).await })
    }
}

fn flip(bytes: &Bytes, bit: usize) -> Bytes {
    let mut flipped = bytes.to_vec();
    let bits = flipped.len().saturating_mul(8).max(1);
    if let Some(byte) = flipped.get_mut(bit % bits / 8) {
        *byte ^= 1 << (bit % 8);
    }
    Bytes::from(flipped)
}
