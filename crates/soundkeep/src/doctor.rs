//! `soundkeep doctor`: what is wrong with a vault, in sentences.
//!
//! Must not know: how anything is checked.

use crate::commands::{Request, deep_check};
use crate::config::Options;
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use crate::socket;
use crate::wiring::{DataFolder, Opened, is_private, open};
use soundkeep_app::recordings::check;
use soundkeep_app::{Vault, audit, operator};

/// Looks at configuration, keys, database, objects and disk; `deep` opens every object too. Says whether all is well.
///
/// # Errors
/// When it can't even look.
pub(crate) async fn doctor(options: &Options, deep: bool, output: &Output) -> Result<bool, Failure> {
    let data_dir = options.data_dir();
    if options.database.is_none() && !data_dir.join("soundkeep.db").exists() {
        bad(output, format!("there is no vault in {}", data_dir.display())).await;
        return Ok(false);
    }
    let root_key = options.root_key_file.clone();
    let root_key = root_key.unwrap_or_else(|| data_dir.join("root.key"));
    let mut well = true;
    if root_key.exists() && !is_private(&root_key)? {
        well = false;
        let place = root_key.display();
        bad(output, format!("root key: others can read {place}: chmod 600 it")).await;
    }
    let Some(folder) = DataFolder::hold(&data_dir)? else {
        good(output, format!("a process serves {}", data_dir.display())).await;
        if deep {
            well &= socket::ask(&data_dir, &deep_check(options), output).await?;
        }
        return Ok(well);
    };
    match open(options, &folder).await {
        Err(failure) => {
            bad(output, failure.to_string()).await;
            Ok(false)
        }
        Ok(opened) => Ok(look(opened, deep.then(|| deep_check(options)), output).await? && well),
    }
}

async fn look(opened: Opened, deep: Option<Request>, output: &Output) -> Result<bool, Failure> {
    let (vault, mut well) = (opened.vault, true);
    good(output, "configuration, root key, database and objects").await;
    for remark in opened.remarks {
        note(output, remark).await;
    }
    match vault.check_space().await {
        Ok(()) => good(output, "disk space").await,
        Err(error) => {
            well = false;
            bad(output, format!("disk space: {error}")).await;
        }
    }
    let count = operator::all_organisations(&vault).await?.len();
    note(output, format!("{count} organisations")).await;
    if let Some(deep) = deep {
        well &= crate::commands::perform(&vault, &deep, output).await?;
        audit::sequence::sequence(&vault).await?;
        audit::sequence::publish(&vault, true).await?;
    }
    vault.close().await?;
    Ok(well)
}

/// Opens every object of an organisation, or of all, and holds it against its row and the ledger.
///
/// # Errors
/// When storage is away.
pub(crate) async fn check_deeply(vault: &Vault, slug: Option<&str>, output: &Output) -> Result<bool, Failure> {
    let mut organisations = operator::all_organisations(vault).await?;
    if slug.is_some() {
        let wanted = organisation(vault, slug).await?;
        organisations.retain(|one| one.id == wanted);
    }
    let mut well = true;
    for one in organisations {
        let report = check::check(vault, one.id).await?;
        for finding in &report.findings {
            bad(output, format!("{}: {finding}", one.slug)).await;
        }
        let untold = report.wrong.saturating_sub(u64::try_from(report.findings.len()).unwrap_or(0));
        if untold > 0 {
            bad(output, format!("{}: and {untold} more", one.slug)).await;
        }
        if report.leftovers > 0 {
            let leftovers = report.leftovers;
            note(output, format!("{}: {leftovers} objects that nothing refers to", one.slug)).await;
        }
        well &= report.wrong == 0;
        let (objects, bytes) = (report.objects, report.bytes);
        let (originals, entries) = (report.originals, report.entries);
        let all = format!(
            "{}: {objects} objects opened ({bytes} bytes), {originals} originals are those of the ledger's {entries} entries",
            one.slug
        );
        if report.wrong == 0 { good(output, all).await } else { note(output, all).await }
    }
    Ok(well)
}

async fn good(output: &Output, text: impl std::fmt::Display) {
    output.answer(format!("good  {text}")).await;
}
async fn bad(output: &Output, text: impl std::fmt::Display) {
    output.answer(format!("bad   {text}")).await;
}
async fn note(output: &Output, text: impl std::fmt::Display) {
    output.answer(format!("note  {text}")).await;
}
