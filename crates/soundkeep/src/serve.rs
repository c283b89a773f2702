//! `soundkeep serve`: the vault, its doors, and a calm end.

use crate::config::Options;
use crate::failure::Failure;
use crate::tending::Tending;
use crate::wiring::{DataFolder, Opened, SystemClock, open};
use crate::{demo, output::Output, socket};
use soundkeep_app::domain::OrganisationId;
use soundkeep_app::domain::conversations::Source;
use soundkeep_app::{Error, Vault, identity, operator};
use soundkeep_http::{Certificate, Config, check_plain_http, read_declared_providers};
use soundkeep_intake::Folder;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Which vault is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One's own.
    Own,
    /// One to try, filled with spoken conversations; `json` prints a JSON object a line.
    Demo { json: bool },
}

/// Serves until it is told to stop.
///
/// # Errors
/// When something it needs can't be used; the sentence says what and why.
pub(crate) async fn serve(options: &Options, kind: Kind) -> Result<(), Failure> {
    let output = Output::terminal();
    let data_dir = options.data_dir();
    let Some(folder) = DataFolder::hold(&data_dir)? else {
        return Err(Failure::new(format!("another process uses the data folder {}", data_dir.display())));
    };
    let tls = certificate(options)?;
    let listen = options.listen()?;
    if tls.is_none() {
        check_plain_http(listen, &options.trusted_proxies).map_err(|error| Failure::new(error.to_string()))?;
    }
    let Opened { vault, clock, remarks } = open(options, &folder).await?;
    for remark in remarks {
        output.remark(remark).await;
    }
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::new(format!("{listen} can't be listened on: {error}")))?;
    let address = listener.local_addr()?;
    let origin = origin(options, address, tls.is_some());
    let control = socket::listen(vault.clone(), folder.path())?;
    let mut tending = Tending::start(&vault);
    // Listened for before anybody hears that it runs.
    let mut stopping = stopped();
    let prepared = tokio::select! {
        prepared = prepare(options, kind, (&vault, &clock), &origin, &mut tending) => prepared,
        () = &mut stopping => {
            stopping = Box::pin(std::future::ready(()));
            Ok(())
        }
    };
    prepared?;
    let mut config = Config::new(origin.clone());
    config.trusted_proxies.clone_from(&options.trusted_proxies);
    config.hsts = tls.is_some();
    config.metrics_open = options.metrics_open;
    config.demo = matches!(kind, Kind::Demo { .. });
    let router = soundkeep_http::router(vault.clone(), config);
    tracing::info!(%origin, "ready");
    let served = match tls {
        Some(certificate) => {
            soundkeep_http::serve_tls(listener, router, certificate, stopping).await.map_err(|error| error.to_string())
        }
        None => soundkeep_http::serve(listener, router, stopping).await.map_err(|error| error.to_string()),
    };
    tracing::info!("stopping");
    control.abort();
    tending.stop(&vault).await;
    vault.close().await?;
    served.map_err(|error| Failure::new(format!("serving failed: {error}")))
}

fn certificate(options: &Options) -> Result<Option<Arc<Certificate>>, Failure> {
    match (&options.tls_certificate, &options.tls_key) {
        (Some(chain), Some(key)) => {
            let certificate = Certificate::open(chain, key);
            certificate.map(Some).map_err(|error| Failure::new(format!("TLS can't be used: {error}")))
        }
        (None, None) => Ok(None),
        _ => Err(Failure::new("TLS needs both tls_certificate and tls_key")),
    }
}

fn origin(options: &Options, address: SocketAddr, tls: bool) -> String {
    match &options.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("{}://{address}", if tls { "https" } else { "http" }),
    }
}

/// Says where it is, and how the first administrator comes in.
async fn greet(vault: &Vault, origin: &str, output: &Output) -> Result<(), Failure> {
    if identity::needs_setup(vault).await?
        && let Some(link) = identity::prepare_setup(vault).await?
    {
        output
            .answer("This vault is new. Make its first administrator here; the link works once, for seven days:")
            .await;
        output.answer(format!("  {origin}/welcome#{}", link.token)).await;
    }
    output.answer(format!("Soundkeep is at {origin}")).await;
    Ok(())
}

/// What comes before the door opens.
async fn prepare(
    options: &Options,
    kind: Kind,
    (vault, clock): (&Vault, &SystemClock),
    origin: &str,
    tending: &mut Tending,
) -> Result<(), Failure> {
    let output = Output::terminal();
    match kind {
        Kind::Own => greet(vault, origin, &output).await?,
        Kind::Demo { json } => demo::prepare(vault, clock, origin, json, &output).await?,
    }
    declare_providers(options, vault, &output).await?;
    watch(options, vault, tending).await
}

/// Sets identity providers up as the operator's file says.
async fn declare_providers(options: &Options, vault: &Vault, output: &Output) -> Result<(), Failure> {
    let Some(path) = &options.identity_providers else { return Ok(()) };
    let unfit = |why: String| Failure::new(format!("the identity providers {}: {why}", path.display()));
    let text = std::fs::read(path).map_err(|error| unfit(error.to_string()))?;
    let sentence = |error: Error| match error {
        Error::Invalid(fields) => {
            let told = |(field, sentence): (String, String)| format!("{field}: {sentence}");
            fields.into_iter().map(told).collect::<Vec<_>>().join("; ")
        }
        error => error.to_string(),
    };
    let declared = read_declared_providers(&text).map_err(unfit)?;
    // All of them before any is set up: a file with a mistake changes nothing.
    for (_, wish) in &declared {
        let unfit_one = |error| unfit(format!("{}: {}", wish.provider.name, sentence(error)));
        identity::check_declared_provider(wish).map_err(unfit_one)?;
    }
    for (slug, wish) in declared {
        let slug = slug.or_else(|| options.organisation.clone());
        let organisation = organisation(vault, slug.as_deref()).await?;
        let name = wish.provider.name.clone();
        let declared = identity::declare_provider(vault, organisation, wish).await;
        if declared.map_err(|error| unfit(format!("{name}: {}", sentence(error))))? {
            output.remark(format!("The identity provider {name} is set up as the file says.")).await;
        }
    }
    Ok(())
}

async fn watch(options: &Options, vault: &Vault, tending: &mut Tending) -> Result<(), Failure> {
    if options.watch.is_empty() {
        return Ok(());
    }
    let organisation = organisation(vault, options.organisation.as_deref()).await?;
    for path in &options.watch {
        if !path.is_dir() {
            return Err(Failure::new(format!("{} is no folder that could be watched", path.display())));
        }
        let folder = Folder { path: path.clone(), zone: options.zone()?, source: Source::Folder };
        tending.watch(vault, organisation, folder);
    }
    Ok(())
}

/// The organisation that a command means: the named one, or the only one.
///
/// # Errors
/// When there is none, or several and none is named.
pub(crate) async fn organisation(vault: &Vault, slug: Option<&str>) -> Result<OrganisationId, Failure> {
    let all = operator::all_organisations(vault).await?;
    let names = || all.iter().map(|one| one.slug.clone()).collect::<Vec<_>>().join(", ");
    match (slug, all.as_slice()) {
        (None, [one]) => Ok(one.id),
        (None, []) => Err(Failure::new("there is no organisation yet: start `soundkeep serve` once")),
        (None, _) => Err(Failure::new(format!("name an organisation with --organisation: {}", names()))),
        (Some(slug), _) => all
            .iter()
            .find(|one| one.slug == slug)
            .map(|one| one.id)
            .ok_or_else(|| Failure::new(format!("there is no organisation {slug:?}; there is: {}", names()))),
    }
}

type Stopping = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends at SIGTERM or Ctrl-C, also at one that came before it was first asked.
fn stopped() -> Stopping {
    let terminated = signal(SignalKind::terminate());
    let interrupted = signal(SignalKind::interrupt());
    Box::pin(async move {
        match (terminated, interrupted) {
            (Ok(mut terminated), Ok(mut interrupted)) => {
                tokio::select! {
                    _ = terminated.recv() => {}
                    _ = interrupted.recv() => {}
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "no signal stops this process in order");
                std::future::pending().await
            }
        }
    })
}
