//! Prints the throughput of each bench, and how it compares with counting newlines: `cargo bench && cargo run --example ratios`.
//!
//! Bytes a second differ from machine to machine and from hour to hour; the ratio to `limit/newlines` of the same run does much less.
//! An argument names another folder than the target folder's `criterion`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(default_folder, PathBuf::from);
    let mut benches = Vec::new();
    for group in folders(&folder)? {
        for bench in folders(&group)? {
            benches.extend(read(&bench)?);
        }
    }
    let Some(newlines) = benches.iter().find(|(id, _)| id == "limit/newlines").map(|&(_, speed)| speed) else {
        return Err(format!("no limit/newlines in {}: run `cargo bench --bench throughput` first", folder.display()).into());
    };
    benches.sort_by(|(left, _), (right, _)| left.cmp(right));
    println!("{:24}{:>10}{:>18}", "bench", "GB/s", "of newlines");
    for (id, speed) in benches {
        println!("{id:24}{:>10.3}{:>16.2} %", speed / 1e9, 100.0 * speed / newlines);
    }
    Ok(())
}

/// Where cargo puts what criterion writes.
fn default_folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    target.join("criterion")
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    Ok(paths.into_iter().filter(|path| path.is_dir()).collect())
}

/// The id and the bytes a second of a bench, by its median; nothing if the folder is not that of a bench in bytes.
fn read(bench: &Path) -> Result<Option<(String, f64)>, Box<dyn Error>> {
    let new = bench.join("new");
    if !new.join("estimates.json").is_file() {
        return Ok(None);
    }
    let json = |name: &str| -> Result<Value, Box<dyn Error>> { Ok(serde_json::from_slice(&fs::read(new.join(name))?)?) };
    let (about, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let id = about["full_id"].as_str();
    let (bytes, nanoseconds) = (about["throughput"]["Bytes"].as_f64(), estimates["median"]["point_estimate"].as_f64());
    Ok(id.zip(bytes).zip(nanoseconds).map(|((id, bytes), nanoseconds)| (id.to_owned(), bytes / nanoseconds * 1e9)))
}
