//! The `parlance` command.

use std::process::ExitCode;

use parlance::server::run;

fn main() -> ExitCode {
    // A value that is set already wins; a missing .env is no error. What is wrong in it is not repeated: it may be a key.
    if dotenvy::dotenv().is_err_and(|error| !error.not_found()) {
        eprintln!(
            "parlance: .env has a line that cannot be read: NAME=value is expected, a value with blanks in quotes"
        );
        return ExitCode::FAILURE;
    }
    run()
}
