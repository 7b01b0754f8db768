//! The commands that look after the data, without serving it.

use std::path::Path;

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};

use super::{
    access::reset,
    config::{Settings, checked_database_url},
    metrics::Metrics,
    providers::{Listing, Providers},
    replies,
    store::{Store, backup, check, copy, model_lists::ListedProvider, sqlite},
};
use crate::{
    domain::{actor::Origin, id::ProviderId, person::clean_email},
    texts,
};

/// Copies everything from one database into another.
pub(super) async fn copy(from: &SecretString, to: &SecretString) -> anyhow::Result<()> {
    let from = checked_database_url("--from", from.expose_secret())?;
    let to = checked_database_url("--to", to.expose_secret())?;
    if from.expose_secret() == to.expose_secret() {
        bail!("--from and --to name the same database");
    }
    // Opened as a server would open them: both are brought up to date, and an SQLite file must be free.
    let source =
        Store::open_unhurried(from.expose_secret()).await.context("--from names a database that cannot be opened")?;
    let target =
        Store::open_unhurried(to.expose_secret()).await.context("--to names a database that cannot be opened")?;
    if source.is_exclusive() {
        // Whoever wrote there is gone.
        replies::recover(&source, &Metrics::new()?).await.context("--from cannot be read")?;
    }
    let copied = copy::copy(&source, &target).await.context("nothing was copied")?;
    for table in &copied {
        println!("{:>16} {:>10} rows  {}", table.table, table.rows, table.sum);
    }
    println!("Everything was copied, read back and found the same.");
    futures::join!(source.close(), target.close());
    Ok(())
}

/// Writes a backup.
pub(super) async fn backup(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    backup::backup(settings.database_url()?.expose_secret(), file).await.context("no backup was written")?;
    println!("The backup is in {}.", file.display());
    Ok(())
}

/// Puts a backup back.
pub(super) async fn restore(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let url = settings.database_url()?;
    backup::restore(url.expose_secret(), file).await.context("nothing was restored")?;
    // As a server will find it.
    let store = Store::open_unhurried(url.expose_secret()).await.context("the restored database cannot be opened")?;
    store.close().await;
    println!("{} is restored: the database is {}.", file.display(), sqlite::file_of(url.expose_secret()));
    Ok(())
}

/// Looks whether the data is whole.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<()> {
    let store =
        Store::beside(settings.database_url()?.expose_secret()).await.context("the database cannot be looked at")?;
    let report = check::check(&store).await.context("the database cannot be read")?;
    store.close().await;
    println!("{} chats, {} messages, {} pieces of logs were looked at.", report.chats, report.messages, report.chunks);
    for problem in &report.problems {
        println!("{problem}");
    }
    match report.problems.len() {
        0 => println!("Everything is as it should be."),
        1 => bail!("one promise is broken"),
        number => bail!("{number} promises are broken"),
    }
    Ok(())
}

/// Reads the lists of all providers anew, and prints them.
pub(super) async fn models(settings: Settings) -> anyhow::Result<()> {
    super::install_crypto();
    let config = settings.check()?;
    let store =
        Store::beside_to_change(config.database_url.expose_secret()).await.context("the database cannot be opened")?;
    let providers = Providers::start(store.clone(), &config).await?;
    let mut failed = 0;
    for id in store.providers_to_list(None).await? {
        let problem = refreshed(&store, &providers, id).await?;
        failed += usize::from(problem.is_some());
        print_models(&store.listed_provider(id).await?, problem.as_deref());
    }
    store.close().await;
    println!("Prices are dollars for a million tokens.");
    match failed {
        0 => Ok(()),
        1 => bail!("one list could not be read"),
        number => bail!("{number} lists could not be read"),
    }
}

/// Reads a provider's list; says why if that is not possible. With other settings than the server's nothing is changed.
async fn refreshed(store: &Store, providers: &Providers, id: ProviderId) -> anyhow::Result<Option<String>> {
    let provider = store.listed_provider(id).await?;
    if provider.of_operator && !providers.is_set_here(&provider.set) {
        return Ok(Some(texts::providers::NOT_SET_HERE.to_owned()));
    }
    if provider.has_key && !providers.keeps_keys() {
        return Ok(Some(texts::providers::NO_MASTER_KEY_HERE.to_owned()));
    }
    match providers.read_list(id).await? {
        Listing::Problem(problem) => Ok(Some(problem)),
        Listing::Read(_) | Listing::Taken => Ok(None),
    }
}

fn print_models(provider: &ListedProvider, problem: Option<&str>) {
    println!("{} {}", provider.set.name, provider.set.base_url);
    if let Some(problem) = problem {
        println!("  {problem}");
    }
    for model in &provider.models {
        let [input, output] = [model.input, model.output].map(texts::models::price);
        let (name, context) = (model.name.as_deref().unwrap_or_default(), texts::models::tokens(model.context_length));
        println!("  {name:<48} context {context:>10}  in {input:>9}  out {output:>9}");
    }
}

/// Prints a link by which a person may choose a password anew.
pub(super) async fn reset_password(settings: &Settings, email: &str) -> anyhow::Result<()> {
    let store = Store::beside_to_change(settings.database_url()?.expose_secret())
        .await
        .context("the database cannot be opened")?;
    let email = clean_email(email).unwrap_or_else(|| email.to_owned());
    let account = store.account_of(&email).await.context("the database cannot be read")?;
    let account = account.with_context(|| format!("there is no account with the address {email}"))?;
    let url = settings.own_url()?;
    let link = reset::new_link(&store, &account, &url, "on the command line", Origin::SERVER).await?;
    store.close().await;
    println!("{} may choose a new password here, once, within an hour:", account.person.name);
    println!("{link}");
    Ok(())
}
