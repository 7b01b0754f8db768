//! The `parlance` command.

use std::process::ExitCode;

use parlance::server::run;

fn main() -> ExitCode {
    // A value that is set already wins; a missing .env is no error.
    dotenvy::dotenv().ok();
    run()
}
