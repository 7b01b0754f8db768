//! Backups of an SQLite database: taken while a server writes to it, put back where none does.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::{Store, StoreError, dialect::Dialect, migrations, own_files, sqlite};

/// Why there is no backup, or nothing was restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has tools of its own, which know more.
    #[error(
        "this is for SQLite; back PostgreSQL up with its own tools, for example: \
         pg_dump --format=custom --file=parlance.dump \"$DATABASE_URL\""
    )]
    NotSqlite,
    /// A file is there already.
    #[error("{0} is there already; name a file that is not")]
    Exists(String),
    /// The database that would be replaced is not empty.
    #[error("the database {0} is not empty; name another one with DATABASE_URL, or move it away")]
    NotEmpty(String),
    /// The file is no backup of Parlance's.
    #[error("{0} is no whole backup: {1}")]
    NotABackup(String, String),
    /// A file could not be read or written.
    #[error("{0}: {1}")]
    File(String, io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Writes everything that is committed at one moment into a file of its own, which is whole as soon as it is there.
/// A server may go on meanwhile.
///
/// # Errors
/// If the file exists or cannot be written, or the database cannot be read.
pub async fn backup(url: &str, file: &Path) -> Result<(), BackupError> {
    if Dialect::of_url(url) != Dialect::Sqlite {
        return Err(BackupError::NotSqlite);
    }
    let named = file.display().to_string();
    if file.exists() {
        return Err(BackupError::Exists(named));
    }
    let store = Store::beside_any(url).await?;
    let unfinished = Unfinished::beside(file);
    drop(unfinished.begin().map_err(|error| BackupError::File(named.clone(), error))?);
    let path = unfinished.path.display().to_string();
    // A connection that only asks is not allowed to write a file, either.
    let mut connection = store.reader().await?;
    sqlx::query("PRAGMA query_only = OFF").execute(&mut *connection).await?;
    sqlx::query("VACUUM INTO $1").bind(path.clone()).execute(&mut *connection).await?;
    drop(connection);
    store.close().await;
    unfinished.keep_as(file).map_err(|error| BackupError::File(named, error))
}

/// Puts a backup where the database of `url` is to be.
///
/// # Errors
/// If that is in use or not empty, or the file is no whole backup that this program can serve.
pub async fn restore(url: &str, file: &Path) -> Result<(), BackupError> {
    if Dialect::of_url(url) != Dialect::Sqlite {
        return Err(BackupError::NotSqlite);
    }
    let target = PathBuf::from(sqlite::file_of(url));
    let named = target.display().to_string();
    let _lock = sqlite::lock(&named)?;
    // A log that was left behind would be taken for the restored file's.
    for part in [named.clone(), format!("{named}-wal"), format!("{named}-journal")] {
        if std::fs::metadata(&part).is_ok_and(|metadata| metadata.len() > 0) {
            return Err(BackupError::NotEmpty(part));
        }
    }
    let unfinished = Unfinished::beside(&target);
    unfinished.fill_from(file).map_err(|error| BackupError::File(file.display().to_string(), error))?;
    look_at(&unfinished.path).await.map_err(|error| {
        let problem = match error {
            StoreError::Corrupt(problem) => problem,
            other => other.to_string(),
        };
        BackupError::NotABackup(file.display().to_string(), problem)
    })?;
    unfinished.keep_as(&target).map_err(|error| BackupError::File(named, error))
}

/// Whether the file is a database of this program's, of this version or one before, and whole.
async fn look_at(path: &Path) -> Result<(), StoreError> {
    let store = Store::beside_any(&format!("sqlite:{}", sqlite::encoded(&path.display().to_string()))).await?;
    let mut connection = store.reader().await?;
    let damage = sqlite::damage(&mut connection).await?;
    if let Some(first) = damage.into_iter().next() {
        return Err(StoreError::Corrupt(first));
    }
    migrations::check_not_newer(&mut connection, Dialect::Sqlite).await?;
    drop(connection);
    store.close().await;
    Ok(())
}

/// A file that gets its name when it is whole, and goes away if it never is.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(file: &Path) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push(format!(".{}.unfinished", std::process::id()));
        Self { path: path.into() }
    }

    /// Begins it empty, which SQLite takes for not there: what people wrote is for whoever made the backup, and nobody else.
    fn begin(&self) -> io::Result<File> {
        own_files::options().create_new(true).open(&self.path)
    }

    /// Fills it with what another file holds, but not with that one's permissions.
    fn fill_from(&self, file: &Path) -> io::Result<()> {
        io::copy(&mut File::open(file)?, &mut self.begin()?).map(drop)
    }

    /// Gives it its name, once the disk has it.
    fn keep_as(&self, file: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        std::fs::rename(&self.path, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut path = self.path.as_os_str().to_owned();
            path.push(end);
            // Most of them were never there.
            let _ = std::fs::remove_file(path);
        }
    }
}
