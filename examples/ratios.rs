//! Prints the throughput of each bench, and how it compares with counting newlines: `cargo bench && cargo run --example ratios`.
//!
//! Bytes a second differ from machine to machine and from hour to hour; the ratio to `limit/newlines` of the same run does much less.
//! Of hostile inputs it prints one line each: the speed at the largest size, and how much longer a byte takes there than at the smallest,
//! which should be about 1. An argument names another folder than the target folder's `criterion`.

mod figures;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use figures::{NEWLINES, benches, default_folder, worst};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(default_folder, PathBuf::from);
    let benches = benches(&folder)?;
    let newlines = benches.iter().find(|bench| bench.id == NEWLINES).map_or(f64::NAN, |bench| bench.speed);

    println!("{:28}{:>10}{:>18}", "bench", "GB/s", "of newlines");
    for bench in benches.iter().filter(|bench| !bench.id.starts_with("worst/")) {
        println!("{:28}{:>10.3}{:>16.2} %", bench.id, bench.speed / 1e9, 100.0 * bench.speed / newlines);
    }
    println!("\n{:28}{:>10}{:>18}{:>24}", "hostile input", "GB/s", "of newlines", "ns/byte, long : short");
    for (name, speed, growth) in worst(&benches) {
        let growth = growth.map_or_else(String::new, |growth| format!("{growth:.2}"));
        println!("{name:28}{:>10.3}{:>16.3} %{growth:>24}", speed / 1e9, 100.0 * speed / newlines);
    }
    Ok(())
}
