//! Folders and files that the server makes: what people write is for the account under which it runs, and for nobody else
//! on the machine. What is there already stays as whoever made it wanted it.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Read, written and entered by the account alone.
const FOLDER: u32 = 0o700;
/// Read and written by the account alone.
const FILE: u32 = 0o600;

/// Makes a folder, and those in which it is to be, as far as they are not there.
///
/// # Errors
/// If that is not possible, or something else has the name.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// How to open a file that may not be there yet.
pub(super) fn options() -> OpenOptions {
    let mut options = File::options();
    options.write(true).mode(FILE);
    options
}

/// Makes an empty file, if there is none of that name.
pub(super) fn make_file(path: &Path) -> io::Result<()> {
    match options().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map(drop),
    }
}
