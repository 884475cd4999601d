//! What the function says of itself: lines of JSON on standard output, which Lambda takes to its log group. Never a value
//! from a record.

use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::Error;
use crate::config::Level;

/// Lines above it are not written. Set once, at the start.
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

pub fn error(error: &Error) {
    write(Level::Error, "error", &error.to_string(), &[]);
}

pub fn warn(message: &str, fields: &[(&str, &str)]) {
    write(Level::Warn, "warn", message, fields);
}

pub fn info(message: &str, fields: &[(&str, &str)]) {
    write(Level::Info, "info", message, fields);
}

fn write(level: Level, name: &str, message: &str, fields: &[(&str, &str)]) {
    if level as u8 > LEVEL.load(Ordering::Relaxed) {
        return;
    }
    let mut line = serde_json::json!({ "level": name, "message": message });
    for (key, value) in fields {
        line[*key] = (*value).into();
    }
    print(&line.to_string());
}

/// Writes a line. Where nobody reads it there is nobody to tell.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
