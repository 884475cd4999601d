//! Reads what criterion has written.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

/// What bounds every filter from above, and what speeds are compared with.
pub const NEWLINES: &str = "limit/newlines";

/// A bench in bytes.
pub struct Bench {
    /// Group and name, and the size where a bench has several.
    pub id: String,
    /// Bytes a second, by the median.
    pub speed: f64,
}

/// Every bench of a target folder's `criterion`, by id.
pub fn benches(folder: &Path) -> Result<Vec<Bench>, Box<dyn Error>> {
    let mut benches = Vec::new();
    collect(folder, &mut benches)?;
    benches.sort_by(|left, right| left.id.cmp(&right.id));
    if benches.iter().all(|bench| bench.id != NEWLINES) {
        return Err(format!("no {NEWLINES} in {}: run `cargo bench --bench throughput` first", folder.display()).into());
    }
    Ok(benches)
}

/// Where cargo puts what criterion writes.
pub fn default_folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    target.join("criterion")
}

fn collect(folder: &Path, benches: &mut Vec<Bench>) -> Result<(), Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "new") {
            benches.extend(read(&path)?);
        } else if path.is_dir() {
            collect(&path, benches)?;
        }
    }
    Ok(())
}

/// Nothing if it is not a bench in bytes.
fn read(new: &Path) -> Result<Option<Bench>, Box<dyn Error>> {
    if !new.join("estimates.json").is_file() {
        return Ok(None);
    }
    let json = |name: &str| -> Result<Value, Box<dyn Error>> { Ok(serde_json::from_slice(&fs::read(new.join(name))?)?) };
    let (about, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let id = about["full_id"].as_str();
    let (bytes, nanoseconds) = (about["throughput"]["Bytes"].as_f64(), estimates["median"]["point_estimate"].as_f64());
    Ok(id.zip(bytes).zip(nanoseconds).map(|((id, bytes), nanoseconds)| Bench { id: id.to_owned(), speed: bytes / nanoseconds * 1e9 }))
}

/// Of each hostile input: its name, its speed at the largest size, and how much longer a byte takes there than at the smallest.
pub fn worst(benches: &[Bench]) -> Vec<(&str, f64, Option<f64>)> {
    let mut by_name: BTreeMap<&str, BTreeMap<u32, f64>> = BTreeMap::new();
    for bench in benches {
        let Some((name, size)) = bench.id.strip_prefix("worst/").and_then(|id| id.rsplit_once('/')) else { continue };
        if let Ok(size) = size.parse() {
            by_name.entry(name).or_default().insert(size, bench.speed);
        }
    }
    let of_sizes = |sizes: &BTreeMap<u32, f64>| {
        let ((smallest, fast), (largest, slow)) = (sizes.first_key_value()?, sizes.last_key_value()?);
        Some((*slow, (smallest < largest).then(|| fast / slow)))
    };
    by_name.into_iter().filter_map(|(name, sizes)| of_sizes(&sizes).map(|(speed, growth)| (name, speed, growth))).collect()
}
