//! Measuring in turns and printing ratios.

use std::time::Instant;

/// One thing to measure: a name, and work that is done `n` times.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) work: Box<dyn FnMut(u32) + 'a>,
}

pub(crate) fn case<'a>(name: &'a str, mut work: impl FnMut() + 'a) -> Case<'a> {
    Case { name, work: Box::new(move |n| (0..n).for_each(|_| work())) }
}

/// Measures the cases in turns, `rounds` times `n` each, and prints minimum, median and 99th percentile of the
/// rounds, and the ratios of minima and medians to the first case.
pub(crate) fn compare(title: &str, rounds: u32, n: u32, mut cases: Vec<Case<'_>>) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for round in 0..=rounds {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (case.work)(n);
            let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(n);
            // The first round warms up.
            if round > 0 {
                times.push(each);
            }
        }
    }
    println!("\n{title} ({rounds} rounds of {n})");
    let mut baseline = None;
    println!("  {:<46} {:>10} {:>10} {:>10}   ratio: min median", "", "min", "median", "p99");
    for (case, times) in cases.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let high = times[(times.len() * 99 / 100).min(times.len() - 1)];
        let (least, base) = (times[0], *baseline.get_or_insert((times[0], median)));
        let (by_min, by_median) = (least / base.0, median / base.1);
        println!(
            "  {:<46} {:>10} {:>10} {:>10}   {by_min:>9.2} {by_median:>6.2}",
            case.name,
            shown(least),
            shown(median),
            shown(high)
        );
    }
}

/// Prints sorted times against a bound.
pub(crate) fn overshoot(name: &str, bound_ms: f64, mut over_ms: Vec<f64>) {
    over_ms.sort_by(f64::total_cmp);
    let at = |p: usize| over_ms[(over_ms.len() * p / 100).min(over_ms.len() - 1)];
    println!(
        "  {name:<46} {:>9.2} ms median {:>9.2} ms p99   (bound {bound_ms} ms, {} runs)",
        at(50),
        at(99),
        over_ms.len()
    );
}

fn shown(ns: f64) -> String {
    match ns {
        n if n < 1e3 => format!("{n:.1} ns"),
        n if n < 1e6 => format!("{:.2} us", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}
