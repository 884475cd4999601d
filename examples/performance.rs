//! Writes what was measured into `docs/performance.md` and `docs/img`, so that no figure is typed:
//! `cargo bench && cargo run --example performance`.
//!
//! The page keeps its prose; what stands between its markers is replaced. An argument names another folder than the target folder's
//! `criterion`.

mod figures;

use std::error::Error;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use figures::{NEWLINES, benches, default_folder, worst};

const BEGIN: &str = "<!-- figures: written by `cargo run --example performance` -->";
const END: &str = "<!-- end of figures -->";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(default_folder, PathBuf::from);
    let benches = benches(&folder)?;
    let bars_of = |prefix: &str, limit: &str| {
        let whole = benches.iter().find(|bench| bench.id == limit).map_or(f64::NAN, |bench| bench.speed);
        let of_group = benches.iter().filter_map(|bench| Some((bench.id.strip_prefix(prefix)?, bench)));
        of_group.map(|(name, bench)| Bar { name: name.to_owned(), share: bench.speed / whole }).collect::<Vec<_>>()
    };
    let is_rules = |bar: &Bar| bar.name.starts_with("rules_");
    let (mut rules, logs): (Vec<Bar>, Vec<Bar>) = bars_of("redact/", NEWLINES).into_iter().partition(is_rules);
    rules.sort_by_key(|bar| bar.name["rules_".len()..].parse::<u32>().ok());
    let newlines = benches.iter().find(|bench| bench.id == NEWLINES).map_or(f64::NAN, |bench| bench.speed);
    let hostile = worst(&benches);
    let hostile_bars = hostile.iter().map(|(name, speed, _)| Bar { name: (*name).to_owned(), share: speed / newlines }).collect();
    let charts = [
        Chart { name: "logs", title: "Generated and real logs", bars: [bars_of("limit/", NEWLINES), logs].concat() },
        Chart { name: "rules", title: "Clean logs, N rules more than the built-in ones", bars: rules },
        Chart { name: "packs", title: "Families of rules, each by itself", bars: bars_of("packs/", NEWLINES) },
        Chart { name: "regex", title: "The patterns for secrets, without this engine", bars: bars_of("peer/", NEWLINES) },
        Chart { name: "actions", title: "Actions, where 2 % and half of the lines hold a secret", bars: bars_of("actions/", NEWLINES) },
        Chart { name: "peers", title: "Beside others, in one run", bars: bars_of("peers/", "peers/newlines") },
        Chart { name: "worst", title: "Hostile inputs, the largest size", bars: hostile_bars },
    ];

    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    fs::create_dir_all(docs.join("img"))?;
    let mut section = String::new();
    for chart in charts.iter().filter(|chart| !chart.bars.is_empty()) {
        fs::write(docs.join(format!("img/{}.svg", chart.name)), chart.svg()?)?;
        chart.write_table(&mut section)?;
    }
    write_growth(&mut section, &hostile)?;

    let page = docs.join("performance.md");
    let text = fs::read_to_string(&page)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the page has no marker where the figures begin")?;
    let (_, after) = rest.split_once(END).ok_or("the page has no marker where the figures end")?;
    fs::write(page, format!("{before}{BEGIN}\n{section}\n{END}{after}"))?;
    Ok(())
}

#[derive(Clone)]
struct Bar {
    name: String,
    /// Of the speed at which newlines are counted.
    share: f64,
}

impl Bar {
    /// Two digits that count, as a percentage.
    fn percent(&self) -> String {
        let percent = 100.0 * self.share;
        let decimals = (1.0 - percent.log10().floor()).max(0.0) as usize;
        format!("{percent:.decimals$} %")
    }
}

struct Chart {
    name: &'static str,
    title: &'static str,
    bars: Vec<Bar>,
}

impl Chart {
    fn write_table(&self, out: &mut String) -> fmt::Result {
        let Chart { name, title, bars } = self;
        writeln!(out, "\n### {title}\n\n![{title}](img/{name}.svg)\n\n| bench | of counting newlines |\n|---|---:|")?;
        bars.iter().try_for_each(|bar| writeln!(out, "| `{}` | {} |", bar.name, bar.percent()))
    }

    /// Horizontal bars on a logarithmic scale. The colours follow the reader's light or dark mode.
    fn svg(&self) -> Result<String, fmt::Error> {
        const LABELS: f64 = 190.0;
        const PLOT: f64 = 460.0;
        const VALUES: f64 = 80.0;
        const ROW: f64 = 22.0;
        const TOP: f64 = 56.0;
        let shares = || self.bars.iter().map(|bar| bar.share);
        let lowest = shares().fold(0.1, f64::min).log10().floor();
        let highest = shares().fold(1.0, f64::max).log10();
        let x = |share: f64| LABELS + PLOT * (share.log10() - lowest) / (highest - lowest);
        let (width, bottom) = (LABELS + PLOT + VALUES, TOP + ROW * self.bars.len() as f64);

        let mut svg = String::new();
        writeln!(svg, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {}" font-family="sans-serif">"#, bottom + 30.0)?;
        svg.push_str(STYLE);
        writeln!(svg, r#"<text x="8" y="22" font-size="15" font-weight="bold">{}</text>"#, self.title)?;
        writeln!(
            svg,
            r#"<text x="8" y="42" font-size="12" class="quiet">share of the speed at which newlines are counted, logarithmic</text>"#
        )?;
        for decade in lowest as i32..=0 {
            let (share, at) = (10f64.powi(decade), x(10f64.powi(decade)));
            writeln!(svg, r#"<line x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{bottom}"/>"#)?;
            writeln!(
                svg,
                r#"<text x="{at:.1}" y="{}" font-size="11" text-anchor="middle" class="quiet">{} %</text>"#,
                bottom + 18.0,
                100.0 * share
            )?;
        }
        for (bar, row) in self.bars.iter().zip(0u32..) {
            let (top, end) = (TOP + ROW * f64::from(row), x(bar.share));
            let text = top + 15.0;
            writeln!(svg, r#"<text x="{}" y="{text}" font-size="12" text-anchor="end">{}</text>"#, LABELS - 8.0, bar.name)?;
            writeln!(svg, r#"<rect x="{LABELS}" y="{}" width="{:.1}" height="{}" rx="2"/>"#, top + 4.0, end - LABELS, ROW - 7.0)?;
            writeln!(svg, r#"<text x="{:.1}" y="{text}" font-size="12">{}</text>"#, end + 6.0, bar.percent())?;
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }
}

const STYLE: &str = "<style>
text { fill: #1f2328 } .quiet { fill: #59636e } line { stroke: #d1d9e0 } rect { fill: #2f81d6 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .quiet { fill: #9198a1 } line { stroke: #3d444d } rect { fill: #4c9be8 }
}
</style>
";

/// How much longer a byte takes in the largest of the hostile inputs than in the smallest.
fn write_growth(out: &mut String, hostile: &[(&str, f64, Option<f64>)]) -> fmt::Result {
    let mut grown = hostile.iter().filter_map(|&(name, _, growth)| Some((name, growth?))).collect::<Vec<_>>();
    grown.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    writeln!(
        out,
        "\nTime per byte at the largest size over that at the smallest, the five that grow most:\n\n| bench | growth |\n|---|---:|"
    )?;
    grown.iter().take(5).try_for_each(|(name, growth)| writeln!(out, "| `{name}` | {growth:.2} |"))
}
