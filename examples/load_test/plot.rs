//! The latencies as a picture: one panel a run, one above the other on a common logarithmic scale.

use std::io;
use std::ops::Range;
use std::path::Path;

use plotters::prelude::*;

use crate::duration::show;
use crate::report::Report;

/// Bars across the picture.
const BARS: usize = 80;

/// Draws the histograms of all runs into an SVG file.
///
/// # Errors
///
/// Those of writing the file.
pub fn draw(path: &Path, reports: &[Report]) -> io::Result<()> {
    let mut svg = String::new();
    picture(&mut svg, reports).map_err(io::Error::other)?;
    std::fs::write(path, svg)
}

fn picture(svg: &mut String, reports: &[Report]) -> Result<(), String> {
    let panels = reports.len().max(1);
    let height = u32::try_from(panels).map_or(u32::MAX, |panels| 260 * panels);
    let root = SVGBackend::with_string(svg, (960, height)).into_drawing_area();
    root.fill(&WHITE).map_err(|error| error.to_string())?;
    let edges = edges(reports);
    for (area, report) in root.split_evenly((panels, 1)).iter().zip(reports) {
        panel(area, report, &edges).map_err(|error| error.to_string())?;
    }
    root.present().map_err(|error| error.to_string())
}

/// The boundaries of the bars in microseconds, evenly spaced on a logarithmic scale around all that was seen.
fn edges(reports: &[Report]) -> Vec<f64> {
    let seen = || reports.iter().map(|report| &report.counts.latencies).filter(|latencies| !latencies.is_empty());
    let low = seen().map(|latencies| latencies.min()).min().unwrap_or(1).max(1) as f64 * 0.9;
    let high = seen().map(|latencies| latencies.max()).max().unwrap_or(1000).max(1) as f64 * 1.1;
    (0..=BARS).map(|bar| low * (high / low).powf(bar as f64 / BARS as f64)).collect()
}

fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    report: &Report,
    edges: &[f64],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let bars = bars(report, edges);
    let top = bars.iter().copied().max().unwrap_or(0).max(1) as f64 * 1.15;
    let range = Range { start: edges[0], end: edges[edges.len() - 1] };
    let title = format!("{}: {} of {} succeeded", report.name, report.counts.succeeded, report.counts.started);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(range.log_scale(), 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_desc("latency")
        .y_desc("requests")
        .x_label_formatter(&|micros| label(*micros))
        .y_label_formatter(&|count| format!("{count:.0}"))
        .draw()?;
    let bars = bars.iter().zip(edges.windows(2)).filter(|(count, _)| **count > 0);
    let steel = RGBColor(70, 110, 160);
    chart.draw_series(
        bars.map(|(&count, edge)| Rectangle::new([(edge[0], 0.0), (edge[1], count as f64)], steel.filled())),
    )?;
    for (name, percentile, height) in [("p50", 50.0, 0.98), ("p90", 90.0, 0.90), ("p99", 99.0, 0.82)] {
        let Some(latency) = report.latency(percentile) else { continue };
        let at = latency.as_secs_f64() * 1e6;
        chart.draw_series([PathElement::new([(at, 0.0), (at, top * height)], RED)])?;
        let text = format!(" {name} {}", show(latency));
        chart.draw_series([Text::new(text, (at, top * height), ("sans-serif", 13).into_font().color(&RED))])?;
    }
    Ok(())
}

/// How many latencies fall between each two edges.
fn bars(report: &Report, edges: &[f64]) -> Vec<u64> {
    let mut bars = vec![0; BARS];
    for value in report.counts.latencies.iter_recorded() {
        let micros = value.value_iterated_to() as f64;
        let bar = edges.partition_point(|edge| *edge <= micros).clamp(1, BARS) - 1;
        bars[bar] += value.count_at_value();
    }
    bars
}

/// A mark on the scale, as short as it can be.
fn label(micros: f64) -> String {
    if micros < 1e3 {
        format!("{micros:.0} µs")
    } else if micros < 1e6 {
        format!("{:.0} ms", micros / 1e3)
    } else {
        format!("{:.0} s", micros / 1e6)
    }
}
