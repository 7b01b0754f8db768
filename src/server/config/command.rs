//! The command line: what the binary can do, and which setting a value of the wrong form was for.

use std::path::PathBuf;

use clap::{
    CommandFactory, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

use secrecy::SecretString;

use super::{ConfigError, Settings};

/// A self-hosted AI chat for teams.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the binary can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and answer in the chats (the default).
    Serve {
        /// Leave the answering to other nodes; needs PostgreSQL
        #[arg(long)]
        no_worker: bool,
    },
    /// Answer in the chats, beside nodes that serve the pages; needs PostgreSQL.
    Work,
    /// Copy everything from one database into another, empty one, of whatever kind. Stop the servers first.
    Copy {
        /// The database to read, as in DATABASE_URL
        #[arg(long, value_name = "URL")]
        from: SecretString,
        /// The database to fill, as in DATABASE_URL
        #[arg(long, value_name = "URL")]
        to: SecretString,
    },
    /// Write a backup of the SQLite database into a file; the server may go on meanwhile.
    Backup {
        /// A file that does not exist yet
        file: PathBuf,
    },
    /// Put a backup where the SQLite database is to be; no server may run on it, and it must be empty.
    Restore {
        /// What `parlance backup` wrote
        file: PathBuf,
    },
    /// Look whether the data is whole; the server may go on meanwhile.
    Check,
    /// Read the providers' lists of models anew and print them; the server may go on meanwhile.
    Models,
    /// Print a link by which a person may choose a new password, once; the server may go on meanwhile.
    ResetPassword {
        /// The address with which they sign in
        email: String,
    },
}

/// Which part of the work a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Pages, but no replies.
    Pages,
    /// Replies, but no pages.
    Replies,
}

impl Cli {
    /// Reads the command line and the environment.
    ///
    /// # Errors
    /// With a sentence that names the variable, if a value does not make sense. A request for help, and flags
    /// that do not exist, are answered here and end the program.
    pub fn read() -> Result<Self, ConfigError> {
        Self::try_parse().map_err(|error| match wrong_setting(&error) {
            Some(wrong) => wrong,
            // It would be repeated, and may hold a password.
            None if error.kind() == ErrorKind::UnknownArgument && std::env::args().any(|word| word.contains("://")) => {
                ConfigError {
                    variable: "The command line".to_owned(),
                    problem:
                        "has a URL where none is expected: a database is named with --database-url or DATABASE_URL"
                            .to_owned(),
                }
            }
            None => error.exit(),
        })
    }
}

/// Which variable a value of the wrong form was for.
fn wrong_setting(error: &clap::Error) -> Option<ConfigError> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = named.split_whitespace().next()?.trim_start_matches('-');
    let command = Cli::command();
    let argument = command.get_arguments().find(|argument| argument.get_long() == Some(flag))?;
    let variable = argument.get_env()?.to_str()?.to_owned();
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let problem = cause.unwrap_or_else(|| {
        let possible: Vec<String> =
            argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        // A setting without a list of its values is refused here only if there is none.
        if possible.is_empty() {
            return "must not be empty".to_owned();
        }
        format!("must be one of: {}", possible.join(", "))
    });
    Some(ConfigError { variable, problem })
}
