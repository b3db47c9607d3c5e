//! Cost of each child over their number, drawn.

use std::error::Error;

use plotters::prelude::*;

/// A line for each subject, with both axes logarithmic.
pub(crate) fn draw(file: &str, title: &str, lines: &[(&str, Vec<(usize, f64)>)]) -> Result<(), Box<dyn Error>> {
    let all = || lines.iter().flat_map(|(_, points)| points).map(|point| point.1);
    let least = all().fold(f64::MAX, f64::min) / 1.5;
    let most = all().fold(f64::MIN, f64::max) * 1.5;
    let root = SVGBackend::new(file, (720, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(34)
        .y_label_area_size(54)
        .build_cartesian_2d((1_f64..1_000_000_f64).log_scale(), (least..most).log_scale())?;
    chart.configure_mesh().x_desc("children").y_desc("ns for each child").light_line_style(WHITE).draw()?;
    for (i, (name, points)) in lines.iter().enumerate() {
        let ours = name.starts_with("anywhen");
        let colour = if ours { BLACK.to_rgba() } else { Palette99::pick(i).to_rgba() };
        let style = colour.stroke_width(if ours { 3 } else { 1 });
        let points: Vec<_> = points.iter().map(|(size, nanos)| (*size as f64, *nanos)).collect();
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    root.present()?;
    Ok(())
}
